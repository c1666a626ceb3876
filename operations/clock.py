"""Time, passed in: tests have a clock of their own."""

import threading
import time
from typing import Final, Protocol

_STEADY: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps: a laptop that wakes up must know that its lock has expired."""


class Clock(Protocol):
    """What operations need of time."""

    def now(self) -> float:
        """Return Unix seconds."""

    def monotonic(self) -> float:
        """Return seconds that never go back, and that pass while the machine is suspended."""

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Return Unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never go back, and that pass while the machine is suspended."""
        return time.clock_gettime(_STEADY)

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`; Ctrl-C interrupts it."""
        threading.Event().wait(seconds)
