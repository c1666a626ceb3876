"""What a drill is given by who runs it, and what one run of it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from estate.config import Environment
from operations.clock import Clock
from operations.engine import Engine
from operations.kind import Place
from operations.step import Event
from operations.table import Table

if TYPE_CHECKING:
    from aws.session import Session
    from dr.drills.findings import Findings


class Fault(Protocol):
    """Breaks something and mends it again. A fault has a deadline, and is lifted when its owner dies."""

    def start(self, name: str, region: str, for_s: float) -> str:
        """Begin a fault and return its id."""

    def stop(self, fault_id: str) -> None:
        """Lift a fault. May be repeated."""


@dataclass(frozen=True, kw_only=True)
class Laboratory:
    """Where a drill runs.

    `place` is how its reports show it; `table` is the operations table as one region tells it; `engine` journals there
    and may ask that region alone;
    `resolve` gives the address of a host name (the local cloud has a DNS of its own); `reset` brings everything back
    to the state after `up` and returns the laboratory anew (addresses may differ), None where that cannot be done;
    `folder` gets reports.
    """

    environment: Environment
    clients: "Callable[[str], Session]"
    table: Callable[[str], Table]
    engine: Callable[[str], Engine]
    fault: Fault
    resolve: Callable[[str], str]
    reset: "Callable[[], Laboratory] | None"
    place: Place
    folder: Path
    clock: Clock
    emit: Callable[[Event], None]


class DrillAborted(Exception):  # noqa: N818 - says what is so
    """A run could not be brought to its end. `findings` has what was seen until then."""

    def __init__(self, reason: str, *, findings: "Findings") -> None:
        super().__init__(reason)
        self.reason, self.findings = reason, findings
