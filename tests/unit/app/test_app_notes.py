"""No fence without a recent note, and no old note over a newer one."""

import asyncio
from typing import Any

import pytest

from app.aws.errors import AwsError, DamagedItemError
from app.aws.operations_table import Beat, OperationsTable
from app.contract import writer_contract
from app.database_facts import ReplayWatch
from app.lease import LeaseItem, WriterLease
from app.notes import PrimaryNotes, fence_until

LOST = AwsError(code="Unreachable", message="", status=None)
FACTS = {"replay": "paused", "max_connections": 77}


class FakeTable:
    """DynamoDB of one item a key, with put conditions. `fail` is raised before anything; `lose_answers`: the first put
    is written, and no answer comes from either endpoint."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.fail: AwsError | None = None
        self.throttled = False
        self.lose_answers = self.wrote = False
        self.hold = asyncio.Event()
        self.hold.set()

    async def dynamodb(self, region: str, operation: str, document: dict[str, Any], *, timeout_s: float) -> Any:
        if operation == "PutItem":
            await self.hold.wait()
        if self.fail is not None:
            raise self.fail
        if self.throttled and operation == "PutItem":
            raise AwsError(code="ThrottlingException", message="", status=400)
        if operation == "GetItem":
            item = self.items.get(document["Key"]["sk"]["S"])
            return {} if item is None else {"Item": item}
        item = document["Item"]
        now = self.items.get(item["sk"]["S"], {})
        condition = document.get("ConditionExpression")
        refused = AwsError(code="ConditionalCheckFailedException", message="", status=400)
        if self.lose_answers and self.wrote:
            raise LOST
        if condition == "attribute_not_exists(noted_at)" and "noted_at" in now:
            raise refused
        if condition == "noted_at = :over" and document["ExpressionAttributeValues"][":over"] != now.get("noted_at"):
            raise refused
        self.items[item["sk"]["S"]], self.wrote = item, True
        if self.lose_answers:
            raise LOST
        return {}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def table(fake: FakeTable) -> OperationsTable:
    return OperationsTable(fake, table="t", region="east", other_region="west", contract=writer_contract())  # type: ignore[arg-type]


def beat(at: float, epoch: int = 1) -> Beat:
    return Beat(epoch, "east", at, at + 0.5)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def noted(notes: PrimaryNotes, one: Beat) -> Beat | None:
    await notes.learn()
    notes.start(one)
    await notes.settle(1)
    return notes.last


def test_the_fence_counts_from_the_last_note_and_not_from_the_clock() -> None:
    assert fence_until(None, 100.0, 10) is None
    assert fence_until(beat(100), 100.0, 10) == 110
    assert fence_until(beat(100), 155.0, 10) == 110, "55 s of failed notes gave no second more"
    assert fence_until(beat(100), 90.0, 10) == 100, "a database clock that went back gives nothing either"


async def test_a_beat_is_noted_each_period_and_a_failed_one_again_at_once(clock: Clock) -> None:
    fake = FakeTable()
    notes = PrimaryNotes(table(fake), every_s=2, clock=clock)
    assert await noted(notes, beat(1)) == beat(1)
    clock.now = 1.0
    assert await noted(notes, beat(2)) == beat(1), "not due"
    clock.now, fake.fail = 2.0, LOST
    assert await noted(notes, beat(3)) == beat(1)
    with pytest.raises(AwsError):
        await notes.learn()
    clock.now, fake.fail = 3.0, None
    assert await noted(notes, beat(4)) == beat(4)


async def test_the_first_beat_of_an_epoch_is_noted_at_once(clock: Clock) -> None:
    notes = PrimaryNotes(table(FakeTable()), every_s=2, clock=clock)
    await noted(notes, beat(1))
    assert await noted(notes, beat(1.1, epoch=2)) == beat(1.1, epoch=2)


async def test_a_note_whose_answer_was_lost_counts_when_it_is_found_in_the_table(clock: Clock) -> None:
    fake = FakeTable()
    notes = PrimaryNotes(table(fake), every_s=2, clock=clock)
    fake.lose_answers = True
    assert await noted(notes, beat(1)) is None
    fake.lose_answers = False
    await notes.learn()
    assert notes.last == beat(1)


async def test_a_renewer_that_was_stopped_on_its_way_puts_no_old_beat_over_its_successors(clock: Clock) -> None:
    fake = FakeTable()
    stopped, successor = (PrimaryNotes(table(fake), every_s=2, clock=clock) for _ in range(2))
    await noted(stopped, beat(1))
    clock.now = 10.0
    fake.hold.clear()
    stopped.start(beat(10))  # its request is on the way
    await asyncio.sleep(0)
    fake.hold.set()
    other = table(fake)
    assert await other.note_primary_beat(beat(60), over=await other.read_primary_stamp())
    await stopped.settle(1)
    assert stopped.last == beat(1), "it does not count as noted"
    assert fake.items["primary"]["beat_at"] == {"N": "60.000000"}
    assert await noted(successor, beat(70)) == beat(70)


async def test_a_beat_carries_what_the_database_alone_knows() -> None:
    fake = FakeTable()
    await table(fake).note_replica_beat(Beat(3, "west", 1.0, 2.0, FACTS))
    assert fake.items["replica#west"]["replay"] == {"S": "paused"}
    assert fake.items["replica#west"]["max_connections"] == {"N": "77"}


GOOD = {"holder": {"S": "east"}, "epoch": {"N": "7"}, "state": {"S": "open"}, "traffic_region": {"S": "east"}}


@pytest.mark.parametrize(
    "damaged",
    [{"holder": None}, {"holder": {"N": "1"}}, {"holder": {"S": ""}}, {"epoch": {"S": "x"}}, {"epoch": {"N": "1.5"}},
     {"epoch": {"N": "0"}}, {"epoch": {"NULL": True}}, {"state": {"S": "shut"}}, {"traffic_region": {"L": []}}],
    ids=str,
)  # fmt: skip
async def test_a_damaged_lease_is_an_error_with_a_name(damaged: dict[str, Any]) -> None:
    fake = FakeTable()
    item = {name: value for name, value in {**GOOD, **damaged}.items() if value is not None}
    fake.items["lease"] = item
    with pytest.raises(DamagedItemError) as error:
        await table(fake).read_lease()
    assert error.value.code == "DamagedItem"
    fake.items["lease"] = GOOD
    assert (await table(fake).read_lease()) == LeaseItem("east", 7, "open", "east")


@pytest.mark.parametrize("damaged", [{"beat_at": {"S": "x"}}, {"epoch": {"S": ""}}, {"region": {"N": "1"}}], ids=str)
async def test_a_damaged_beat_is_an_error_with_a_name_and_is_written_over(damaged: dict[str, Any]) -> None:
    fake = FakeTable()
    await table(fake).note_replica_beat(Beat(3, "west", 1.0, 2.0))
    fake.items["replica#west"] |= damaged
    with pytest.raises(DamagedItemError):
        await table(fake).read_replica_beat("west")
    await table(fake).note_replica_beat(Beat(3, "west", 1.0, 2.0))
    assert await table(fake).read_replica_beat("west") is not None


@pytest.mark.parametrize("stamp", [{"S": "yesterday"}, {"NULL": True}, None], ids=str)
async def test_a_damaged_beat_of_the_primary_is_written_over(stamp: Any, clock: Clock) -> None:
    fake = FakeTable()
    notes = PrimaryNotes(table(fake), every_s=2, clock=clock)
    fake.items["primary"] = {"noted_at": stamp} if stamp else {}
    assert await noted(notes, beat(1)) == beat(1)


def test_a_lowered_epoch_is_said() -> None:
    lease = WriterLease(region="east", lease_s=10, answer_s=3)
    assert lease.confirm(LeaseItem("east", 7, "open", "east"), sent_at=0)
    assert not lease.confirm(LeaseItem("east", 6, "open", "east"), sent_at=5)
    assert lease.write_status(6).reason == "open"
    assert lease.write_status(11).reason == "epoch_lowered"
    assert lease.confirm(LeaseItem("east", 8, "open", "east"), sent_at=12)
    assert lease.write_status(13).reason == "open"


def test_a_standby_that_does_not_replay_what_it_received_is_noticed() -> None:
    watch = ReplayWatch()
    assert watch.stalled_s(0, 100, 100) == 0
    assert watch.stalled_s(5, 100, 100) == 0, "nothing to replay"
    assert watch.stalled_s(6, 100, 200) == 1, "since nothing was to be replayed"
    assert watch.stalled_s(9, 100, 300) == 4
    assert watch.stalled_s(10, 150, 300) == 0, "it advances"
    assert watch.stalled_s(15, 150, 300) == 5
    assert watch.stalled_s(16, 150, None) == 0, "nobody knows what was received"
