"""Runs a drill as often as asked, and says what came of it: `breiq.drill/1` and the report."""

import dataclasses
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from dr.drills.experiment import DrillAborted, Laboratory
from dr.drills.findings import Findings, chapter, failover_of, run_document
from dr.drills.region_loss import NAME, RegionLoss
from dr.failover_report import failover_report, lease_settings
from estate import objectives
from estate.errors import BreiqError
from operations.engine import new_operation_id
from operations.kind import Place
from operations.report import Figure, Objective, ReportData, Tone, write_report
from operations.report.text import count, seconds
from operations.step import Event

METHOD: Final = (
    "A prober outside the estate sent 20 reads and 20 test writes a second through the public address, on a schedule "
    "that does not wait for answers: what is late counts as latency, from when it was due. Every second request opened "
    "a connection of its own; nothing was retried; after 2 s without an answer a request counts as failed.",
    "RTO runs from the fault to the answer of the first of 50 good requests in a row over at least 5 s, reads and "
    "writes apart; the longer of the two counts. The failover was started when there had been no good answer for 2 s.",
    "Every write that was acknowledged was read back through the public API after recovery. RPO runs from the "
    "acknowledgement of the oldest missing one to the last acknowledgement by the old primary.",
    "Times of steps are derived from the operation's journal, which is written before and after each step.",
)
TONES: Final[dict[str, Tone]] = {"met": "good", "missed": "bad", "aborted": "warn"}
EXIT_CODES: Final = {"met": 0, "missed": 5, "aborted": 1}


def run_region_loss(laboratory: Laboratory, *, runs: int, to_region: str | None) -> dict[str, Any]:
    """Run the drill `runs` times, with a reset before each but the first; write the report; return `breiq.drill/1`.

    Raises BreiqError when the first run was refused: then nothing was touched. A later refusal aborts the drill.
    """
    clock = laboratory.clock
    operation_id, begun = new_operation_id(clock), clock.now()
    folder = laboratory.folder / operation_id
    found: list[Findings] = []
    reason: str | None = None
    told: list[Event] = []
    laboratory = _listening(laboratory, told)
    for number in range(1, runs + 1):
        try:
            if number > 1 and laboratory.reset is not None:
                laboratory.emit(Event(clock.now(), operation_id, "note", text="resetting before the next run"))
                laboratory = _listening(laboratory.reset(), told)
            run_id = f"{operation_id}-{number}"
            run = RegionLoss(laboratory, to_region=to_region, run_id=run_id, folder=folder, number=number)
            found.append(run.run())
        except DrillAborted as error:
            found.append(error.findings)
            reason = f"run {number}: {error.reason}"
            break
        except BreiqError as error:
            if number == 1:
                raise
            reason = f"run {number}: {error.message}{': ' + error.cause if error.cause else ''}"
            break
    document = drill_document(found, laboratory.place, operation_id=operation_id, aborted=reason)
    page = write_report(
        folder, drill_report(laboratory, document, found, operation_id=operation_id, begun=begun, ended=clock.now())
    )
    document["report"] = str(page)
    for findings in found:
        _keep_failover(laboratory, findings)
    _keep_journal(folder, operation_id, document["verdict"], told)
    return document


def _listening(laboratory: Laboratory, told: list[Event]) -> Laboratory:
    """Return the laboratory with all that it emits kept in `told` too."""

    def emit(event: Event) -> None:
        told.append(event)
        laboratory.emit(event)

    return dataclasses.replace(laboratory, emit=emit)


def _keep_journal(folder: Path, operation_id: str, status: str, told: Sequence[Event]) -> None:
    """Write the drill's journal beside its report. Each failover has one of its own, in the operations table too."""
    document = {
        "schema": "breiq.journal/1",
        "operation_id": operation_id,
        "kind": "drill",
        "status": status,
        "events": [{"at": event.at, "kind": event.kind, "text": event.text} for event in told],
    }
    (folder / "journal.json").write_text(json.dumps(document, indent=1))


def _keep_failover(laboratory: Laboratory, run: Findings) -> None:
    """Write the report of the failover that a run ended with, in that operation's own folder."""
    document = failover_of(run, laboratory.place)
    if run.outcome is None or document is None:
        return
    folder = laboratory.folder / run.outcome.operation_id
    document["report"] = str(folder / "report.html")
    write_report(
        folder,
        failover_report(run.outcome, document, run.samples, laboratory.place),
    )


def drill_document(
    found: Sequence[Findings], place: Place, *, operation_id: str, aborted: str | None
) -> dict[str, Any]:
    """Return `breiq.drill/1` from the runs."""
    results = [run_document(run, place) for run in found]
    verdict, reason = judge(results, aborted)
    return {
        "schema": "breiq.drill/1",
        "operation_id": operation_id,
        "drill": NAME,
        "group": "multi-Region recovery",
        "runs": len(results),
        "results": results,
        "verdict": verdict,
        "reason": reason,
        "rto_s": _summary([result["rto_s"] for result in results], objectives.RTO_S),
        "rpo_s": _summary([result["rpo_s"] for result in results], objectives.RPO_S),
        "acknowledged_writes": sum(result["acknowledged_writes"] or 0 for result in results),
        "lost_writes": sum(result["lost_writes"] or 0 for result in results),
        "requests": {
            "total": sum(result["requests"]["total"] for result in results),
            "failed": sum(result["requests"]["failed"] for result in results),
        },
        "steady_state": {
            "before": all(result["steady_state"]["before"] for result in results),
            "after": all(result["steady_state"]["after"] for result in results),
        },
        "grade": place.grade,
        "report": None,
    }


def judge(results: Sequence[dict[str, Any]], aborted: str | None) -> tuple[str, str]:
    """Return the verdict and why. What was not observed is missed, never met."""
    if aborted is not None:
        return "aborted", aborted
    for result in results:
        run = f"run {result['run']}"
        for key, objective, name in (("rto_s", objectives.RTO_S, "RTO"), ("rpo_s", objectives.RPO_S, "RPO")):
            if result[key] is None:
                return "missed", f"{run}: the {name} was not observed"
            if result[key] > objective:
                return "missed", f"{run}: {name} {seconds(result[key])}, the objective is {seconds(objective)}"
        if result["lost_older_than_bound"]:
            return "missed", f"{run}: {result['lost_older_than_bound']} missing writes are older than the bound allows"
        if (result.get("old_region_write") or {}).get("status") in range(200, 300):
            return "missed", f"{run}: the old region accepted a write after its return"
    lost = sum(result["lost_writes"] or 0 for result in results)
    written = sum(result["acknowledged_writes"] or 0 for result in results)
    worst = max(result["rto_s"] for result in results)
    of = "" if len(results) == 1 else f" at worst in {len(results)} runs"
    return (
        "met",
        f"Users were served again after {seconds(worst)}{of}; {count(lost)} of {count(written)} writes are missing.",
    )


def drill_report(
    laboratory: Laboratory,
    document: dict[str, Any],
    found: Sequence[Findings],
    *,
    operation_id: str,
    begun: float,
    ended: float,
) -> ReportData:
    """Return the drill's report: a chapter a run."""
    first = found[0]
    of_runs = f"of {len(found)} run{'s' if len(found) > 1 else ''}"
    rto, rpo = document["rto_s"], document["rpo_s"]
    lost, written = document["lost_writes"], document["acknowledged_writes"]
    steady = document["steady_state"]
    reads = [result["reads_back_s"] for result in document["results"]]
    return ReportData(
        operation_id=operation_id,
        kind="drill",
        title=f"Region {first.from_region} lost, recovered in {first.to_region}",
        verdict=document["verdict"],
        tone=TONES[document["verdict"]],
        reason=document["reason"],
        environment=laboratory.environment.environment,
        owner=laboratory.place.owner,
        started_at=begun,
        ended_at=ended,
        grade=laboratory.place.grade,
        document=document,
        objectives=[
            Objective(
                name="RTO",
                objective_s=objectives.RTO_S,
                measured_s=rto["worst"],
                note=f"fault until users are served again; worst {of_runs}",
            ),
            Objective(
                name="RPO",
                objective_s=objectives.RPO_S,
                measured_s=rpo["worst"],
                note=f"age of the oldest missing write; worst {of_runs}",
            ),
        ],
        figures=[
            Figure(name="RTO, median", value=seconds(rto["median"]), note=of_runs),
            Figure(
                name="Reads back, worst",
                value=seconds(None if None in reads or not reads else max(reads)),
                note=of_runs,
            ),
            Figure(name="RPO, median", value=seconds(rpo["median"]), note=of_runs),
            Figure(
                name="Missing writes",
                value=count(lost),
                note=f"of {count(written)} acknowledged",
                tone="warn" if lost else "good",
            ),
            Figure(
                name="Steady state",
                value="yes" if all(steady.values()) else "no",
                note="before and after",
                tone="good" if all(steady.values()) else "bad",
            ),
        ],
        chapters=[chapter(run) for run in found],
        settings={**(lease_settings(first.facts) if first.facts else {}), **laboratory.place.settings},
        method=list(METHOD),
    )


def _summary(values: Sequence[float | None], objective: float) -> dict[str, float | None]:
    seen = [value for value in values if value is not None]
    whole = bool(seen) and len(seen) == len(values)
    return {
        "median": round(statistics.median(seen), 3) if whole else None,
        "worst": max(seen) if whole else None,
        "objective": objective,
    }
