"""What a journal says of each step: when it began, how long it took, how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from operations.journal import JournalEvent
from operations.step import Step

OUTCOMES: Final = {
    "started": "interrupted",
    "done": "interrupted",
    "verified": "done",
    "failed": "failed",
    "undo_started": "undo interrupted",
    "undone": "undone",
    "undo_failed": "undo failed",
}


@dataclass(frozen=True)
class StepTime:
    """One step as it went. `started_at` and `undone_at` are Unix seconds; `duration_s` is that of its way forward."""

    step: Step
    started_at: float
    duration_s: float
    outcome: str
    detail: str
    undone_at: float | None


def step_times(steps: Sequence[Step], events: Sequence[JournalEvent]) -> list[StepTime]:
    """Return the steps that were started, in their order."""
    times = []
    for step in steps:
        own = [event for event in events if event.step == step.key]
        if not own:
            continue
        ahead = [event for event in own if event.kind in {"started", "done", "verified", "failed"}]
        failed = next((event for event in own if event.kind in {"failed", "undo_failed"}), None)
        undone = next((event.at for event in own if event.kind == "undone"), None)
        last = own[-1].kind
        outcome = "failed" if failed and last in {"failed", "undone"} else OUTCOMES[last]
        detail = str(failed.data.get("error", "")) if failed else ""
        times.append(StepTime(step, own[0].at, ahead[-1].at - own[0].at, outcome, detail, undone))
    return times


def moment(events: Sequence[JournalEvent], kind: str, step: str | None = None) -> float | None:
    """Return when an event of a kind (of a step's key) happened last; None when it did not."""
    return next((event.at for event in reversed(events) if event.kind == kind and event.step == step), None)
