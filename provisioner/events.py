"""Progress, as data: whoever started a run decides whether and how to show it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from provisioner.urns import name_of

ENDINGS: Final = frozenset({"created", "adopted", "updated", "replaced", "imported", "deleted"})
"""The actions that end what a plan counts as one change."""


@dataclass(frozen=True)
class Event:
    """Something happened to a resource. `action` is creating, created, adopted, updating, updated, replacing, replaced,
    importing, imported, deleting, deleted, failed or warning; of a stack as a whole: applied.

    `done` of `total` changes of the stack's run have been made; 0 of 0 when it was not planned.
    """

    stack: str
    action: str
    type: str = ""
    name: str = ""
    duration_s: float | None = None
    message: str = ""
    done: int = 0
    total: int = 0

    def __str__(self) -> str:
        took = "" if self.duration_s is None else f" ({self.duration_s:.2f} s)"
        count = f" [{self.done}/{self.total}]" if self.total and self.action in ENDINGS else ""
        words = (self.stack, self.action, self.type, self.name, self.message)
        return " ".join(part for part in words if part) + took + count


OnEvent = Callable[[Event], None]


def ignore(_: Event) -> None:
    """Do nothing with an event."""


class Progress:
    """Tells what happens in one run of a stack, and how much of it is done. Safe for many threads."""

    def __init__(self, stack: str, on_event: OnEvent, total: int = 0) -> None:
        self._stack, self._on_event, self._total = stack, on_event, total
        self._done = 0
        self._lock = Lock()

    def say(
        self, action: str, urn: str, token: str, *, since: float | None = None, message: str = "", counts: bool = True
    ) -> float:
        """Tell it; return the time, to be given as `since` when the action ends. `counts`: it ends a planned change."""
        now_s = time.monotonic()
        with self._lock:
            if counts and action in ENDINGS:
                self._done += 1
            done = min(self._done, self._total)
        took = None if since is None else now_s - since
        self._on_event(Event(self._stack, action, token, name_of(urn), took, message, done, self._total))
        return now_s
