"""Simulated breiqctl processes on one fake world: each asks its guard before each call, as real sessions do, and can be
stopped before any of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aws.dynamodb import Item, Value
from operations.engine import Engine
from operations.guard import Guard
from operations.kind import Kind, Registry
from operations.table import MemoryTable, Table

READ_ONLY: Final = frozenset(
    {
        "targets",
        "instance",
        "problem",
        "by_path",
        "value",
        "tasks_started_by",
        "service",
        "task",
        "tasks",
        "events",
        "describe",
        "digest",
        "tags",
        "image_of",
        "bounds",
        "weights",
        "task_definition",
        "has_value",
    }
)
"""What the fakes' methods do that change nothing; all others do."""

Hook = Callable[[str], None]
"""Called with the name of a call: the process may be stopped there."""


def _go_on(_call: str) -> None:
    return None


class Process:
    """One breiqctl. `before` is called before each write, and before the guard is asked; `sent` when the guard has let
    it pass: then it is on its way, and will land; `answered` when it has landed. What they raise is what the call raises.
    """

    def __init__(
        self,
        table: MemoryTable,
        clients: Any,
        clock: Any,
        *kinds: Kind[Any, Any],
        owner: str,
        before: Hook = _go_on,
        sent: Hook = _go_on,
        answered: Hook = _go_on,
        engine: type[Engine] = Engine,
        **more: Any,
    ) -> None:
        self.before, self.sent, self.answered, self.guard = before, sent, answered, Guard(clock)
        self._clients = clients
        self.table = WatchedTable(table, self, guarded=False)
        self.engine = engine(
            table=self.table,
            clients=self.clients,
            registry=Registry(kinds),
            clock=clock,
            owner=owner,
            beat_s=3600.0,
            guard=self.guard,
            **more,
        )

    def clients(self, region: str) -> Any:
        return _Session(self._clients(region), self)

    def call(self, name: str, action: Callable[[], Any], *, writes: bool, guarded: bool) -> Any:
        """Make one call as a session makes it: the guard is asked last, and then it is on its way."""
        if writes:
            self.before(name)
        if guarded:
            self.guard(name if writes else "any:Describe")
        try:
            if writes:
                self.sent(name)
            answer = action()
            if writes:
                self.answered(name)
            return answer
        finally:
            if guarded:
                self.guard.returned()


class WatchedTable:
    """A table as one process sees it: lock and journal guard themselves, steps' writes ask the guard."""

    def __init__(self, real: Table, process: Process, *, guarded: bool) -> None:
        self._real, self._process, self._guarded = real, process, guarded

    def get(self, pk: str, sk: str) -> Item | None:
        return self._real.get(pk, sk)

    def query(self, pk: str) -> list[Item]:
        return self._real.query(pk)

    def read_list(self, pk: str, sk: str, attribute: str) -> list[str]:
        return self._real.read_list(pk, sk, attribute)

    def update(
        self,
        pk: str,
        sk: str,
        values: Mapping[str, Value],
        *,
        expect: Mapping[str, Value | None] | None = None,
        append: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._process.call(
            f"dynamodb:{pk}",
            lambda: self._real.update(pk, sk, values, expect=expect, append=append),
            writes=True,
            guarded=self._guarded,
        )


class _Session:
    def __init__(self, real: Any, process: Process) -> None:
        self._real, self._process = real, process

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name == "table":
            return lambda table: WatchedTable(found(table), self._process, guarded=True)
        return found if isinstance(found, str) else _Client(found, name, self._process)


class _Client:
    def __init__(self, real: Any, service: str, process: Process) -> None:
        self._real, self._service, self._process = real, service, process

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **options: Any) -> Any:
            return self._process.call(
                f"{self._service}:{name}",
                lambda: found(*arguments, **options),
                writes=name not in READ_ONLY,
                guarded=True,
            )

        return call
