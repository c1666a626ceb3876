"""What the runs of a drill come to: `breiq.drill/1` and the report. Pure."""

import statistics
from collections.abc import Sequence
from typing import Any, Final

from dr.drills.findings import Findings, chapter, run_document
from dr.failover_report import lease_settings
from estate import objectives
from operations.kind import OperationContext
from operations.report import Figure, Objective, ReportData, Tone
from operations.report.text import count, seconds

METHOD: Final = (
    "A prober outside the estate sent 20 reads and 20 test writes a second through the public address, on a schedule "
    "that does not wait for answers: what is late counts as latency, from when it was due. Every second request opened "
    "a connection of its own; nothing was retried; after 2 s without an answer a request counts as failed.",
    "RTO runs from the fault to the answer of the first of 50 successful requests in a row over at least "
    "5 s, separately for reads and writes; the longer of the two counts. The failover was started after 2 s without a "
    "successful answer.",
    "Every write that was acknowledged was read back through the public API after recovery. RPO runs from the "
    "acknowledgement of the oldest missing one to the last acknowledgement by the old primary.",
    "Times of steps are derived from the operation's journal, which is written before and after each step.",
)
TONES: Final[dict[str, Tone]] = {"met": "good", "missed": "bad", "aborted": "warn"}
DRILL: Final = "region-loss"


def drill_document(
    found: Sequence[Findings], operation_context: OperationContext, *, operation_id: str
) -> dict[str, Any]:
    """Return `breiq.drill/1` from the runs."""
    results = [run_document(run, operation_context) for run in found]
    aborted = next((f"run {one.number}: {one.aborted}" for one in found if one.aborted is not None), None)
    verdict, reason = judge(results, aborted)
    return {
        "schema": "breiq.drill/1",
        "operation_id": operation_id,
        "drill": DRILL,
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
        "grade": operation_context.grade,
        "report": None,
    }


def missed(document: dict[str, Any]) -> bool:
    """Return whether an objective was missed."""
    return bool(document["verdict"] == "missed")


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
    found: Sequence[Findings], document: dict[str, Any], operation_context: OperationContext
) -> ReportData:
    """Return the drill's report: a chapter a run."""
    first = found[0]
    of_runs = f"of {len(found)} run{'s' if len(found) > 1 else ''}"
    return ReportData(
        operation_id=document["operation_id"],
        kind="drill",
        title=f"Region {first.from_region} lost, recovered in {first.to_region}",
        verdict=document["verdict"],
        tone=TONES[document["verdict"]],
        reason=document["reason"],
        environment=operation_context.environment,
        owner=operation_context.owner,
        started_at=first.begun_at,
        ended_at=found[-1].ended_at,
        grade=operation_context.grade,
        document=document,
        objectives=_objectives(document, of_runs),
        figures=_figures(document, of_runs),
        chapters=[chapter(run) for run in found],
        settings={**(lease_settings(first.facts) if first.facts else {}), **operation_context.settings},
        method=list(METHOD),
    )


def _objectives(document: dict[str, Any], of_runs: str) -> list[Objective]:
    return [
        Objective(
            name="RTO",
            objective_s=objectives.RTO_S,
            measured_s=document["rto_s"]["worst"],
            note=f"fault until users are served again; worst {of_runs}",
        ),
        Objective(
            name="RPO",
            objective_s=objectives.RPO_S,
            measured_s=document["rpo_s"]["worst"],
            note=f"age of the oldest missing write; worst {of_runs}",
        ),
    ]


def _figures(document: dict[str, Any], of_runs: str) -> list[Figure]:
    lost, written = document["lost_writes"], document["acknowledged_writes"]
    steady = all(document["steady_state"].values())
    reads = [result["reads_back_s"] for result in document["results"]]
    reads_back = None if None in reads or not reads else max(reads)
    return [
        Figure(name="RTO, median", value=seconds(document["rto_s"]["median"]), note=of_runs),
        Figure(name="Reads back, worst", value=seconds(reads_back), note=of_runs),
        Figure(name="RPO, median", value=seconds(document["rpo_s"]["median"]), note=of_runs),
        Figure(
            name="Missing writes",
            value=count(lost),
            note=f"of {count(written)} acknowledged",
            tone="warn" if lost else "good",
        ),
        Figure(
            name="Steady state",
            value="yes" if steady else "no",
            note="before and after",
            tone="good" if steady else "bad",
        ),
    ]


def _summary(values: Sequence[float | None], objective: float) -> dict[str, float | None]:
    seen = [value for value in values if value is not None]
    whole = bool(seen) and len(seen) == len(values)
    return {
        "median": round(statistics.median(seen), 3) if whole else None,
        "worst": max(seen) if whole else None,
        "objective": objective,
    }
