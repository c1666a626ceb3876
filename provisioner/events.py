"""Progress, as data: whoever started a run decides whether and how to show it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """Something happened to a resource. `action` is creating, created, deleting, deleted, failed or warning;
    of a stack as a whole: applied.
    """

    stack: str
    action: str
    type: str = ""
    name: str = ""
    duration_s: float | None = None
    message: str = ""

    def __str__(self) -> str:
        took = "" if self.duration_s is None else f" ({self.duration_s:.2f} s)"
        return " ".join(part for part in (self.stack, self.action, self.type, self.name, self.message) if part) + took


OnEvent = Callable[[Event], None]


def ignore(_: Event) -> None:
    """Do nothing with an event."""
