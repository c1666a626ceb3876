import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dr.drills.findings import Findings, chapter, run_document
from dr.drills.old_region import Answer
from dr.drills.summary import drill_document, judge
from dr.drills.watch import silence_s, unrecovered, unsteady
from dr.failover import FAILOVER
from dr.ledger import balance, entries
from operations.journal import read_header
from operations.prober import Sample
from operations.report import write_report
from tests.unit.dr.drill_stage import drill_stage
from tests.unit.dr.stages import EAST, WEST, failover_stage
from tests.unit.operations.engine_kit import PLACE, Killed, engine
from tests.unit.operations.report_data import FAULT_AT, drill_report, drill_samples
from tests.unit.operations.saga_kit import Stage

SAMPLES = drill_samples()


def findings(number: int = 1, missing: int = 2) -> Findings:
    stage = failover_stage()
    written = entries(SAMPLES, "k3")
    before = [entry for entry in written if entry.acknowledged_at < FAULT_AT]
    lost = {entry.id for entry in before[len(before) - missing :]}
    ledger = balance(
        written,
        {entry.id: "missing" if entry.id in lost else "present" for entry in written},
        old_primary=EAST,
        fault_at=FAULT_AT,
        bound_s=4.4,
    )
    return Findings(
        number=number,
        from_region=EAST,
        to_region=WEST,
        facts=stage.facts,
        steady_before=True,
        fault_at=FAULT_AT,
        detected_at=FAULT_AT + 2.2,
        outcome=stage.run(),
        ledger=ledger,
        lifted_at=FAULT_AT + 30,
        old_region=Answer(status=503, code="not_the_writer", region=EAST),
        steady_after=True,
        samples=SAMPLES,
    )


def test_steady_means_all_good_both_kinds_and_the_right_region() -> None:
    assert unsteady(SAMPLES, FAULT_AT - 0.5, region=EAST) is None
    assert "not by us-west-2" in (unsteady(SAMPLES, FAULT_AT - 0.5, region=WEST) or "")
    assert "failed" in (unsteady(SAMPLES, FAULT_AT + 10, region=EAST) or "")
    assert unsteady([s for s in SAMPLES if s.kind == "read"], FAULT_AT - 0.5, region=EAST) is not None
    assert unsteady(SAMPLES, FAULT_AT - 9, region=EAST) is not None  # too early: not sent for long enough
    assert unsteady([], FAULT_AT, region=EAST) is not None


def test_silence_counts_from_the_last_good_answer() -> None:
    before = [sample for sample in SAMPLES if sample.at < FAULT_AT + 3]
    assert silence_s(before, FAULT_AT + 3) == pytest.approx(3, abs=0.1)
    assert silence_s([s for s in before if not s.ok], FAULT_AT + 3) is None


def test_recovery_is_watched_for_its_time() -> None:
    assert "50 successful" in (
        unrecovered([s for s in SAMPLES if s.at < FAULT_AT + 20], FAULT_AT, FAULT_AT + 20, watch_s=10) or ""
    )
    assert "watching" in (unrecovered(SAMPLES, FAULT_AT, FAULT_AT + 25, watch_s=10) or "")
    assert unrecovered(SAMPLES, FAULT_AT, FAULT_AT + 36, watch_s=10) is None


def test_a_run_is_documented_as_the_contract_says() -> None:
    document = run_document(findings(), PLACE)
    assert document["rto_s"] == document["writes_back_s"] == pytest.approx(17.4, abs=0.1)
    assert document["outage_s"]["reads"] == pytest.approx(8.6, abs=0.2)
    assert document["lost_writes"] == len(document["lost"]) == 2 and document["lost_older_than_bound"] == 0
    assert document["rpo_s"] >= document["lost_span_s"] > 0
    assert document["failover"]["rto_s"] == document["rto_s"] and document["failover"]["detect_s"] == 2.2
    assert document["failover"]["schema"] == "breiq.failover/1"


def test_median_and_worst_come_from_all_runs() -> None:
    document = drill_document([findings(1), findings(2, missing=0)], PLACE, operation_id="op-1")
    assert document["verdict"] == "met" and document["runs"] == 2 and document["lost_writes"] == 2
    assert document["rpo_s"]["worst"] > document["rpo_s"]["median"] > 0
    assert document["rto_s"]["objective"] == 900 and document["rpo_s"]["objective"] == 300
    assert document["steady_state"] == {"before": True, "after": True}


def result(**more: Any) -> dict[str, Any]:
    return {
        "run": 1,
        "rto_s": 17.0,
        "rpo_s": 0.1,
        "lost_writes": 1,
        "acknowledged_writes": 9,
        "lost_older_than_bound": 0,
        **more,
    }


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, "met"),
        ({"rto_s": 901.0}, "missed"),
        ({"rpo_s": 301.0}, "missed"),
        ({"rto_s": None}, "missed"),
        ({"rpo_s": None}, "missed"),
        ({"lost_older_than_bound": 1}, "missed"),
        ({"old_region_write": {"status": 201, "code": None, "region": EAST}}, "missed"),
    ],
)
def test_what_was_not_observed_is_never_met(change: dict[str, Any], verdict: str) -> None:
    assert judge([result(**change)], None)[0] == verdict


def test_an_aborted_run_aborts_the_drill_and_says_why() -> None:
    stopped = Findings(number=1, from_region=EAST, to_region=WEST, samples=SAMPLES, aborted="no steady state")
    document = drill_document([stopped], PLACE, operation_id="op-1")
    assert document["verdict"] == "aborted" and document["reason"] == "run 1: no steady state"
    assert document["rto_s"]["worst"] is None and document["results"][0]["rpo_s"] is None


def test_the_chapter_has_marks_figures_and_the_journals_steps(tmp_path: Path) -> None:
    found = chapter(findings())
    assert {
        "us-east-1 lost",
        "detected",
        "lease taken",
        "reads back",
        "promoted",
        "writes back",
        "us-east-1 returns",
    } <= {mark.name for mark in found.marks}
    assert found.steps[0].name == "gates"
    page = write_report(tmp_path, msgspec.structs.replace(drill_report(), chapters=[found])).read_text()
    assert "refused" in page


@pytest.mark.parametrize(
    ("answer", "refused", "accepted"),
    [
        (Answer(status=503, code="not_the_writer", region=EAST), True, False),
        (Answer(status=503, code=None, region=None), False, False),  # the load balancer's own: no task is up yet
        (Answer(status=503, code="not_the_writer", region=WEST), False, False),
        (Answer(status=201, code=None, region=EAST), False, True),
        (Answer(status=None, code=None, region=None), False, False),
    ],
)
def test_only_the_old_regions_own_app_can_refuse(answer: Answer, refused: bool, accepted: bool) -> None:
    assert (answer.refused_by(EAST), answer.accepted) == (refused, accepted)


def test_samples_of_the_kit_are_what_a_prober_writes() -> None:
    assert all(isinstance(sample, Sample) for sample in SAMPLES)


def killed_in_its_failover() -> Stage:
    """Return a drill that was killed while its failover waited for the old lease to end."""
    whole = drill_stage()
    table = whole.mortal()
    whole.run(table=table)
    for write in range(1, table.writes):
        stage = drill_stage()
        with pytest.raises(Killed):
            stage.run(table=stage.mortal(write, die_after=True))
        failover = read_header(stage.table, "op-20261123-0002")
        lease = stage.table.get("writer", "lease") or {}
        if failover is not None and lease["state"] == "taken":
            return stage
    raise AssertionError("it never took the lease")


def test_the_failover_of_a_killed_drill_can_be_resumed_by_its_own_id() -> None:
    stage = killed_in_its_failover()
    outcome = engine(stage.table, FAILOVER, **stage.options).resume("op-20261123-0002", observer=stage.observer)
    assert outcome.status == "done"
    assert stage.engine().resume(stage.operation_id, observer=stage.observer).status == "undone"
    assert (stage.table.get("writer", "lease") or {})["holder"] == WEST


def test_a_failover_that_takes_the_lock_from_a_drill_ends_the_drills_own_failover_too() -> None:
    stage = killed_in_its_failover()
    other = dataclasses.replace(stage.kind, name="emergency", emergency=True, plan=lambda _p, _f: [])
    fresh = engine(stage.table, stage.kind, FAILOVER, other, **stage.options)
    assert fresh.run(other, stage.params, stage.facts, reason="a test").status == "done"
    assert {one.status for one in fresh.history()} == {"done", "superseded"}
