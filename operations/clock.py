"""Time, passed in: tests have a clock of their own."""

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What operations need of time."""

    def now(self) -> float:
        """Return Unix seconds."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Return Unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`; Ctrl-C interrupts it."""
        threading.Event().wait(seconds)
