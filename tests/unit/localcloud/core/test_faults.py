import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from localcloud.core.errors import RefusedError
from localcloud.core.faults import FaultBoard


@dataclass
class _Order:
    region: str
    kind: str


@dataclass
class _Process:
    order: _Order


@dataclass
class _Table:
    processes: list[_Process]
    killed: list[_Process] = field(default_factory=list)

    def running(self) -> list[_Process]:
        return self.processes

    def kill(self, processes: list[_Process]) -> None:
        self.killed += processes


class _Instance:
    regions = ("us-east-1", "us-west-2")
    settings: dict[str, float] = {"link_delay_ms": 5, "link_bytes_per_s": 0}  # noqa: RUF012


class _Supervisor:
    """Keeps what the board told it."""

    def __init__(self, *processes: _Process) -> None:
        self.instance = _Instance()
        self.table = _Table(list(processes))
        self.lost: set[str] = set()
        self.told = 0

    def lose_region(self, region: str) -> None:
        self.lost.add(region)

    def return_region(self, region: str) -> None:
        self.lost.discard(region)

    def tell_gate_and_links(self) -> None:
        self.told += 1


class _Outer:
    """Process 7 runs until it is taken away."""

    alive = True

    def started_at(self, pid: int) -> str | None:
        return "1" if pid == 7 and self.alive else None


def _board(*processes: _Process) -> tuple[FaultBoard, Any]:
    supervisor: Any = _Supervisor(*processes)
    outer: Any = _Outer()
    return FaultBoard(supervisor, outer), supervisor


async def test_a_region_is_lost_once_and_comes_back() -> None:
    board, supervisor = _board()
    fault = board.start({"name": "region-loss", "region": "us-west-2", "for_s": 60})
    assert supervisor.lost == {"us-west-2"}
    with pytest.raises(RefusedError):
        board.start({"name": "region-loss", "region": "us-west-2"})
    assert board.stop(fault) == [fault]
    assert supervisor.lost == set()
    assert board.documents() == []


async def test_faults_of_the_link_add_up_and_end_apart() -> None:
    board, _ = _board()
    slow = board.start({"name": "link-slow", "for_s": 60, "delay_ms": 80, "bytes_per_s": 1000})
    board.start({"name": "link-cut", "for_s": 60})
    assert board.link_state() == {"cut": True, "delay_ms": 80, "bytes_per_s": 1000}
    board.stop(slow)
    assert board.link_state() == {"cut": True, "delay_ms": 5, "bytes_per_s": 0}
    board.stop("all")
    assert board.link_state()["cut"] is False


async def test_a_control_plane_is_silent_while_its_fault_lasts() -> None:
    board, supervisor = _board()
    fault = board.start({"name": "control-plane-loss", "region": "us-east-1", "for_s": 60})
    assert board.silent_regions() == ["us-east-1"]
    assert supervisor.lost == set()
    board.stop(fault)
    assert board.silent_regions() == []


async def test_a_crash_hits_the_region_s_databases_alone_and_is_over_at_once() -> None:
    east, west = _Process(_Order("us-east-1", "postgres")), _Process(_Order("us-west-2", "postgres"))
    board, supervisor = _board(east, west)
    board.start({"name": "database-crash", "region": "us-west-2"})
    assert supervisor.table.killed == [west]
    assert board.documents() == []


async def test_one_task_is_killed_of_several() -> None:
    tasks = [_Process(_Order("us-east-1", "task")) for _ in range(3)]
    board, supervisor = _board(*tasks)
    board.start({"name": "task-kill", "region": "us-east-1"})
    assert len(supervisor.table.killed) == 1


async def test_a_deadline_and_an_owner_s_end_lift_a_fault() -> None:
    board, supervisor = _board()
    board.start({"name": "region-loss", "region": "us-east-1", "for_s": 0.001})
    board.start({"name": "link-cut", "for_s": 60, "owner_pid": 7})
    board._outer.alive = False  # type: ignore[attr-defined]
    async with asyncio.timeout(5):
        while board.documents():
            await asyncio.sleep(0.01)
    assert supervisor.lost == set()


@pytest.mark.parametrize(
    "request_document",
    [
        {"name": "unheard-of"},
        {"name": "region-loss", "region": "eu-central-1"},
        {"name": "link-cut", "region": "eu-central-1"},
        {"name": "database-crash", "region": "us-east-1"},
        {"name": "link-cut", "for_s": -3},
        {"name": "link-cut", "owner_pid": 8},
    ],
)
async def test_nothing_is_touched_when_a_fault_is_refused(request_document: dict[str, Any]) -> None:
    board, supervisor = _board()
    with pytest.raises(RefusedError):
        board.start(request_document)
    assert (supervisor.lost, supervisor.told, supervisor.table.killed) == (set(), 0, [])


async def test_an_unknown_fault_is_not_stopped() -> None:
    board, _ = _board()
    with pytest.raises(RefusedError):
        board.stop("fault-99")
