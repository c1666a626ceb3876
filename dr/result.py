"""What a failover's journal says, as `breiq.failover/1`. Every time in it is derived from the journal."""

from collections.abc import Sequence
from typing import Any

from dr.facts import FailoverFacts
from operations.journal import JournalEvent
from operations.kind import OperationContext
from operations.outcome import Outcome
from operations.prober import Sample
from operations.report.rows import step_documents, step_rows


def failover_document(
    outcome: Outcome, samples: Sequence[Sample], operation_context: OperationContext
) -> dict[str, Any]:
    """Return the contract's document. The fault's moment and a ledger are a drill's to know: those keys are null."""
    facts: FailoverFacts = outcome.facts
    gates = outcome.outputs.get(f"{facts.to_region}/gates", {})
    rows = {row.name: row for row in step_rows(outcome.steps, outcome.events)}
    took = {name: row.duration_s for name, row in rows.items() if row.outcome == "done"}
    return {
        "schema": "breiq.failover/1",
        "operation_id": outcome.operation_id,
        "verdict": "undone" if outcome.status == "undone" else outcome.status,
        "reason": reason(outcome),
        "from_region": facts.from_region,
        "to_region": facts.to_region,
        "lag_at_decision_s": gates.get("lag_s"),
        "rpo_bound_s": gates.get("rpo_bound_s"),
        "lease_wait_s": took.get("wait"),
        "detect_s": None,
        "scale_s": took.get("scale"),
        "promote_s": took.get("promote"),
        "cut_over_s": _between(outcome.events, facts.to_region, "take lease", "open lease"),
        "verify_s": took.get("verify"),
        "rto_s": None,
        "rpo_s": None,
        "steps": step_documents(rows.values()),
        "error": outcome.error.document() if outcome.error else None,
        "undo_error": outcome.undo_error.document() if outcome.undo_error else None,
        "next_command": outcome.next_command,
        "requests": {"total": len(samples), "failed": sum(not one.ok for one in samples)} if samples else None,
        "grade": operation_context.grade,
    }


def reason(outcome: Outcome) -> str:
    """Return one sentence: what the operation did, or why not."""
    facts: FailoverFacts = outcome.facts
    if outcome.status == "done":
        return f"{facts.to_region} serves reads and writes under epoch {facts.lease.epoch + 1}."
    why = outcome.error.message if outcome.error else "it stopped"
    if outcome.status == "refused":
        return f"Nothing was changed: {why}."
    if outcome.status == "undone":
        return f"Undone, {facts.from_region} holds the lease again: {why}."
    more = f"; undoing it failed too: {outcome.undo_error.message}" if outcome.undo_error else ""
    return f"It stopped half-way: {why}{more}. Next: {outcome.next_command}."


def event_at(events: Sequence[JournalEvent], key: str, kind: str) -> float | None:
    """Return when a step's event was first written (unix seconds); None when it never was."""
    return next((event.at for event in events if event.step == key and event.kind == kind), None)


def _between(events: Sequence[JournalEvent], region: str, first: str, last: str) -> float | None:
    begin = event_at(events, f"{region}/{first}", "started")
    end = event_at(events, f"{region}/{last}", "verified")
    return None if begin is None or end is None else round(end - begin, 3)
