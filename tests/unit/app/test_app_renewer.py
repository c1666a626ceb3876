"""One acting renewer on a database and a table in memory: what it notes, what it extends, what it says."""

import asyncio
from typing import Any

import pytest

from app.aws.errors import AwsError
from app.aws.operations_table import OperationsTable
from app.confirming import keep_confirming
from app.contract import writer_contract
from app.lease import LeaseItem, WriterLease
from app.renewer import EXTEND, Renewer
from app.settings import DatabaseAddress, DatabaseSettings, Secret
from tests.unit.app.test_app_notes import GOOD, LOST, FakeTable


class Connection:
    """A primary (or a standby) whose clock is `clock`; `until` is what the fence was extended to."""

    def __init__(self, *, in_recovery: bool = False) -> None:
        self.clock, self.in_recovery, self.epoch = 1000.0, in_recovery, 7
        self.until: list[float] = []

    def is_closed(self) -> bool:
        return False

    def terminate(self) -> None:
        return None

    async def fetchval(self, sql: str, *_: Any) -> Any:
        return True if "advisory" in sql else 12345 if "size" in sql else 0

    async def fetch(self, _sql: str, names: list[str]) -> list[dict[str, Any]]:
        return [{"name": name, "value": 100} for name in names]

    async def fetchrow(self, sql: str) -> dict[str, Any]:
        if "replay" in sql:
            return {"state": "paused", "replayed": 5, "received": 9}
        return {"clock": self.clock, "in_recovery": self.in_recovery, "epoch": self.epoch, "beat_at": 999.0}

    async def execute(self, sql: str, epoch: int, _clock: float, until: float) -> str:
        assert sql == EXTEND
        self.epoch = epoch
        self.until.append(until)
        return "UPDATE 1"


class Log:
    def __init__(self) -> None:
        self.errors: list[str] = []

    def error(self, text: str, **_: Any) -> None:
        self.errors.append(text)

    def info(self, *_: Any, **__: Any) -> None:
        return None

    warning = info


class Tried(Renewer):
    """A renewer on a connection that is there."""

    connection: Connection

    async def _log_in(self, _role: str, _password: Secret) -> Any:
        return self.connection


class Stage:
    def __init__(self, *, in_recovery: bool = False, region: str = "east") -> None:
        contract = writer_contract()
        self.fake, self.log, self.connection = FakeTable(), Log(), Connection(in_recovery=in_recovery)
        self.fake.items["lease"] = dict(GOOD)
        address = DatabaseAddress(host="db", port=5432, name="breiq", ca_file="/ca")
        settings = DatabaseSettings(
            address=address, app_password=Secret("a"), fence_password=Secret("f"), pool_min=1, pool_max=1
        )
        self.renewer = Tried(
            settings,
            table=OperationsTable(self.fake, table="t", region=region, other_region="west", contract=contract),  # type: ignore[arg-type]
            lease=WriterLease(region=region, lease_s=10, answer_s=3),
            contract=contract,
            log=self.log,  # type: ignore[arg-type]
            opened=asyncio.Event(),
        )
        self.renewer.connection = self.connection

    async def turn(self, clock: float) -> None:
        self.connection.clock = clock
        await self.renewer._turn()
        for task in (self.renewer._noting, self.renewer._watching):
            if task is not None:
                await task


async def test_the_first_turn_notes_and_then_extends() -> None:
    stage = Stage()
    await stage.turn(1000)
    assert stage.connection.until == [1010]
    noted = stage.fake.items["primary"]
    assert noted["beat_at"] == {"N": "1000.000000"} and noted["max_connections"] == {"N": "100"}
    assert noted["database_bytes"] == {"N": "12345"}


async def test_while_notes_fail_the_fence_is_not_moved() -> None:
    stage = Stage()
    await stage.turn(1000)
    stage.fake.throttled = True
    for second in range(1, 8):
        stage.renewer._notes._due_at = 0.0
        await stage.turn(1000 + second)
    assert set(stage.connection.until) == {1010}
    stage.fake.throttled = False
    await stage.turn(1009)
    assert stage.connection.until[-1] == 1019


async def test_a_primary_that_never_noted_extends_nothing() -> None:
    stage = Stage()
    stage.fake.throttled = True
    for second in range(3):
        await stage.turn(1000 + second)
    assert stage.connection.until == []


async def test_commits_that_do_not_reach_the_other_region_are_said_although_no_note_succeeds() -> None:
    stage = Stage()
    await stage.turn(1000)
    stage.fake.throttled = True
    for clock in (1011, 1311, 1322):
        await stage.turn(clock)
    assert stage.log.errors == ["Commits do not reach the other region"]


async def test_they_are_said_too_while_the_table_cannot_be_read() -> None:
    stage = Stage()
    await stage.turn(1000)
    stage.fake.fail = LOST
    for clock in (1011, 1311, 1322):
        with pytest.raises(AwsError):
            await stage.turn(clock)
        if stage.renewer._watching is not None:
            await stage.renewer._watching
    assert stage.log.errors == ["Commits do not reach the other region"]


@pytest.mark.parametrize(
    "change", [{"epoch": {"N": "6"}}, {"holder": {"S": "west"}}, {"state": {"S": "taken"}}], ids=str
)
async def test_nothing_is_noted_or_extended_under_another_lease(change: dict[str, Any]) -> None:
    stage = Stage()
    stage.fake.items["lease"] |= change
    await stage.turn(1000)
    assert stage.connection.until == [] and "primary" not in stage.fake.items


async def test_a_standby_notes_what_it_replays_and_whether_its_passwords_log_in() -> None:
    stage = Stage(in_recovery=True, region="west")
    await stage.turn(1000)
    noted = stage.fake.items["replica#west"]
    assert noted["beat_at"] == {"N": "999.000000"} and noted["replay"] == {"S": "paused"}
    assert noted["unreplayed_bytes"] == {"N": "4"} and noted["logins"] == {"S": "ok"}
    assert stage.connection.until == []


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


@pytest.mark.parametrize("error", [EOFError("in a handshake"), ValueError("no JSON"), RuntimeError("who knows")])
async def test_a_renewer_lives_on_whatever_breaks_in_a_turn(error: Exception) -> None:
    stage, turns = Stage(), [0]
    look = stage.connection.fetchrow

    async def fetchrow(sql: str) -> Any:
        turns[0] += 1
        if turns[0] < 3:
            stage.renewer._opened.set()  # the next turn need not wait
            raise error
        return await look(sql)

    stage.connection.fetchrow = fetchrow  # type: ignore[method-assign]
    running = asyncio.create_task(stage.renewer.run())
    await until(lambda: stage.connection.until)
    running.cancel()
    assert not running.done() and turns[0] >= 3


async def test_a_task_confirms_on_whatever_breaks_in_a_read() -> None:
    table, opened, reads = Stage(), asyncio.Event(), [0]

    class Table:
        async def read_lease(self) -> LeaseItem:
            reads[0] += 1
            if reads[0] < 3:
                raise ValueError("an answer that is no JSON")
            return LeaseItem("east", 7, "open", "east")

    lease = WriterLease(region="east", lease_s=10, answer_s=3)
    confirming = asyncio.create_task(
        keep_confirming(Table(), lease, table.log, confirm_s=0.0, opened=opened)  # type: ignore[arg-type]
    )
    await until(opened.is_set)
    confirming.cancel()
    assert reads[0] == 3
