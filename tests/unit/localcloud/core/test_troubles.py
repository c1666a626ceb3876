"""A failure that passes is waited for; one that does not pass by itself is given up."""

import asyncio
import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.controller import _drive
from localcloud.core.errors import RefusedError
from localcloud.core.troubles import (
    LASTING_PATIENCE_S,
    PATIENCE_S,
    QUICK_ENDS,
    QUICK_S,
    Troubles,
    in_words,
    is_lasting,
    last_line,
)

EAST = "us-east-1"


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def hopeless(troubles: Troubles) -> list[str]:
    return [each["name"] for each in troubles.documents() if each["hopeless"]]


@pytest.mark.parametrize(("lasting", "patience_s"), [(True, LASTING_PATIENCE_S), (False, PATIENCE_S)])
def test_a_failure_is_hopeless_once_it_has_lasted(lasting: bool, patience_s: float) -> None:
    clock = Clock()
    troubles = Troubles(clock)
    troubles.failed(EAST, "rds", "no right", lasting=lasting)
    clock.now_s += patience_s - 0.1
    troubles.failed(EAST, "rds", "no right again", lasting=lasting)
    assert hopeless(troubles) == []
    clock.now_s += 0.1
    assert hopeless(troubles) == ["rds"]
    assert troubles.documents()[0]["problem"] == "no right again"
    assert troubles.documents()[0]["lasts_s"] == patience_s


def test_a_success_in_between_begins_anew() -> None:
    clock = Clock()
    troubles = Troubles(clock)
    troubles.failed(None, "route53", "x", lasting=True)
    clock.now_s += LASTING_PATIENCE_S
    troubles.succeeded(None, "route53")
    troubles.failed(None, "route53", "x", lasting=True)
    assert hopeless(troubles) == []
    troubles.succeeded(None, "route53")
    assert troubles.documents() == []


def test_a_program_that_ends_at_once_again_and_again_is_hopeless() -> None:
    troubles = Troubles(Clock())
    for _ in range(QUICK_ENDS - 1):
        troubles.ended(EAST, "alb", 1, 0.1, lambda: "cannot bind")
    assert troubles.documents() == []
    troubles.ended(EAST, "alb", 1, 0.1, lambda: "cannot bind")
    assert hopeless(troubles) == ["alb"]
    assert "cannot bind" in troubles.documents()[0]["problem"]


@pytest.mark.parametrize(("exit_code", "ran_s"), [(0, 0.1), (-9, 0.1), (1, QUICK_S + 1)])
def test_a_program_that_was_ended_or_that_ran_for_a_while_is_no_trouble(exit_code: int, ran_s: float) -> None:
    troubles = Troubles(Clock())
    for _ in range(QUICK_ENDS - 1):
        troubles.ended(EAST, "alb", 1, 0.1, str)
    troubles.ended(EAST, "alb", exit_code, ran_s, str)
    troubles.ended(EAST, "alb", 1, 0.1, str)
    assert troubles.documents() == []


@pytest.mark.parametrize(
    ("error", "lasting"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/x"), True),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EADDRINUSE, "Address already in use"), True),
        (OSError(errno.EMFILE, "Too many open files"), True),
        (FileNotFoundError(errno.ENOENT, "No such file", "/usr/bin/initdb"), True),
        (FileNotFoundError(errno.ENOENT, "No such file", "/run/worker.sock"), False),
        (FileNotFoundError(errno.ENOENT, "No such file"), False),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), False),
        (TimeoutError(), False),
        (RefusedError("cannot_start", "nginx: not found"), True),
        (RefusedError("api_error", "busy"), False),
        (RuntimeError("initdb ended with 1: could not access directory: Permission denied"), True),
        (RuntimeError("initdb ended with 1"), False),
        (ExceptionGroup("several", [ValueError("x"), PermissionError(errno.EPERM, "no")]), True),
        (ValueError("x"), False),
    ],
)
def test_what_passes_by_itself_is_told_from_what_does_not(error: Exception, lasting: bool) -> None:
    assert is_lasting(error) is lasting
    assert in_words(error)


async def driven(outcomes: list[Exception | None]) -> list[tuple[str, Any]]:
    """Return what a controller with these outcomes has told; the last one ends the test."""
    told: list[tuple[str, Any]] = []
    left = iter(outcomes)
    turn = asyncio.Event()
    done = asyncio.Event()

    async def reconcile() -> None:
        try:
            outcome = next(left)
        except StopIteration:
            done.set()  # no turn comes any more
            return
        turn.set()
        if outcome:
            raise outcome

    async def start() -> None:
        return

    async def tell(name: str, error: BaseException | None) -> None:
        told.append((name, error))

    controller: Any = SimpleNamespace(start=start, reconcile=reconcile)
    driving = asyncio.create_task(_drive("rds", controller, turn, 5, tell))
    await asyncio.wait_for(done.wait(), 20)
    for _ in range(5):  # until it waits for its next turn
        await asyncio.sleep(0)
    driving.cancel()
    await asyncio.gather(driving, return_exceptions=True)
    return told


async def test_a_controller_tells_each_failure_and_the_first_success_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localcloud.controller.RETRY_S", 0)
    first, second = PermissionError("a"), PermissionError("b")
    assert await driven([None, first, second, None, None]) == [("rds", first), ("rds", second), ("rds", None)]


def test_the_last_line_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    assert "cannot be read" in last_line(log)
    log.write_text("")
    assert last_line(log) == "it wrote nothing"
    log.write_text("a\n" * 5000 + "the end\n\n")
    assert last_line(log) == "the end"
