"""A release's journal and what its prober saw, as `breiq.deploy/1` and `breiq.rollback/1`. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from operations.failures.evidence import as_data
from operations.journal import JournalEvent
from operations.kind import OperationContext
from operations.outcome import Outcome
from operations.prober import Sample
from operations.report.failed import failed_request, first_failed
from operations.report.rows import step_documents, step_rows
from operations.report.text import rfc3339
from releases.judgement import is_of
from releases.model import RegionFacts, ReleaseFacts

SEEN: Final = ("bad_version", "users_hurt", "unhealthy")
"""The codes of failures whose own cause says what users met; of all others the task's end says more."""

VERDICTS: Final = {"done": "promoted", "undone": "rolled_back", "refused": "refused"}


def release_document(
    outcome: Outcome, samples: Sequence[Sample], operation_context: OperationContext
) -> dict[str, Any]:
    """Return the contract's document. What was not observed is null."""
    facts: ReleaseFacts = outcome.facts
    begun, ended = outcome.events[0].at, outcome.events[-1].at
    before = facts.before
    return {
        "schema": f"breiq.{outcome.kind}/1",
        "operation_id": outcome.operation_id,
        "verdict": verdict(outcome),
        "reason": reason(outcome, samples),
        "from_image": facts.named(before) if before else None,
        "to_image": facts.named(facts.regions[facts.primary].image_uri),
        "regions": {name: _region(outcome, region) for name, region in facts.regions.items()},
        "requests": {"total": len(samples), "failed": sum(not one.ok for one in samples)} if samples else None,
        "duration_s": round(ended - begun, 3),
        "rollback_s": rollback_s(outcome, samples),
        "traffic_moved": traffic_moved(outcome),
        "steps": step_documents(step_rows(outcome.steps, outcome.events)),
        "error": outcome.error.document() if outcome.error else None,
        "evidence": as_data(outcome.evidence) if outcome.evidence else None,
        "failed_requests": [failed_request(one) for one in first_failed(samples)],
        "undo_error": outcome.undo_error.document() if outcome.undo_error else None,
        "next_command": outcome.next_command,
        "grade": operation_context.grade,
    }


def requests_failed(document: dict[str, Any]) -> bool:
    """Return whether the promise of a release was broken: that no request fails."""
    return bool(document["requests"] and document["requests"]["failed"])


def verdict(outcome: Outcome) -> str:
    """Return the contract's word: what was decided, even when a step after the decision is stuck.

    A rollback says how it ended (`done`, `undone`, `refused` or `stuck`).
    """
    if outcome.kind == "rollback":
        return outcome.status
    if at(outcome.events, "verified", "promote") is not None:
        return "promoted"
    return VERDICTS.get(outcome.status, "paused")


def reason(outcome: Outcome, samples: Sequence[Sample]) -> str:
    """Return one sentence: why this verdict."""
    if outcome.status == "done":
        failed = sum(not one.ok for one in samples)
        seen = f"{failed} of {len(samples)} requests failed"
        if failed:
            return f"All steps succeeded, but {seen}. To return to the previous version: breiqctl release rollback."
        return f"All steps were verified in both regions{f'; {seen}' if samples else ''}."
    why = said(outcome)
    if outcome.status == "refused":
        return f"Nothing was changed: {why}."
    if outcome.status == "undone":
        now = "the previous version serves again" if traffic_moved(outcome) else "the version from before still serves"
        return f"{why[:1].upper()}{why[1:]}: {now}."
    more = f"; undoing it failed too: {outcome.undo_error.message}" if outcome.undo_error else ""
    return f"It stopped half-way: {why}{more}. Next: {outcome.next_command}."


def said(outcome: Outcome) -> str:
    """Return what went wrong first, with its cause; what was found out about it says more than what was waited for."""
    error = outcome.error
    if error is None:
        return "it stopped"
    found = outcome.evidence.summary if outcome.evidence else ""
    cause = error.cause if error.code in SEEN or not found else found
    return f"{error.message} ({cause})" if cause else error.message


def rollback_s(outcome: Outcome, samples: Sequence[Sample]) -> float | None:
    """Return the seconds from the verdict until the old version served all again; None when nothing was rolled back, or
    nothing had been changed.

    By the journal (the last rule leads back) and by the prober: the last request after the verdict that failed, or that
    the new colour answered in the primary.
    """
    decided = at(outcome.events, "turned")
    if decided is None or outcome.kind == "rollback" or not any(event.kind == "undone" for event in outcome.events):
        return None
    facts: ReleaseFacts = outcome.facts
    ends = [decided]
    for region in facts.regions:
        back = at(outcome.events, "undone", f"{region}/switch")
        ends += [back] if back is not None else []
    if len(ends) > 1:
        new = facts.regions[facts.primary].new
        ends += [
            one.answered_at
            for one in samples
            if one.at >= decided
            and (not one.ok or (one.colour is not None and one.region == facts.primary and is_of(one, new)))
        ]
    return round(max(ends) - decided, 3)


def traffic_moved(outcome: Outcome) -> bool:
    """Return whether the weights of any region were changed, or may have been."""
    keys = {f"{region}/switch" for region in outcome.facts.regions}
    return any(event.kind == "started" and event.step in keys for event in outcome.events)


def at(events: Sequence[JournalEvent], kind: str, step: str | None = None) -> float | None:
    """Return when an event was last written (Unix seconds); None when it never was."""
    return next((event.at for event in reversed(events) if event.kind == kind and event.step == step), None)


def _region(outcome: Outcome, region: RegionFacts) -> dict[str, Any]:
    """Return a region's part: the colours of each service, and of the first one as the region's (they go together)."""
    first = region.services[0]
    key = f"{region.region}/switch"
    switched, undone = at(outcome.events, "verified", key), at(outcome.events, "undone", key)
    return {
        "from_colour": first.live,
        "to_colour": first.new,
        "promoted_at": rfc3339(switched) if switched is not None and undone is None else None,
        "services": {one.name: {"from_colour": one.live, "to_colour": one.new} for one in region.everything},
    }
