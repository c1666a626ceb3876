"""Asked right before each AWS call of an operation: is it still ours to make?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Guard:
    """A check that sessions ask before each request they send; none but while an operation runs.

    An operation that runs another one (a drill its failover) has both asked.
    """

    def __init__(self) -> None:
        self._checks: list[Callable[[], None]] = []

    @property
    def checks(self) -> tuple[Callable[[], None], ...]:
        """What is asked now."""
        return tuple(self._checks)

    def __call__(self) -> None:
        """Return when the call may be made; raise what says why not."""
        for check in self.checks:
            check()

    @contextmanager
    def asking(self, check: Callable[[], None]) -> Iterator[None]:
        """Ask `check` before each call inside the block."""
        self._checks.append(check)
        try:
            yield
        finally:
            self._checks.remove(check)
