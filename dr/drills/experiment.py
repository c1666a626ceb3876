"""What a drill is given by who runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dr.drills.old_region import Answer
from dr.ledger import Entry, Fate
from estate.config import Environment
from operations.engine import Engine
from operations.kind import OperationContext
from operations.prober import Account
from operations.table import Table

if TYPE_CHECKING:
    from aws.session import Session


class Fault(Protocol):
    """Injects a fault and ends it again. A fault has a deadline, and ends when its owner dies."""

    def start(self, name: str, region: str, for_s: float) -> str:
        """Begin a fault and return its id; one that this process has begun and not lifted is not begun twice."""

    def stop(self, fault_id: str | None) -> None:
        """Lift a fault; without its id: what this process has begun. May be repeated."""


@dataclass(frozen=True, kw_only=True)
class DrillEnvironment:
    """Where a drill runs.

    `table` is the operations table as one region tells it; `engine` journals there and may ask that region alone.
    `read_back` says what became of writes, by id, as their account reads them through the public API; `write_straight`
    sends a write to a region's own load balancer; `operation_context` is how reports show it.
    """

    environment: Environment
    clients: "Callable[[str], Session]"
    table: Callable[[str], Table]
    engine: Callable[[str], Engine]
    fault: Fault
    read_back: Callable[[Account, list[Entry]], dict[str, Fate]]
    write_straight: Callable[[str, str, Account], Answer]
    operation_context: OperationContext
