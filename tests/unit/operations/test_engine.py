"""The engine on a table of toy steps: forward, back, crash, resume, abort, fencing."""

import dataclasses
from typing import Any

import pytest

from aws.errors import Unreachable
from estate.errors import BreiqError
from operations.journal import Superseded
from operations.kind import Kind
from operations.lock import read_lock
from operations.step import Refusal, Step, StepContext, StepFailed
from operations.table import MemoryTable, RegionalTable
from tests.unit.operations.engine_kit import FakeClock, Killed, MortalTable, engine
from tests.unit.operations.toy import Facts, Params, World, run


def test_forward_does_verifies_journals_and_releases_the_lock() -> None:
    world, table = World(), MemoryTable()
    outcome = run(world, table)
    assert (outcome.status, outcome.exit_code, world.things) == ("done", 0, {"one", "two", "three"})
    assert [e.kind for e in outcome.events] == ["begun", *["started", "done", "verified"] * 3, "ended"]
    held = read_lock(table)
    assert held is not None
    assert not held.held
    assert [(s.operation_id, s.status) for s in engine(table).history()] == [("op-1", "done")]


def test_refusals_come_before_anything_is_touched() -> None:
    world = World(refusal=Refusal("too_late", "it is too late", "wait", "--late-accepted"))
    outcome = run(world)
    assert (outcome.status, outcome.exit_code, world.things) == ("refused", 3, set())
    assert "--late-accepted" in (outcome.error.remedy or "")


@pytest.mark.parametrize("name", ["one", "two", "three"])
def test_a_failure_undoes_in_reverse(name: str) -> None:
    world = World(fail={name: StepFailed("broken", "it broke")})
    outcome = run(world)
    assert (outcome.status, outcome.exit_code, world.things) == ("undone", 1, set())
    assert outcome.error.code == "broken"
    undone = [e.step for e in outcome.events if e.kind == "undone"]
    assert undone == [k for k in ("three", "us-west-2/two", "one") if k in undone]


def test_a_bug_in_a_step_undoes_too() -> None:
    outcome = run(World(fail={"two": ZeroDivisionError("oops")}))
    assert outcome.status == "undone"
    assert isinstance(outcome.error.__cause__, ZeroDivisionError)


def test_an_undo_that_fails_stops_there_and_both_errors_are_told() -> None:
    world = World(fail={"three": StepFailed("broken", "it broke")}, fail_undo={"two": OSError("no")})
    table = MemoryTable()
    outcome = run(world, table)
    assert (outcome.status, outcome.exit_code) == ("stuck", 4)
    assert outcome.error.code == "broken"
    assert outcome.undo_error is not None
    assert outcome.next_command == "breiqctl operation resume op-1"
    assert "one" in world.things
    held = read_lock(table)
    assert held is not None
    assert held.held
    world.fail_undo.clear()
    again = engine(table, world.kind()).resume("op-1")
    assert (again.status, world.things) == ("undone", set())


def test_interrupt_undoes_and_exits_130() -> None:
    world = World(fail={"two": KeyboardInterrupt()})
    outcome = run(world)
    assert (outcome.status, outcome.exit_code, world.things) == ("undone", 130, set())


def test_interrupt_after_the_point_of_no_return_stays_resumable() -> None:
    world, table = World(fail={"three": KeyboardInterrupt()}, no_return=True), MemoryTable()
    outcome = run(world, table)
    assert (outcome.status, outcome.exit_code) == ("stuck", 130)
    world.fail.clear()
    with pytest.raises(BreiqError) as refused:
        engine(table, world.kind()).abort("op-1")
    assert (refused.value.code, refused.value.exit_code) == ("past_no_return", 3)
    assert engine(table, world.kind()).resume("op-1").status == "done"


def test_a_leap_that_certainly_did_not_happen_is_undone() -> None:
    world = World(fail={"leap": StepFailed("no", "refused by AWS", touched=False)}, no_return=True)
    assert run(world).status == "undone"


def test_a_step_that_aws_does_not_answer_is_tried_again() -> None:
    world, clock = World(), FakeClock()
    world.fail["two"] = Unreachable("aws_unreachable", "transient", "no answer", call="x", region="r")
    clock.on_sleep.append(lambda _now: world.fail.clear())
    assert run(world, clock=clock).status == "done"


def test_verify_has_a_deadline() -> None:
    world = World()
    step = Step(name="never", summary="wait", verify=lambda _context: "not yet", deadline_s=3)
    kind = Kind(name="toy", params=Params, facts=Facts, plan=lambda _p, _f: [world.step("one"), step])
    clock = FakeClock()
    begun = clock.now()
    outcome = engine(MemoryTable(), kind, clock=clock).run(kind, Params("x"), Facts("y"), reason="a test")
    assert (outcome.status, outcome.error.code, outcome.error.cause, world.things) == (
        "undone",
        "deadline",
        "not yet",
        set(),
    )
    assert 3 <= clock.now() - begun < 4


def test_a_second_operation_is_refused_while_one_runs() -> None:
    world, table = World(), MortalTable(die_at=5)
    with pytest.raises(Killed):
        run(world, table)
    with pytest.raises(BreiqError) as refused:
        engine(table.shared, world.kind()).run(world.kind(), Params("x"), Facts("y"), reason="another")
    assert (refused.value.code, refused.value.exit_code) == ("locked", 3)


def test_resume_of_a_live_operation_is_refused() -> None:
    world, table, clock = World(), MortalTable(die_at=5), FakeClock()
    with pytest.raises(Killed):
        run(world, table)
    beats = iter(range(1, 100))
    clock.on_sleep.append(lambda _now: table.shared.update("lock", "environment", {"beat": next(beats)}))
    with pytest.raises(BreiqError) as refused:
        engine(table.shared, world.kind(), clock=clock).resume("op-1")
    assert refused.value.code == "operation_alive"


def test_a_superseded_owner_stops_at_its_next_write() -> None:
    table = MemoryTable()
    seen: list[str] = []

    def resumed_elsewhere(_context: StepContext) -> None:
        if not seen:
            seen.append("once")
            engine(table, kind, owner="bob@there:2|elsewhere|0").resume("op-1")

    steps = [Step(name="one", summary="one", do=resumed_elsewhere), Step(name="two", summary="two", do=lambda _c: {})]
    kind = Kind(name="toy", params=Params, facts=Facts, plan=lambda _p, _f: steps)
    with pytest.raises(Superseded):
        engine(table, kind).run(kind, Params("x"), Facts("y"), reason="a test", operation_id="op-1")
    assert [e.kind for e in engine(table, kind).show("op-1")[1]][-1] == "ended"


def test_an_operation_killed_before_its_journal_began_is_listed() -> None:
    world, table = World(), MortalTable(die_at=1, die_after=True)
    with pytest.raises(Killed):
        run(world, table)
    assert [(one.operation_id, one.kind, one.status) for one in engine(table.shared, world.kind()).history()] == [
        ("op-1", "toy", "running")
    ]


def test_unlock_abandons_and_lets_others_run() -> None:
    world, table = World(), MortalTable(die_at=7)
    with pytest.raises(Killed):
        run(world, table)
    fresh = engine(table.shared, world.kind())
    with pytest.raises(BreiqError):
        fresh.unlock("op-2")
    fresh.unlock("op-1")
    assert fresh.history()[0].status == "abandoned"
    assert fresh.run(world.kind(), Params("x"), Facts("y"), reason="next").status == "done"


def test_supersede_takes_the_lock_and_fences_the_journal() -> None:
    world, table = World(), MortalTable(die_at=7)
    with pytest.raises(Killed):
        run(world, table)
    emergency = dataclasses.replace(world.kind(), emergency=True)
    fresh = engine(table.shared, emergency)
    outcome = fresh.run(emergency, Params("x"), Facts("y"), reason="failover", supersede="op-1")
    assert outcome.status == "done"
    held = read_lock(table.shared)
    header = fresh.show("op-1")[0]
    assert held is not None
    assert (header.token, header.status) == (held.token, "superseded")
    assert outcome.took_over is not None
    assert (outcome.took_over["operation_id"], outcome.took_over["steps"]) == ("op-1", ["one"])
    for again in (fresh.resume, fresh.abort):
        with pytest.raises(BreiqError) as refused:
            again("op-1")
        assert (refused.value.code, refused.value.exit_code) == ("has_ended", 3)


class DeadTable(MemoryTable):
    def get(self, pk: str, sk: str) -> Any:
        raise Unreachable("aws_unreachable", "transient", "no answer", call="dynamodb:GetItem", region="us-east-1")


def test_an_unreachable_table_refuses() -> None:
    with pytest.raises(BreiqError) as refused:
        run(World(), RegionalTable([DeadTable(), DeadTable()]))
    assert (refused.value.code, refused.value.exit_code) == ("table_unreachable", 3)


def test_the_first_region_that_answers_is_asked() -> None:
    living = MemoryTable()
    living.update("a", "b", {"x": 1})
    assert RegionalTable([DeadTable(), living]).get("a", "b") == {"pk": "a", "sk": "b", "x": 1}


def test_an_abort_that_is_refused_changes_nothing() -> None:
    world, table = World(fail={"three": KeyboardInterrupt()}, no_return=True), MemoryTable()
    run(world, table)
    before = (dict(table.items), {key: list(texts) for key, texts in table.lists.items()})
    with pytest.raises(BreiqError):
        engine(table, world.kind()).abort("op-1")
    assert (table.items, table.lists) == before
