"""What is refused before anything is touched: no table, no such operation, one that has ended."""

from collections.abc import Sequence
from typing import Final

from aws.errors import Transient
from estate.errors import BreiqError
from operations.journal import Header, JournalEvent

ID_HINT: Final = "breiqctl operation list shows them"


class refusing:  # noqa: N801 - reads as a statement
    """Before anything is touched, an unreachable table is a refusal (exit 3)."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Transient):
            raise BreiqError(
                "table_unreachable",
                "refused",
                "the operations table does not answer in any region: nothing was changed",
                cause=f"{error.message}: {error.cause}" if error.cause else error.message,
                remedy="breiqctl doctor shows whether this machine or AWS is at fault, and names the next command; "
                "while the table does not answer, only deploy and release rollback can run, with --without-journal",
                retryable=True,
            ) from error


def unknown(operation_id: str) -> BreiqError:
    """Return the refusal of an id that no operation has."""
    return BreiqError("unknown_operation", "refused", f"there is no operation {operation_id}", remedy=ID_HINT)


def left(header: Header, events: Sequence[JournalEvent]) -> BreiqError:
    """Return the refusal to resume or abort an operation that a human or an emergency has ended."""
    return BreiqError(
        "has_ended",
        "refused",
        f"{header.operation_id} has ended as {header.status}: it cannot be resumed or aborted",
        cause=str(events[-1].data.get("reason") or "") or None,
        remedy=f"breiqctl operation show {header.operation_id} lists what it had done",
    )


def plan_missing(operation_id: str) -> BreiqError:
    """Return the error of an operation whose plan somebody has deleted: nobody knows its steps."""
    return BreiqError(
        "plan_missing",
        "stuck",
        f"the plan of {operation_id} is gone from the operations table: it was deleted",
        remedy=f"breiqctl operation show {operation_id} shows what was done; begin it again: it does the rest",
    )


def not_locked(operation_id: str) -> BreiqError:
    """Return the refusal to unlock an operation that holds no lock."""
    return BreiqError("not_locked", "refused", f"{operation_id} does not hold the lock", remedy=ID_HINT)


def nothing_to_abort(header: Header) -> BreiqError:
    """Return the refusal to abort an operation that is done, or has touched nothing."""
    return BreiqError(
        "has_ended",
        "refused",
        f"{header.operation_id} is {header.status}: there is nothing to abort",
        remedy="to go back, start a new operation: breiqctl release rollback or breiqctl failover",
    )
