"""How an operation ended, and what a list of operations shows of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from estate.errors import BreiqError
from operations.failures.evidence import Evidence, from_data
from operations.journal import ENDED, JournalEvent, replay
from operations.kind import OperationContext, Planned
from operations.runner import Ending
from operations.step import Step

if TYPE_CHECKING:
    from operations.prober.sample import Sample


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an operation ended, with its journal: what reports and documents are made of."""

    operation_id: str
    kind: str
    status: str
    error: BreiqError | None
    undo_error: BreiqError | None
    interrupted: bool
    events: list[JournalEvent]
    outputs: dict[str, dict[str, Any]]
    params: Any
    facts: Any
    steps: Sequence[Step]

    @property
    def took_over(self) -> dict[str, Any] | None:
        """Whose lock this operation took, and what that one may have left behind; None when nobody's."""
        return self.events[0].data.get("took_over") if self.events else None

    @property
    def evidence(self) -> Evidence | None:
        """What was found out about its failure, as the journal keeps it; None when nothing was."""
        kept = (event.data.get("evidence") for event in reversed(self.events))
        return next((from_data(data) for data in kept if data), None)

    @property
    def exit_code(self) -> int:
        """0 done, 1 undone, 3 refused, 4 stuck, 130 interrupted (undone or resumable)."""
        if self.interrupted:
            return 130
        return {"done": 0, "undone": 1, "refused": 3}.get(self.status, 4)

    @property
    def next_command(self) -> str | None:
        """The one command to run next; None when nothing is left to do."""
        return None if self.status in ENDED else f"breiqctl operation resume {self.operation_id}"


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One line of `operation list`."""

    operation_id: str
    kind: str
    status: str
    owner: str
    begun_at: float
    ended_at: float | None


def result_document(
    outcome: Outcome, _samples: "Sequence[Sample]", operation_context: OperationContext
) -> dict[str, Any]:
    """Return `breiq.operation_result/1`: how an operation ended, of a kind that has no document of its own."""
    error = outcome.error
    return {
        "schema": "breiq.operation_result/1",
        "operation_id": outcome.operation_id,
        "kind": outcome.kind,
        "verdict": outcome.status,
        "reason": f"{error.message}{': ' + error.cause if error.cause else ''}" if error else "all steps were verified",
        "next_command": outcome.next_command,
        "grade": operation_context.grade,
    }


def outcome_of(planned: Planned, operation_id: str, events: Sequence[JournalEvent], ending: Ending) -> Outcome:
    """Return the outcome of an operation from its plan, its journal and its ending."""
    return Outcome(
        operation_id=operation_id,
        kind=planned.kind.name,
        status=ending.status,
        error=ending.error,
        undo_error=ending.undo_error,
        interrupted=ending.interrupted,
        events=list(events),
        outputs=replay(list(events)).outputs,
        params=planned.params,
        facts=planned.facts,
        steps=planned.steps,
    )
