"""Asked right before each AWS call of an operation: is it still ours to make? And told when its answer is in."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from operations.clock import Clock, SystemClock
from operations.lock import CALL_S

READS: Final = ("Describe", "Get", "List", "Batch")
"""How the names of AWS's calls begin that change nothing."""


class Guard:
    """A check that sessions ask before each request they send; none but while an operation runs.

    An operation that runs another one (a drill its failover) has both asked. Between the answer and the wire a process
    can still be stopped, and no AWS call but a table's write can be made to fail for that. `late` holds such calls that
    took longer than any call may: they may have landed when the operation was another's.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._checks: list[Callable[[], None]] = []
        self._passed: dict[int, tuple[str, float]] = {}
        self.late: list[str] = []

    @property
    def checks(self) -> tuple[Callable[[], None], ...]:
        """What is asked now."""
        return tuple(self._checks)

    def __call__(self, call: str = "") -> None:
        """Return when the call may be made; raise what says why not."""
        for check in self.checks:
            check()
        if self._checks:
            self._passed[threading.get_ident()] = call, self._clock.monotonic()

    def returned(self) -> None:
        """Note that the call that this thread was let make has returned, with an answer or without."""
        call, passed_at = self._passed.pop(threading.get_ident(), ("", None))
        if passed_at is not None and _is_unconditional(call) and self._clock.monotonic() - passed_at > CALL_S:
            self.late.append(call)

    @contextmanager
    def asking(self, check: Callable[[], None]) -> Iterator[None]:
        """Ask `check` before each call inside the block."""
        self._checks.append(check)
        try:
            yield
        finally:
            self._checks.remove(check)


def _is_unconditional(call: str) -> bool:
    """Return whether a call changes something, whatever it was before: all that is no reading and no table's write."""
    service, _, name = call.partition(":")
    return service != "dynamodb" and not name.startswith(READS)
