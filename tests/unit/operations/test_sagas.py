"""The generic tests of every operation: fail every step, repeat every do and undo, kill at every journal write."""

import pytest

from estate.errors import BreiqError
from operations import concurrency
from operations.lock import read_lock
from tests.local.crash import DEPLOY_WRITES, FAILOVER_WRITES
from tests.unit.operations.engine_kit import Killed
from tests.unit.operations.saga_kit import Stage
from tests.unit.operations.scenarios import SCENARIOS

pytestmark = pytest.mark.parametrize("name", SCENARIOS)


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fake cloud answers at once: ten thousand pools of threads would be most of the time of these tests."""
    monkeypatch.setattr(concurrency, "AT_ONCE", 1)


def unlocked(stage: Stage) -> bool:
    held = read_lock(stage.table)
    return held is None or not held.held


def test_it_ends_well(name: str) -> None:
    stage = SCENARIOS[name]()
    outcome = stage.run()
    assert (outcome.status, outcome.error) == ("done", None)
    stage.finished()


def test_a_failure_of_any_step_leaves_a_clean_slate_or_is_resumable(name: str) -> None:
    for number in range(len(SCENARIOS[name]().steps())):
        stage = SCENARIOS[name]()
        before = stage.snapshot()
        outcome = stage.run(stage.failing_at(number))
        if number < stage.no_return():
            assert outcome.status == "undone", number
            assert stage.snapshot() == before, number
            assert unlocked(stage)
        else:
            assert outcome.status == "stuck", number
            assert stage.engine().resume(outcome.operation_id, observer=stage.observer).status == "done"
            stage.finished()


def test_every_do_may_be_repeated(name: str) -> None:
    stage = SCENARIOS[name]()
    assert stage.run(stage.repeating_dos()).status == "done"
    stage.finished()


def test_every_undo_may_be_repeated(name: str) -> None:
    stage = SCENARIOS[name]()
    before = stage.snapshot()
    last = stage.no_return() - 1
    assert stage.run(stage.failing_at(last, repeat_undo=True)).status == "undone"
    assert stage.snapshot() == before


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_journal_write_resume_ends_well(name: str, after: bool) -> None:
    clean = SCENARIOS[name]().snapshot()
    for write in range(1, writes_of(name) + 1):
        stage = killed(name, write, after)
        if write == 1 and not after:
            assert stage.table.get("lock", "environment") is None or unlocked(stage)
            continue
        outcome = stage.engine().resume("op-20261123-0001", observer=stage.observer)
        assert unlocked(stage)
        if not stage.kind.resumable and outcome.status == "undone":  # what it had measured is void
            assert stage.snapshot() == clean, write
            continue
        assert (outcome.status, outcome.error) == ("done", None), write
        stage.finished()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_journal_write_abort_leaves_a_clean_slate_or_is_refused(name: str, after: bool) -> None:
    clean = SCENARIOS[name]().snapshot()
    for write in range(1, writes_of(name) + 1):
        stage = killed(name, write, after)
        try:
            outcome = stage.engine().abort("op-20261123-0001")
        except BreiqError as refused:
            assert refused.exit_code == 3
            assert refused.code in {"past_no_return", "has_ended"} or write == 1
            if refused.code == "has_ended":
                stage.finished()
                assert unlocked(stage)
            continue
        assert (outcome.status, stage.snapshot()) == ("undone", clean), write
        assert unlocked(stage)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_while_undoing_resume_leaves_a_clean_slate(name: str, after: bool) -> None:
    clean = SCENARIOS[name]().snapshot()
    last = SCENARIOS[name]().no_return() - 1
    whole = SCENARIOS[name]()
    table = whole.mortal()
    rollback_started = [event.kind for event in whole.run(whole.failing_at(last), table).events].index("turned")
    for write in range(
        rollback_started + 5, table.writes + 1
    ):  # the lock, the plan and the index are written besides the events
        stage = SCENARIOS[name]()
        with pytest.raises(Killed):
            stage.run(stage.failing_at(last), stage.mortal(write, after))
        outcome = stage.engine().resume(stage.operation_id, observer=stage.observer)
        assert (outcome.status, stage.snapshot()) == ("undone", clean), write
        assert unlocked(stage)


def test_the_writes_that_the_real_crash_tests_walk_are_all(name: str) -> None:
    known = {"deploy": DEPLOY_WRITES + 3, "failover": FAILOVER_WRITES}  # the stage's deploy migrates, too
    assert known.get(name, writes_of(name)) == writes_of(name)


def writes_of(name: str) -> int:
    stage = SCENARIOS[name]()
    table = stage.mortal()
    stage.run(table=table)
    return table.writes


def killed(name: str, write: int, after: bool) -> Stage:
    stage = SCENARIOS[name]()
    with pytest.raises(Killed):
        stage.run(table=stage.mortal(write, after))
    return stage
