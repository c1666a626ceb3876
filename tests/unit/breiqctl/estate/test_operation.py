"""An apply takes the lock from one that was killed, at whatever write it died; from nothing else."""

import itertools

import pytest

from breiqctl.estate.operation import check_free, end_interrupted
from estate.errors import BreiqError
from operations.kind import Kind
from operations.lock import Lock, read_lock
from operations.table import MemoryTable
from tests.unit.breiqctl.estate.stages import estate_stage
from tests.unit.operations.engine_kit import FakeClock, Killed, MortalTable, engine


def test_an_apply_goes_on_after_one_that_was_killed_at_any_write() -> None:
    deaths = 0
    for die_at in itertools.count(1):
        stage, table = estate_stage(), MortalTable(die_at=die_at, die_after=True)
        try:
            engine(table, stage.kind).run(stage.kind, stage.params, stage.facts, reason="a test", operation_id="op-1")
        except Killed:
            deaths += 1
        held = read_lock(table.shared)
        assert held is not None
        again = engine(table.shared, stage.kind)
        assert end_interrupted(again, table.shared) == ("op-1" if held.held else None)
        outcome = again.run(stage.kind, stage.params, stage.facts, reason="again", operation_id="op-2")
        assert outcome.status == "done"
        again.check_unlocked(stage.kind)
        stage.finished()
        if table.writes < die_at:
            break
    assert deaths == die_at - 1 > 5


def test_the_lock_of_an_apply_that_lives_is_left_to_it() -> None:
    stage, table, clock = estate_stage(), MortalTable(die_at=4), FakeClock()
    with pytest.raises(Killed):
        engine(table, stage.kind).run(stage.kind, stage.params, stage.facts, reason="a test", operation_id="op-1")
    beats = itertools.count(1)
    clock.on_sleep.append(lambda _now: table.shared.update("lock", "environment", {"beat": next(beats)}))
    with pytest.raises(BreiqError) as refused:
        end_interrupted(engine(table.shared, stage.kind, clock=clock), table.shared)
    assert (refused.value.code, refused.value.exit_code) == ("operation_alive", 3)
    with pytest.raises(BreiqError) as early:
        check_free(engine(table.shared), table.shared, Lock(table.shared, clock, "another"), stage.kind)
    assert early.value.code == "operation_alive"


def test_the_lock_of_another_kind_of_operation_is_left_alone() -> None:
    stage, table = estate_stage(), MortalTable(die_at=4)
    deploy = Kind(name="deploy", params=stage.kind.params, facts=stage.kind.facts, plan=stage.kind.plan)
    with pytest.raises(Killed):
        engine(table, deploy).run(deploy, stage.params, stage.facts, reason="a test", operation_id="op-1")
    again = engine(table.shared, deploy, stage.kind)
    assert end_interrupted(again, table.shared) is None
    with pytest.raises(BreiqError, match="op-1 holds the lock"):
        check_free(again, table.shared, Lock(table.shared, FakeClock(), "another"), stage.kind)
    with pytest.raises(BreiqError, match="op-1 holds the lock"):
        again.run(stage.kind, stage.params, stage.facts, reason="again")


def test_nothing_was_ever_locked() -> None:
    table = MemoryTable()
    assert end_interrupted(engine(table), table) is None
    check_free(engine(table), table, Lock(table, FakeClock(), "another"), estate_stage().kind)


def test_one_that_was_killed_holds_up_no_other() -> None:
    stage, table = estate_stage(), MortalTable(die_at=4)
    with pytest.raises(Killed):
        engine(table, stage.kind).run(stage.kind, stage.params, stage.facts, reason="a test", operation_id="op-1")
    check_free(engine(table.shared), table.shared, Lock(table.shared, FakeClock(), "another"), stage.kind)
    held = read_lock(table.shared)
    assert held is not None, "looking takes nothing"
    assert (held.held, held.operation_id) == (True, "op-1")
