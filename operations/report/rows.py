"""An operation's journal as the rows of a report, and as the steps of its document. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from operations.journal import JournalEvent
from operations.report.data import StepRow
from operations.report.text import rfc3339
from operations.step import Step

OUTCOMES: Final = {
    "verified": "done",
    "failed": "failed",
    "undone": "undone",
    "undo_failed": "undo failed",
    "undo_started": "undoing",
}


def step_rows(steps: Iterable[Step], events: Sequence[JournalEvent]) -> list[StepRow]:
    """Return a row for each step that was started, in the order of the plan.

    A step took from its first start to the end of its last way forward; what an undo took is not part of it.
    """
    rows = []
    for step in steps:
        own = [event for event in events if event.step == step.key]
        started = next((event for event in own if event.kind == "started"), None)
        if started is None:
            continue
        forward = [event for event in own if event.kind in ("started", "done", "verified", "failed")]
        errors = [str(event.data["error"]) for event in own if event.data.get("error")]
        rows.append(
            StepRow(
                name=step.name,
                region=step.region,
                started_at=started.at,
                duration_s=round(forward[-1].at - started.at, 3),
                outcome=OUTCOMES.get(own[-1].kind, "not finished"),
                summary=step.summary,
                detail="; ".join(dict.fromkeys(errors)),
            )
        )
    return rows


def step_documents(rows: Iterable[StepRow]) -> list[dict[str, Any]]:
    """Return the rows as the contract's documents carry them."""
    return [
        {
            "name": row.name,
            "region": row.region,
            "started_at": rfc3339(row.started_at),
            "duration_s": row.duration_s,
            "outcome": row.outcome,
        }
        for row in rows
    ]
