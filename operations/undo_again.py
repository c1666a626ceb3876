"""Undoes again what was undone: after a call of a replaced owner that may have landed late.

Lock, journal, writer lease and active colour take no late write. A listener's weights, a service's count and
autoscaling's bounds are set without a condition: AWS has none. So whoever may have made such a call late, and finds
that the operation was undone meanwhile, undoes it again, under the lock, as long as nothing else has run since.
"""

import contextlib
from collections.abc import Iterator, Sequence

from operations.fencing import mark_all
from operations.journal import read_events, read_header
from operations.lock import Lock, read_lock
from operations.step import Step, StepContext
from operations.table import Table
from operations.writer_lease import Author


def may_undo_again(table: Table, operation_id: str) -> bool:
    """Return whether an operation is undone, and nothing has held the lock since."""
    header, held = read_header(table, operation_id), read_lock(table)
    return header is not None and header.status == "undone" and held is not None and held.operation_id == operation_id


@contextlib.contextmanager
def locked_again(table: Table, lock: Lock, operation_id: str) -> Iterator[None]:
    """Hold the lock for an operation that has ended. Raises BreiqError when it cannot be had."""
    lock.take_over(operation_id)
    lock.start_beating()
    try:
        mark_all(table, Author(operation_id, lock.token))
        yield
    finally:
        lock.release()


def undo_again(table: Table, steps: Sequence[Step], context: StepContext) -> None:
    """Undo, in reverse, each step that was ever begun. Undos may be repeated, and write nothing where all is undone."""
    begun = {event.step for event in read_events(table, context.operation_id) if event.kind == "started"}
    for step in reversed(steps):
        if step.key in begun and callable(step.undo):
            step.undo(context)
