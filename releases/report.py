"""A release's report: the steps over the curve of requests, errors and latency."""

from collections.abc import Sequence
from typing import Any, Final

from operations.kind import OperationContext
from operations.outcome import Outcome
from operations.prober import Sample
from operations.report import Chapter, Figure, Mark, ReportData, Tone
from operations.report.rows import step_rows
from operations.report.text import seconds
from releases.document import at, traffic_moved
from releases.judgement import MAX_SLOWDOWN, MIN_REQUESTS
from releases.model import Release, ReleaseFacts

TONES: Final[dict[str, Tone]] = {"promoted": "good", "done": "good", "rolled_back": "bad", "refused": "warn"}

METHOD: Final = (
    "Requests are the prober's own: an open arrival of reads and test writes through the public address, from before "
    "the first step until after the last; lateness counts as latency.",
    f"The new version was judged in the primary by target health, errors, and p95 over at least {MIN_REQUESTS} "
    f"requests against {MAX_SLOWDOWN:g} times the old version's; in the standby by target health and a smoke task.",
    "Times of steps are derived from the journal, which is written before and after each step.",
)


def release_report(
    outcome: Outcome, document: dict[str, Any], samples: Sequence[Sample], operation_context: OperationContext
) -> ReportData:
    """Return the report of a deploy or a rollback."""
    facts: ReleaseFacts = outcome.facts
    release: Release = outcome.params
    begun, ended = outcome.events[0].at, outcome.events[-1].at
    word = "Rollback" if outcome.kind == "rollback" else "Release"
    return ReportData(
        operation_id=outcome.operation_id,
        kind=outcome.kind,
        title=f"{word} of {document['to_image'].partition('@')[0]}",
        verdict=document["verdict"],
        tone=TONES.get(document["verdict"], "warn"),
        reason=document["reason"],
        environment=operation_context.environment,
        owner=operation_context.owner,
        started_at=begun,
        ended_at=ended,
        grade=document["grade"],
        document=document,
        figures=_figures(document, release),
        chapters=[
            Chapter(
                heading="What happened",
                origin_at=begun,
                marks=_marks(outcome, facts, document["rollback_s"]),
                steps=step_rows(outcome.steps, outcome.events),
                samples=list(samples),
            )
        ],
        evidence=outcome.evidence,
        settings={"Bake": seconds(release.bake_s), "Ready within": seconds(release.ready_s)},
        method=list(METHOD),
    )


def _figures(document: dict[str, Any], release: Release) -> list[Figure]:
    requests = document["requests"] or {"total": 0, "failed": 0}
    return [
        Figure(
            name="Requests failed",
            value=str(requests["failed"]),
            note=f"of {requests['total']} seen by the prober",
            tone="bad" if requests["failed"] else "good",
        ),
        Figure(name="Took", value=seconds(document["duration_s"]), note="first step to last"),
        *_rollback(document),
        Figure(name="From", value=str(document["from_image"] or "nothing").partition("@")[0], note="served before"),
        Figure(name="To", value=document["to_image"].partition("@")[0], note=release.digest[:19]),
    ]


def _rollback(document: dict[str, Any]) -> list[Figure]:
    taken = document["rollback_s"]
    if taken is None or not document["traffic_moved"]:
        return []
    return [
        Figure(name="Back on the old version", value=seconds(taken), note="from the verdict, everywhere", tone="warn")
    ]


def _marks(outcome: Outcome, facts: ReleaseFacts, rolled_back_s: float | None) -> list[Mark]:
    turned = at(outcome.events, "turned")
    counted = turned is not None and rolled_back_s is not None and traffic_moved(outcome)
    back = (turned or 0.0) + (rolled_back_s or 0.0) if counted else None
    moments: list[tuple[float | None, str, Tone]] = [
        (at(outcome.events, "done", f"{facts.standby}/switch"), "standby switched", "plain"),
        (at(outcome.events, "done", f"{facts.primary}/switch"), "primary switched", "plain"),
        (at(outcome.events, "verified", "promote"), "promoted", "good"),
        (turned, "verdict: back", "bad"),
        (back, "old version everywhere", "warn"),
    ]
    return [Mark(at=moment, name=name, tone=tone) for moment, name, tone in moments if moment is not None]
