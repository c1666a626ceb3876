"""Ctrl-C and the end of a terminal, as facts that are looked at where it is safe.

A signal never cuts a write of lock or journal short. While an operation runs, an interruption is raised (as
KeyboardInterrupt) only inside a step's own work, and otherwise at the next such place:

    SIGINT, SIGTERM   undo what was done. While that goes on: the next one is only told, the one after it stops half-way
    SIGHUP            the terminal is gone: nobody reads any more, and the operation goes on to its end
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final, Self

PRESSES_TO_STOP_UNDOING: Final = 2
"""How many interruptions stop an undo half-way. One comes easily twice: of the terminal, and of who started us."""


class Interrupts:
    """The interruptions of this process. Outside `held` each one raises KeyboardInterrupt at once, as ever.

    Not installed (`install`), it changes nothing: Python's own handler raises wherever it likes.
    """

    def __init__(self, tell: Callable[[str], None] = lambda _text: None) -> None:
        self._tell = tell
        self._depth = 0
        self._open = False
        self._needed = 1
        self.pending = 0

    def install(self) -> None:
        """Take SIGINT, SIGTERM and SIGHUP over. Only the main thread can; elsewhere nothing is changed."""
        if threading.current_thread() is not threading.main_thread():
            return
        signal.signal(signal.SIGINT, self._arrived)
        signal.signal(signal.SIGTERM, self._arrived)
        signal.signal(signal.SIGHUP, self._hung_up)

    def held(self) -> "_Held":
        """Keep interruptions back inside the block; they are raised in `interruptible` blocks alone."""
        return _Held(self)

    def interruptible(self, *, presses: int = 1) -> "_Interruptible":
        """Let the block be interrupted, by as many interruptions as `presses` says, counted from earlier ones on."""
        return _Interruptible(self, presses)

    def forget(self) -> None:
        """Count anew: what came so far has had its effect."""
        self.pending = 0

    def _arrived(self, _number: int, _frame: FrameType | None) -> None:
        if not self._depth:
            raise KeyboardInterrupt
        self.pending += 1
        if self._open and self.pending >= self._needed:
            self._open = False  # at most once a block: whoever catches it is not cut short by the next
            raise KeyboardInterrupt
        if self.pending < self._needed:
            self._tell(
                "interrupted while undoing: the undo continues. Interrupt once more to stop half-way; then resume it"
            )

    def _hung_up(self, _number: int, _frame: FrameType | None) -> None:
        if not self._depth:
            raise KeyboardInterrupt


class _Held:
    """Closes what is interruptible around it: an operation that runs as a step of another has writes of its own."""

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts
        self._around = (False, 1)

    def __enter__(self) -> Interrupts:
        interrupts = self._interrupts
        self._around = (interrupts._open, interrupts._needed)
        interrupts._open, interrupts._needed = False, 1
        interrupts._depth += 1
        return interrupts

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        interrupts = self._interrupts
        interrupts._depth -= 1
        if not interrupts._depth:
            interrupts._open, interrupts.pending = False, 0
            return
        interrupts._open, interrupts._needed = self._around
        if interrupts._open and error is None and interrupts.pending >= interrupts._needed:
            interrupts._open = False
            raise KeyboardInterrupt


class _Interruptible:
    def __init__(self, interrupts: Interrupts, presses: int) -> None:
        self._interrupts, self._presses = interrupts, presses

    def __enter__(self) -> Self:
        interrupts = self._interrupts
        self._before = interrupts._needed, interrupts._open
        interrupts._needed = self._presses
        interrupts._open = bool(interrupts._depth)
        if interrupts._open and interrupts.pending >= self._presses:
            interrupts._open = False
            raise KeyboardInterrupt
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._interrupts._needed, self._interrupts._open = (
            self._before[0],
            self._before[1] and not self._interrupts.pending,
        )
