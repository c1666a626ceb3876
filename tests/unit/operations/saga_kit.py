"""What every registered operation is put through: a stage, and ways to break the operation on it."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from operations.engine import Engine
from operations.kind import Kind
from operations.outcome import Outcome
from operations.step import PointOfNoReturn, Step, StepFailed
from operations.table import MemoryTable
from tests.unit.operations.engine_kit import MortalTable, engine


@dataclass
class Stage:
    """A fake world in which an operation is about to begin. `snapshot` is what an undone operation must leave as it was;
    `finished` asserts that a done one did all; `cloud` is the fake
    one that it plays in, if it needs one."""

    kind: Kind[Any, Any]
    params: Any
    facts: Any
    table: MemoryTable
    options: dict[str, Any]
    observer: Any
    snapshot: Callable[[], Any]
    finished: Callable[[], None]
    operation_id: str = "op-20261123-0001"
    cloud: Any = None
    use_table: Callable[..., None] = lambda *_of_a_process: None
    """Told which table (and guard, and clients) the next engine has: an operation that runs another one has that one
    killed, or stopped, with it."""

    def engine(self, kind: Kind[Any, Any] | None = None, table: MemoryTable | None = None) -> Engine:
        self.use_table(table or self.table)
        return engine(table or self.table, kind or self.kind, **self.options)

    def run(self, kind: Kind[Any, Any] | None = None, table: MemoryTable | None = None) -> Outcome:
        return self.engine(kind, table).run(
            kind or self.kind,
            self.params,
            self.facts,
            reason="a test",
            observer=self.observer,
            operation_id=self.operation_id,
        )

    def mortal(self, die_at: int | None = None, die_after: bool = False) -> MortalTable:
        return MortalTable(shared=self.table, die_at=die_at, die_after=die_after)

    def steps(self) -> list[Step]:
        return list(self.kind.plan(self.params, self.facts))

    def no_return(self) -> int:
        """Return how many steps come before the point of no return."""
        steps = self.steps()
        return next((n for n, s in enumerate(steps) if isinstance(s.undo, PointOfNoReturn)), len(steps))

    def with_steps(self, change: Callable[[int, Step], Step]) -> Kind[Any, Any]:
        """Return the kind with each step changed."""
        plan = self.kind.plan
        return dataclasses.replace(
            self.kind, plan=lambda params, facts: [change(n, step) for n, step in enumerate(plan(params, facts))]
        )

    def failing_at(self, number: int, *, repeat_undo: bool = False) -> Kind[Any, Any]:
        """Return the kind with one step that does all it should, and fails then."""

        def change(position: int, step: Step) -> Step:
            if repeat_undo and step.undo is not None and not isinstance(step.undo, PointOfNoReturn):
                step = dataclasses.replace(step, undo=_twice(step.undo))
            if position != number:
                return step

            def fail(_context: Any) -> None:
                raise StepFailed("broken", "broken on purpose")

            return dataclasses.replace(step, verify=fail)

        return self.with_steps(change)

    def repeating_dos(self) -> Kind[Any, Any]:
        """Return the kind with each `do` done twice."""
        return self.with_steps(lambda _n, step: dataclasses.replace(step, do=_twice(step.do) if step.do else None))


def _twice(action: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def twice(context: Any) -> Any:
        action(context)
        return action(context)

    return twice
