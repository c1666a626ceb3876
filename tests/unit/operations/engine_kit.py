"""What tests of the engine share: a clock that only moves when asked, and a table that dies at its n-th write."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws.dynamodb import Value
from operations.engine import Engine
from operations.kind import Kind, OperationContext, Registry
from operations.table import MemoryTable

PLACE = OperationContext(environment="local", grade="local", owner="ann@there:1", site_url="https://x", ca_file=None)


class FakeClock:
    """Time that moves only while someone sleeps."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.on_sleep: list[Callable[[float], None]] = []

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        for listener in self.on_sleep:
            listener(self.time)


class Killed(BaseException):
    """A simulated SIGKILL: nothing catches it."""


@dataclass
class MortalTable(MemoryTable):
    """A table whose user is killed right before or right after its n-th write (counted from 1)."""

    shared: MemoryTable = field(default_factory=MemoryTable)
    die_at: int | None = None
    die_after: bool = False
    writes: int = 0

    def get(self, pk: str, sk: str) -> Any:
        return self.shared.get(pk, sk)

    def query(self, pk: str) -> Any:
        return self.shared.query(pk)

    def read_list(self, pk: str, sk: str, attribute: str) -> list[str]:
        return self.shared.read_list(pk, sk, attribute)

    def update(
        self,
        pk: str,
        sk: str,
        values: Mapping[str, Value],
        *,
        expect: Mapping[str, Value | None] | None = None,
        append: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.writes += 1
        if self.writes == self.die_at and not self.die_after:
            raise Killed
        self.shared.update(pk, sk, values, expect=expect, append=append)
        if self.writes == self.die_at:
            raise Killed


def engine(
    table: MemoryTable, *kinds: Kind[Any, Any], clock: FakeClock | None = None, clients: Any = None, **more: Any
) -> Engine:
    """Return an engine without beats whose owner cannot be proven dead: expiry is observed on the fake clock."""
    return Engine(
        table=table,
        clients=clients,
        registry=Registry(kinds),
        clock=clock or FakeClock(),
        owner=more.pop("owner", "ann@there:1|elsewhere|0"),
        beat_s=None,
        **more,
    )
