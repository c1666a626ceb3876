"""What one run of a drill found out, as the contract's document and as a chapter of the report. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from dr.drills.old_region import Answer
from dr.facts import FailoverFacts
from dr.failover_report import failover_marks
from dr.measure import Recovery, measure
from dr.result import failover_document
from estate.errors import BreiqError
from operations.kind import OperationContext
from operations.outcome import Outcome
from operations.prober import Sample
from operations.report import Chapter, Figure, Ledger, Mark
from operations.report.rows import step_rows
from operations.report.text import count, rfc3339, seconds

NOT_OBSERVED: Final = Recovery(reads_s=None, writes_s=None, outage_reads_s=None, outage_writes_s=None)


@dataclass(kw_only=True)
class Findings:
    """What is known; None is "not observed". `aborted` says why a run came to no end. Times are unix seconds."""

    number: int
    from_region: str = ""
    to_region: str = ""
    facts: FailoverFacts | None = None
    steady_before: bool = False
    fault_at: float | None = None
    detected_at: float | None = None
    outcome: Outcome | None = None
    ledger: Ledger | None = None
    lifted_at: float | None = None
    old_region: Answer | None = None
    steady_after: bool = False
    samples: list[Sample] = field(default_factory=list)
    aborted: str | None = None
    begun_at: float = 0.0
    ended_at: float = 0.0

    @property
    def recovery(self) -> Recovery:
        """What users felt after the fault; nothing observed before it."""
        return NOT_OBSERVED if self.fault_at is None else measure(self.samples, self.fault_at)

    @property
    def detect_s(self) -> float | None:
        """From the fault until it was detected."""
        return None if self.detected_at is None or self.fault_at is None else self.detected_at - self.fault_at


def findings_of(outcome: Outcome, failover: Outcome | None, samples: Sequence[Sample]) -> Findings:
    """Return what one run found, from its journal, its failover's outcome, and what the prober saw. Pure."""
    facts, outputs, events = outcome.facts, outcome.outputs, outcome.events
    verified = {event.step: event.at for event in events if event.kind == "verified"}
    ledger = outputs.get("ledger", {}).get("ledger")
    answer = outputs.get("old region", {}).get("answer")
    error = outcome.error
    return Findings(
        number=outcome.params.number,
        from_region=facts.from_region,
        to_region=facts.to_region,
        facts=failover.facts if failover else None,
        steady_before="steady state" in verified,
        fault_at=outputs.get("fault", {}).get("at"),
        detected_at=verified.get("detect"),
        outcome=failover,
        ledger=msgspec.convert(ledger, Ledger) if ledger else None,
        lifted_at=outputs.get("lift", {}).get("at"),
        old_region=msgspec.convert(answer, Answer) if answer else None,
        steady_after="steady state again" in verified,
        samples=list(samples),
        aborted=None if outcome.status == "done" else _why(error),
        begun_at=events[0].at,
        ended_at=events[-1].at,
    )


def _why(error: BreiqError | None) -> str:
    if error is None:
        return "it stopped"
    return f"{error.message}: {error.cause}" if error.cause else error.message


def run_document(found: Findings, operation_context: OperationContext) -> dict[str, Any]:
    """Return one entry of `results` in `breiq.drill/1`."""
    recovery, ledger, answer = found.recovery, found.ledger, found.old_region
    return {
        "run": found.number,
        "from_region": found.from_region,
        "to_region": found.to_region,
        "fault_at": None if found.fault_at is None else rfc3339(found.fault_at),
        "rto_s": _rounded(recovery.rto_s),
        "reads_back_s": _rounded(recovery.reads_s),
        "writes_back_s": _rounded(recovery.writes_s),
        "rpo_s": _rounded(ledger.rpo_s if ledger else None),
        "lost_span_s": _rounded(ledger.lost_span_s if ledger else None),
        "rpo_bound_s": ledger.bound_s if ledger else None,
        "outage_s": {
            "reads": _rounded(recovery.outage_reads_s),
            "writes": _rounded(recovery.outage_writes_s),
        },
        "detect_s": _rounded(found.detect_s),
        "acknowledged_writes": ledger.acknowledged if ledger else None,
        "lost_writes": len(ledger.lost) if ledger else None,
        "unknown_writes": ledger.unknown if ledger else None,
        "lost_older_than_bound": ledger.lost_older_than_bound if ledger else None,
        "lost": [
            {"title": w.title, "id": w.id, "acknowledged_at": rfc3339(w.acknowledged_at), "region": w.region}
            for w in (ledger.lost if ledger else [])
        ],
        "requests": {"total": len(found.samples), "failed": sum(not sample.ok for sample in found.samples)},
        "old_region_write": msgspec.to_builtins(answer),
        "steady_state": {"before": found.steady_before, "after": found.steady_after},
        "failover": failover_of(found, operation_context),
    }


def chapter(found: Findings) -> Chapter:
    """Return the run's chapter: second 0 is the fault."""
    origin = found.fault_at or (found.samples[0].at if found.samples else 0.0)
    return Chapter(
        heading=f"Run {found.number}: {found.from_region} lost, {found.to_region} takes over",
        origin_at=origin,
        regions=[found.from_region, found.to_region],
        figures=_figures(found),
        marks=_marks(found),
        steps=step_rows(found.outcome.steps, found.outcome.events) if found.outcome else [],
        samples=found.samples,
        ledger=found.ledger,
    )


def _figures(found: Findings) -> list[Figure]:
    recovery, ledger = found.recovery, found.ledger
    if found.fault_at is None:
        return []
    figures = [
        Figure(
            name="Reads back after", value=seconds(recovery.reads_s), note=f"out for {seconds(recovery.outage_reads_s)}"
        ),
        Figure(
            name="Writes back after",
            value=seconds(recovery.writes_s),
            note=f"out for {seconds(recovery.outage_writes_s)}",
        ),
        Figure(name="Detected after", value=seconds(found.detect_s), note="no successful answer for 2 s"),
    ]
    if ledger is not None:
        figures.append(
            Figure(
                name="Acknowledged and missing",
                value=count(len(ledger.lost)),
                note=f"of {count(ledger.acknowledged)} writes, all read back",
                tone="warn" if ledger.lost else "good",
            )
        )
    if found.old_region is not None:
        answer = found.old_region
        figures.append(
            Figure(
                name="Write to the old region",
                value="refused"
                if answer.refused_by(found.from_region)
                else "ACCEPTED"
                if answer.accepted
                else "no answer",
                note=f"{answer.status} {answer.code or ''}, after its return",
                tone="good" if answer.refused_by(found.from_region) else "bad",
            )
        )
    return figures


def _marks(found: Findings) -> list[Mark]:
    marks: list[Mark] = []
    if found.fault_at is not None:
        marks.append(Mark(at=found.fault_at, name=f"{found.from_region} lost", tone="bad"))
    if found.detected_at is not None:
        marks.append(Mark(at=found.detected_at, name="detected", tone="warn"))
    if found.outcome is not None:
        marks += [mark for mark in failover_marks(found.outcome) if mark.name != "writes open"]
    recovery = found.recovery
    if found.fault_at is not None:
        for name, after in (("reads back", recovery.reads_s), ("writes back", recovery.writes_s)):
            if after is not None:
                marks.append(Mark(at=found.fault_at + after, name=name, tone="good"))
    if found.lifted_at is not None:
        marks.append(Mark(at=found.lifted_at, name=f"{found.from_region} returns"))
    return marks


def failover_of(found: Findings, operation_context: OperationContext) -> dict[str, Any] | None:
    """Return the failover's document with what only the drill knows: the fault's moment and the ledger."""
    if found.outcome is None:
        return None
    recovery, ledger = found.recovery, found.ledger
    return {
        **failover_document(found.outcome, found.samples, operation_context),
        "detect_s": _rounded(found.detect_s),
        "rto_s": _rounded(recovery.rto_s),
        "rpo_s": _rounded(ledger.rpo_s if ledger else None),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
