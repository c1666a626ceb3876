"""A failover's report: times, steps and what users felt; RTO and RPO where a drill measured them."""

from collections.abc import Sequence
from typing import Any, Final

from dr.facts import FailoverFacts
from dr.result import event_at, reason
from estate import objectives
from operations.kind import OperationContext
from operations.outcome import Outcome
from operations.prober import Sample
from operations.report import Chapter, Figure, Mark, Objective, ReportData, Tone
from operations.report.rows import step_rows
from operations.report.text import seconds

TONES: Final[dict[str, Tone]] = {"done": "good", "undone": "warn", "refused": "warn", "stuck": "bad"}

JOURNAL: Final = "Times of steps are derived from the journal, which is written before and after each step."
BY_HAND: Final = "RTO and RPO need the fault's moment and a ledger: `breiqctl drill run region-loss` measures them."
IN_A_DRILL: Final = "RTO and RPO were measured by the drill that ran this failover; its report says how."


def failover_report(
    outcome: Outcome,
    document: dict[str, Any],
    samples: Sequence[Sample],
    operation_context: OperationContext,
) -> ReportData:
    """Return the report of a failover; `samples` are of a prober that ran besides it, if any."""
    facts: FailoverFacts = outcome.facts
    begun, ended = outcome.events[0].at, outcome.events[-1].at
    return ReportData(
        operation_id=outcome.operation_id,
        kind="failover",
        title=f"Failover from {facts.from_region} to {facts.to_region}",
        verdict=outcome.status,
        tone=TONES.get(outcome.status, "bad"),
        reason=reason(outcome),
        environment=facts.environment,
        owner=operation_context.owner,
        started_at=begun,
        ended_at=ended,
        grade=document["grade"],
        document=document,
        objectives=[
            _objective("RTO", objectives.RTO_S, document["rto_s"], "the fault's moment is not known"),
            _objective("RPO", objectives.RPO_S, document["rpo_s"], "there is no ledger"),
        ],
        figures=_figures(document),
        chapters=[
            Chapter(
                heading="What happened",
                origin_at=begun,
                regions=[facts.from_region, facts.to_region],
                marks=failover_marks(outcome),
                steps=step_rows(outcome.steps, outcome.events),
                samples=list(samples),
            )
        ],
        settings={**lease_settings(facts), **operation_context.settings},
        method=[JOURNAL, BY_HAND if document["rto_s"] is None else IN_A_DRILL],
    )


def _objective(name: str, objective_s: float, measured_s: float | None, why_not: str) -> Objective:
    note = why_not if measured_s is None else "measured by the drill"
    return Objective(name=name, objective_s=objective_s, measured_s=measured_s, note=note)


def _figures(document: dict[str, Any]) -> list[Figure]:
    return [
        Figure(name="Cut over", value=seconds(document["cut_over_s"]), note="lease taken until writes are open"),
        Figure(name="Could be lost", value=seconds(document["rpo_bound_s"]), note="at most, at the decision"),
        Figure(name="Replica lag", value=seconds(document["lag_at_decision_s"]), note="at the decision"),
        Figure(name="Promotion", value=seconds(document["promote_s"]), note="of the replica"),
    ]


def failover_marks(outcome: Outcome) -> list[Mark]:
    """Return the moments of a failover that its journal knows."""
    region = outcome.facts.to_region
    moments: list[tuple[str, str, Tone]] = [
        ("take lease", "lease taken", "plain"),
        ("promote", "promoted", "plain"),
        ("open lease", "writes open", "plain"),
    ]
    found = [(event_at(outcome.events, f"{region}/{key}", "verified"), name, tone) for key, name, tone in moments]
    return [Mark(at=at, name=name, tone=tone) for at, name, tone in found if at is not None]


def lease_settings(facts: FailoverFacts) -> dict[str, str]:
    """Return the periods that a failover depends on, as a report shows them."""
    return {
        "Writer lease": seconds(facts.periods.lease_s),
        "Transaction limit": seconds(facts.periods.transaction_limit_s),
        "Beat": seconds(facts.periods.beat_s),
        "Wait before the promotion": seconds(facts.periods.wait_s),
    }
