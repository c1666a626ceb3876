"""Whatever was done to the lease, one command makes it right, or says what a human must decide."""

from typing import Any

import pytest

from aws.errors import ConditionFailed
from dr.lease import Author, Lease, give_back, mark, read_lease, set_state, take
from dr.lease_repair import (
    Evidence,
    Repair,
    apply_repair,
    plan_repair,
    problems,
    read_evidence,
    wait_for_beat,
)
from operations.journal import Journal
from operations.lock import Lock
from operations.step import Refusal, StepFailed
from operations.table import MemoryTable
from operations.writer_lease import KEY
from tests.unit.operations.engine_kit import FakeClock

EAST, WEST = "us-east-1", "us-west-2"
REGIONS = (EAST, WEST)
HEALTHY: dict[str, Any] = {EAST: "primary", WEST: "replica"}
GOOD: dict[str, Any] = {
    "holder": EAST, "epoch": 3, "state": "open", "traffic_region": EAST, "operation": "op-1", "token": 1,
}  # fmt: skip


def world(item: dict[str, Any] | None = None, *, beats: int = 3, acted: str = EAST) -> MemoryTable:
    """A platform that has run: a lock that was given once, beats under an epoch, and the lease's item."""
    table = MemoryTable()
    lock = Lock(table, FakeClock(), "ann@there:1", beat_s=None)
    lock.acquire("op-0", reason="a deploy", begin="{}")
    lock.release()
    if beats:
        table.update("beat", "primary", {"region": acted, "epoch": beats, "beat_at": 1.0, "noted_at": 1.0})
        table.update("beat", f"worker#{EAST}#blue", {"epoch": beats, "noted_at": 1.0})
    if item is not None:
        table.update(*KEY, item)
    return table


def judged(table: MemoryTable, roles: dict[str, Any] | None = None, holder: str | None = None) -> Any:
    return plan_repair(read_evidence(table, REGIONS, roles or HEALTHY), holder)


def repaired(table: MemoryTable, roles: dict[str, Any] | None = None, holder: str | None = None) -> Lease:
    """Repair, and have the repaired lease be one in which nothing is wrong."""
    evidence = read_evidence(table, REGIONS, roles or HEALTHY)
    plan = plan_repair(evidence, holder)
    assert isinstance(plan, Repair), plan
    lease = apply_repair(table, evidence, plan, FakeClock())
    after = read_evidence(table, REGIONS, roles or HEALTHY)
    assert problems(after) == [] and read_lease(table, REGIONS) == lease
    assert lease.state == "open" and lease.epoch > evidence.epoch_seen
    return lease


def codes(table: MemoryTable, roles: dict[str, Any] | None = None) -> list[str]:
    return [problem.code for problem in problems(read_evidence(table, REGIONS, roles or HEALTHY))]


def test_a_good_lease_is_left_alone() -> None:
    table = world(GOOD)
    assert codes(table) == [] and judged(table).code == "nothing_to_repair"


@pytest.mark.parametrize(
    "damaged",
    [{"holder": "mars"}, {"holder": ""}, {"epoch": "three"}, {"epoch": 0}, {"epoch": True}, {"state": "shut"},
     {"traffic_region": 4}, {"operation": 1}, {"token": "x"}, {"token": -1}, {"epoch": "x", "holder": 1, "state": ""}],
    ids=str,
)  # fmt: skip
def test_a_damaged_item_is_repaired_for_the_region_that_wrote_last(damaged: dict[str, Any]) -> None:
    table = world({**GOOD, **damaged})
    assert codes(table) == ["lease_damaged"]
    lease = repaired(table)
    assert (lease.holder, lease.traffic_region, lease.epoch) == (EAST, EAST, 4)


@pytest.mark.parametrize("missing", ["holder", "epoch", "state", "traffic_region"])
def test_an_item_without_an_attribute_is_repaired(missing: str) -> None:
    table = world({name: value for name, value in GOOD.items() if name != missing})
    assert repaired(table).holder == EAST


def test_a_lost_item_is_made_anew_and_none_is_made_where_there_never_was_one() -> None:
    table = world(None)
    assert codes(table) == ["no_lease"] and repaired(table).epoch == 4
    assert judged(world(None, beats=0)).code == "no_release"


def test_a_lowered_epoch_is_raised_over_all_that_was_seen() -> None:
    table = world({**GOOD, "epoch": 1}, beats=7)
    assert codes(table) == ["epoch_lowered"]
    assert repaired(table).epoch == 8


def test_a_mark_that_no_lock_has_given_is_taken_away() -> None:
    """The lock's item was deleted by hand, and its tokens begin anew: every operation would count as replaced."""
    table = world({**GOOD, "token": 99})
    assert codes(table) == ["token_ahead"] and repaired(table).token == 1


@pytest.mark.parametrize("state", ["taken", "draining", "promoting"])
def test_a_lease_that_an_ended_operation_left_is_opened_where_writes_are_possible(state: str) -> None:
    left = {**GOOD, "holder": WEST, "traffic_region": WEST, "state": state, "operation": "op-9"}
    table = world(left)
    assert codes(table) == ["not_open"]
    assert repaired(table).holder == EAST, "its database is the primary still"
    table = world(left)
    assert repaired(table, {EAST: "unknown", WEST: "primary"}).holder == WEST, "it was promoted"
    table = world(left)
    assert repaired(table, {EAST: "unknown", WEST: "replica"}).holder == EAST, "West cannot write; East may"
    table = world(left)
    assert repaired(table, {EAST: "primary", WEST: "primary"}).holder == WEST, "it was promoted, and East came back"


def test_an_operation_that_goes_on_is_not_cut_short() -> None:
    table = world({**GOOD, "state": "taken", "operation": "op-5"})
    journal = Journal.begin(table, FakeClock(), "op-5", token=2, kind="failover", owner="ann@there:1", plan={})
    refusal = judged(table)
    assert refusal.code == "under_way" and "op-5" in refusal.remedy
    journal.append("ended", status="undone", reason="", interrupted=False)
    assert repaired(table).holder == EAST


def test_an_operation_that_was_killed_before_its_journal_began_goes_on_too() -> None:
    table = world({**GOOD, "state": "taken", "operation": "op-5"})
    Lock(table, FakeClock(), "ann@there:1", beat_s=None).acquire("op-5", reason="failover", begin="{}")
    assert judged(table).code == "under_way"


def test_what_nobody_can_tell_a_human_decides() -> None:
    table = world({"epoch": 3})
    roles: dict[str, Any] = {EAST: "unknown", WEST: "primary"}
    refusal = judged(table, roles)
    assert refusal.code == "holder_unknown" and refusal.remedy.endswith(f"--holder {WEST}")
    assert repaired(table, roles, holder=WEST).holder == WEST


def test_no_replica_is_made_the_holder() -> None:
    refusal = judged(world({"epoch": 3}), holder=WEST)
    assert isinstance(refusal, Refusal) and refusal.code == "holder_is_replica"
    table = world({**GOOD, "holder": WEST, "traffic_region": WEST})
    assert codes(table) == ["holder_is_replica"] and repaired(table).holder == EAST


def test_another_region_is_opened_only_when_the_old_lease_has_ended() -> None:
    table = world({**GOOD, "holder": WEST, "traffic_region": WEST})
    evidence = read_evidence(table, REGIONS, HEALTHY)
    plan = plan_repair(evidence)
    assert isinstance(plan, Repair) and plan.waits
    clock, seen = FakeClock(), []
    began = clock.monotonic()
    clock.on_sleep.append(lambda _now: seen.append(read_lease(table).state))
    apply_repair(table, evidence, plan, clock)
    assert clock.monotonic() - began >= 13 and seen == ["taken"]
    same = judged(world({**GOOD, "epoch": "x"}))
    assert not same.waits, "the region that held it needs no wait"


def test_a_repair_that_was_cut_short_while_waiting_is_repaired() -> None:
    table = world({**GOOD, "holder": WEST, "traffic_region": WEST})
    evidence = read_evidence(table, REGIONS, HEALTHY)
    plan = plan_repair(evidence)
    assert isinstance(plan, Repair)

    class Cut(FakeClock):
        def sleep(self, seconds: float) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_repair(table, evidence, plan, Cut())
    assert read_lease(table).state == "taken" and codes(table) == ["not_open"]
    assert repaired(table).holder == EAST


def test_only_the_item_that_was_judged_is_repaired() -> None:
    table = world({**GOOD, "epoch": 1}, beats=7)
    evidence = read_evidence(table, REGIONS, HEALTHY)
    plan = plan_repair(evidence)
    assert isinstance(plan, Repair)
    table.update(*KEY, {"epoch": 20})
    with pytest.raises(StepFailed) as error:
        apply_repair(table, evidence, plan, FakeClock())
    assert error.value.code == "lease_moved" and read_lease(table).epoch == 20


def test_an_attribute_of_a_kind_that_cannot_be_read_is_repaired_too() -> None:
    """A list in place of a text: reads leave it out, and yet it is there."""

    class Table(MemoryTable):
        def update(self, *args: Any, **more: Any) -> None:
            if "epoch" in (more.get("expect") or {}) and more["expect"]["epoch"] is None:
                raise ConditionFailed("condition_failed", "permanent", "it is there", call="x", region="y")
            super().update(*args, **more)

    table = Table()
    table.items, table.lists = world({name: v for name, v in GOOD.items() if name != "epoch"}).items, {}
    assert repaired(table).epoch == 4


def test_a_late_write_of_what_ended_before_the_repair_lands_nowhere() -> None:
    table = world({**GOOD, "token": 1})
    seen, by = read_lease(table), Author("op-7", 2)
    take(table, seen, WEST, by)
    taken = read_lease(table)
    Lock(table, FakeClock(), "bob@there:2", beat_s=None).acquire("op-8", reason="x", begin="{}")
    lease = repaired(table)
    for late in (
        lambda: set_state(table, taken, "promoting", by),
        lambda: set_state(table, taken, "open", by),
        lambda: take(table, seen, WEST, by),
    ):
        with pytest.raises(StepFailed):
            late()
    assert give_back(table, seen, WEST, by) is None
    mark(table, by)
    assert read_lease(table).same_as(lease)


def test_a_repair_counts_as_done_when_the_holder_has_beaten_under_it() -> None:
    table, clock = world({**GOOD, "epoch": 1}), FakeClock()
    lease = repaired(table)
    assert wait_for_beat(table, lease, clock) is False
    clock.on_sleep.append(lambda _now: table.update("beat", "primary", {"region": EAST, "epoch": lease.epoch}))
    assert wait_for_beat(table, lease, clock) is True


def test_every_problem_has_a_way_out() -> None:
    """Whatever the item, the databases and the beats: a repair, or a refusal whose remedy is one."""
    holders, states = (EAST, WEST, "mars", None), ("open", "taken", "promoting", "shut", None)
    roles = [("primary", "replica"), ("replica", "primary"), ("primary", "primary"), ("unknown", "replica"),
             ("unknown", "primary"), ("primary", "unknown"), ("unknown", "unknown"), ("replica", "replica")]  # fmt: skip
    judged_ = 0
    for holder in holders:
        for state in states:
            for east, west in roles:
                for acted in (EAST, WEST, None):
                    item = {**GOOD, "holder": holder, "traffic_region": holder, "state": state}
                    evidence = Evidence(
                        regions=REGIONS,
                        item={name: value for name, value in item.items() if value is not None},
                        epoch_seen=3,
                        acted_last=acted,
                        ended=True,
                        token=1,
                        roles={EAST: east, WEST: west},  # type: ignore[dict-item]
                    )
                    plan = plan_repair(evidence)
                    judged_ += 1
                    if isinstance(plan, Repair):
                        assert evidence.roles[plan.to.holder] != "replica"
                        continue
                    assert plan.code in {"nothing_to_repair", "holder_unknown"}, plan
                    if plan.code == "nothing_to_repair":
                        assert evidence.lease and evidence.lease.state == "open"
                    elif (east, west) != ("replica", "replica"):
                        named = plan.remedy.rpartition(" ")[2]
                        assert isinstance(plan_repair(evidence, named), Repair), (plan, evidence)
    assert judged_ == 4 * 5 * 8 * 3
