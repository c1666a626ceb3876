"""An operation of three steps that may fail where a test wants it."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from operations.kind import Kind
from operations.step import PointOfNoReturn, Refusal, Step, StepContext
from operations.table import MemoryTable
from tests.unit.operations.engine_kit import engine


class Params(msgspec.Struct, frozen=True):
    target: str


class Facts(msgspec.Struct, frozen=True):
    before: str


@dataclass
class World:
    """What the toy steps change."""

    things: set[str] = field(default_factory=set)
    fail: dict[str, BaseException] = field(default_factory=dict)
    fail_undo: dict[str, Exception] = field(default_factory=dict)
    refusal: Refusal | None = None
    no_return: bool = False

    def kind(self) -> Kind[Params, Facts]:
        return Kind(name="toy", params=Params, facts=Facts, plan=self.plan)

    def plan(self, _params: Params, _facts: Facts) -> list[Step]:
        steps = [self.step("one"), self.step("two", region="us-west-2"), self.step("three")]
        if self.no_return:
            steps.insert(2, Step(name="leap", summary="leap", do=self.do("leap"), undo=PointOfNoReturn("it is done")))
        return steps

    def step(self, name: str, region: str | None = None) -> Step:
        def undo(_context: StepContext) -> None:
            if name in self.fail_undo:
                raise self.fail_undo[name]
            self.things.discard(name)

        return Step(
            name=name,
            region=region,
            summary=f"make {name}",
            refuse=lambda _context: self.refusal,
            do=self.do(name),
            verify=lambda _context: None if name in self.things else f"{name} is missing",
            undo=undo,
        )

    def do(self, name: str) -> Any:
        def do(context: StepContext) -> dict[str, Any]:
            if name == "three":
                assert context.outputs["one"] == {"made": "one"}
            self.things.add(name)
            if name in self.fail:
                raise self.fail[name]
            return {"made": name}

        return do


def run(world: World, table: Any = None, **more: Any) -> Any:
    return engine(table or MemoryTable(), world.kind(), **more).run(
        world.kind(), Params("x"), Facts("y"), reason="a test", operation_id="op-1"
    )
