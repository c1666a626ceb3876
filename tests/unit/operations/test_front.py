"""The one front: every kind answers alike, whoever began it or goes on, and whatever becomes of what is shown of it."""

import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import pytest

from estate.errors import BreiqError
from operations.step import Refusal, StepFailed
from tests.unit.operations.engine_kit import Killed
from tests.unit.operations.front_kit import FakeProber, folder, front_of, no_folder, run
from tests.unit.operations.saga_kit import Stage
from tests.unit.operations.scenarios import SCENARIOS

__all__ = ["folder"]
SHOWN = {"verdict", "reason", "operation_id", "schema", "took_over", "report", "report_error", "grade"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_kind_answers_with_its_document_and_its_report(name: str, folder: Any) -> None:
    stage = SCENARIOS[name]()
    result = run(front_of(stage, folder), stage)
    assert result.exit_code in (0, 5)
    assert result.document.keys() >= SHOWN
    assert result.document["report_error"] is None
    assert (result.document["report"] is not None) == (stage.kind.report is not None)
    if stage.kind.report is not None:
        assert Path(result.document["report"]).is_file()


@pytest.mark.parametrize("name", SCENARIOS)
def test_who_goes_on_gets_the_same_document_report_and_code(name: str, folder: Any) -> None:
    whole = SCENARIOS[name]()
    table = whole.mortal()
    first = run(front_of(whole, folder, table=table), whole)
    for write in (table.writes // 3, table.writes * 2 // 3):
        stage = SCENARIOS[name]()
        with pytest.raises(Killed):
            run(front_of(stage, folder, table=stage.mortal(write, die_after=True)), stage)
        prober = FakeProber(stage)
        result = front_of(stage, folder, prober=prober).resume(stage.operation_id)
        assert prober.started == (stage.kind.watching is not None), "who goes on is watched as who began"
        assert result.document.keys() == first.document.keys()
        assert (result.document["report"] is not None) == (first.document["report"] is not None)
        if stage.kind.resumable:
            assert (result.document["verdict"], result.exit_code) == (first.document["verdict"], first.exit_code)


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_abort_answers_as_the_run_would_and_exits_with_0(name: str, folder: Any) -> None:
    stage = SCENARIOS[name]()
    if stage.no_return() < 2:
        pytest.skip("nothing of it can be undone")
    with pytest.raises(Killed):
        run(front_of(stage, folder, table=stage.mortal(8, die_after=True)), stage)
    result = front_of(stage, folder).abort(stage.operation_id)
    assert (result.outcome.status, result.exit_code) == ("undone", 0)
    assert result.document.keys() >= SHOWN


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_report_that_cannot_be_written_is_mentioned_and_decides_nothing(name: str, folder: Any) -> None:
    stage, other = SCENARIOS[name](), SCENARIOS[name]()
    good, bad = run(front_of(stage, folder), stage), run(front_of(other, no_folder), other)
    assert (bad.outcome.status, bad.exit_code) == (good.outcome.status, good.exit_code)
    assert bad.document["verdict"] == good.document["verdict"]
    if stage.kind.report is not None:
        assert bad.document["report"] is None
        assert "No space" in bad.document["report_error"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_report_that_breaks_is_mentioned_and_decides_nothing(name: str, folder: Any) -> None:
    def broken(*_arguments: Any) -> Any:
        raise ZeroDivisionError("oops")

    stage = SCENARIOS[name]()
    kind = dataclasses.replace(stage.kind, report=broken)
    result = run(front_of(stage, folder, kind=kind), stage, kind)
    assert (result.outcome.status, result.document["report"]) == ("done", None)
    assert "oops" in result.document["report_error"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_prober_that_breaks_at_the_end_decides_nothing(name: str, folder: Any) -> None:
    stage = SCENARIOS[name]()
    result = run(front_of(stage, folder, prober=FakeProber(stage, breaks=True)), stage)
    assert result.outcome.status == "done"


@pytest.mark.parametrize("name", [name for name, make in SCENARIOS.items() if make().kind.watching])
def test_a_step_that_needs_an_observer_fails_without_one(name: str) -> None:
    stage = SCENARIOS[name]()
    if name == "rollback":
        pytest.skip("it is watched for its promise alone: no step decides by it")
    stage.observer = None
    outcome = stage.run()
    assert (outcome.status, outcome.error.code) in {("undone", "no_prober"), ("stuck", "no_prober")}


def test_a_request_that_failed_makes_a_promoted_release_miss_its_promise(folder: Any) -> None:
    stage = SCENARIOS["deploy"]()
    stage.observer.seen[3] = msgspec.structs.replace(stage.observer.seen[3], ok=False, error="503")
    result = run(front_of(stage, folder), stage)
    assert (result.document["verdict"], result.document["requests"]["failed"], result.exit_code) == ("promoted", 1, 5)
    assert "All steps succeeded, but 1 of " in result.document["reason"]


def test_a_deploy_begins_from_good_traffic_unless_bad_is_accepted(folder: Any) -> None:
    stage = SCENARIOS["deploy"]()
    before = stage.snapshot()
    front = front_of(stage, folder, prober=FakeProber(stage, good=False))
    with pytest.raises(BreiqError) as refused:
        run(front, stage)
    assert (refused.value.code, refused.value.exit_code, stage.snapshot()) == ("no_good_traffic", 3, before)
    assert "--bad-traffic-accepted" in (refused.value.remedy or "")
    assert run(front, stage, bad_traffic_accepted=True).outcome.status == "done"


def test_a_rollback_begins_from_bad_traffic_too(folder: Any) -> None:
    stage = SCENARIOS["rollback"]()
    assert run(front_of(stage, folder, prober=FakeProber(stage, good=False)), stage).outcome.status == "done"


def test_a_failover_is_done_when_users_are_served_although_no_note_could_be_written(folder: Any) -> None:
    stage = SCENARIOS["failover"]()
    clock = stage.options["clock"]
    renewers = next(one.__self__ for one in clock.on_sleep if type(one.__self__).__name__ == "Renewers")
    renewers.lost = {"us-east-1", "us-west-2"}  # its own set: no new primary's beat is ever noted
    result = run(front_of(stage, folder), stage)
    assert (result.document["verdict"], result.exit_code) == ("done", 0)


def test_whose_lock_it_took_and_what_that_left_behind_is_in_the_document(folder: Any) -> None:
    stage = SCENARIOS["failover"]()
    stuck = dataclasses.replace(stage.kind, name="other", watching=None, document=None, report=None, emergency=False)

    def fail(_context: Any) -> None:
        raise StepFailed("broken", "it broke")

    plan = stuck.plan
    stuck = dataclasses.replace(stuck, plan=lambda p, f: [dataclasses.replace(plan(p, f)[1], verify=fail, undo=fail)])
    engine = stage.engine(stuck)
    assert engine.run(stuck, stage.params, stage.facts, reason="stuck", operation_id="op-0").status == "stuck"
    result = run(front_of(stage, folder), stage)
    assert result.document["took_over"]["operation_id"] == "op-0"
    assert result.document["took_over"]["steps"]


def test_what_was_seen_beside_a_refusal_is_none_of_that_operations(folder: Any, tmp_path: Path) -> None:
    stage = SCENARIOS["deploy"]()
    with pytest.raises(Killed):
        run(front_of(stage, folder, table=stage.mortal(20, die_after=True)), stage)
    numbers = iter(range(1, 1000))
    stage.options["clock"].on_sleep.append(
        lambda _now: stage.table.update("lock", "environment", {"beat": next(numbers)})
    )
    prober = FakeProber(stage)
    prober.config.samples_file = str(folder(stage.operation_id) / "samples-1.jsonl")
    Path(prober.config.samples_file).write_text("")
    with pytest.raises(BreiqError) as refused:
        front_of(stage, folder, prober=prober).resume(stage.operation_id)
    assert refused.value.code == "operation_alive"
    assert not Path(prober.config.samples_file).exists()


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_dry_run_asks_the_gates_and_writes_nothing(name: str, folder: Any) -> None:
    stage = SCENARIOS[name]()
    before, items = stage.snapshot(), dict(stage.table.items)
    document = front_of(stage, folder).describe(stage.kind, stage.params, stage.facts)
    assert document["refusal"] is None
    assert document["gates"][0] == {"name": "lock", "ok": True, "reason": None}
    assert (stage.snapshot(), dict(stage.table.items)) == (before, items)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_dry_run_is_refused_where_the_run_would_be(name: str, folder: Any) -> None:
    stage = SCENARIOS[name]()
    kind = stage.with_steps(
        lambda n, step: (
            dataclasses.replace(step, refuse=lambda _c: Refusal("no", "why", "x"), checks=None) if n else step
        )
    )
    if len(stage.steps()) < 2:
        pytest.skip("it has one step")
    front = front_of(stage, folder, kind=kind)
    assert front.describe(kind, stage.params, stage.facts)["refusal"]["code"] == "no"
    with pytest.raises(BreiqError) as refused:
        front.check(kind, stage.params, stage.facts)
    assert refused.value.code == "no"
    assert run(front, stage, kind).outcome.error.code == "no"


def test_a_held_lock_is_among_the_gates_and_an_emergency_may_take_it(folder: Any) -> None:
    stage = SCENARIOS["failover"]()
    owner = stage.engine().new_lock()
    owner.acquire("op-0", reason="deploy", begin='{"kind": "deploy"}')
    stage.options["clock"].on_sleep.append(lambda _now: owner.beat())
    front = front_of(stage, folder)
    refused = front.describe(stage.kind, stage.params, stage.facts)
    assert (refused["refusal"]["code"], refused["gates"][0]["ok"]) == ("locked", False)
    assert refused["refusal"]["remedy"].startswith("add --supersede op-0")
    taken = front.describe(stage.kind, stage.params, stage.facts, supersede="op-0")
    assert (taken["refusal"], taken["gates"][0]["ok"]) == (None, True)


def without_beats(stage: Stage) -> dict[Any, Any]:
    """Return the table's items but those that workers write as time passes."""
    return {key: dict(item) for key, item in stage.table.items.items() if key[0] != "beat"}


@pytest.mark.parametrize("verb", ["resume", "abort", "unlock"])
@pytest.mark.parametrize("alive", [False, True], ids=["dead", "alive"])
def test_a_dry_run_of_what_stopped_says_what_the_verb_would_say(verb: Any, alive: bool, folder: Any) -> None:
    for writes in (3, 8):
        stage = SCENARIOS["deploy"]()
        with pytest.raises(Killed):
            run(front_of(stage, folder, table=stage.mortal(writes, die_after=True)), stage)
        if alive:
            beats = iter(range(1, 1000))
            stage.options["clock"].on_sleep.append(
                lambda _now, beats=beats, stage=stage: stage.table.update("lock", "environment", {"beat": next(beats)})
            )
        front, items = front_of(stage, folder), without_beats(stage)
        error = stage.engine().why_not(stage.operation_id, verb)
        assert (error.code if error else None) == ("operation_alive" if alive else None)
        if not alive:
            assert without_beats(stage) == items
            if verb != "unlock":
                assert front.describe_rest(stage.operation_id, verb)["refusal"] is None
            getattr(stage.engine(), verb)(
                stage.operation_id, **({} if verb == "unlock" else {"observer": stage.observer})
            )


def test_what_cannot_be_resumed_aborted_or_unlocked_is_refused_before_anybody_is_asked(folder: Any) -> None:
    stage = SCENARIOS["deploy"]()
    engine = stage.engine()
    assert engine.why_not("op-9", "resume").code == "unknown_operation"  # type: ignore[union-attr]
    assert engine.why_not("op-9", "unlock").code == "not_locked"  # type: ignore[union-attr]
    run(front_of(stage, folder), stage)
    assert engine.why_not(stage.operation_id, "abort").code == "has_ended"  # type: ignore[union-attr]
    assert engine.why_not(stage.operation_id, "resume") is None, "it has ended: there is nothing to do, and no refusal"
