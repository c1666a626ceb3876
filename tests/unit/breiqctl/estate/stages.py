"""Stages of the operations that apply and destroy the estate: an engine that makes two resources a stack."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from breiqctl.estate.operation import destroy_kind, up_kind
from breiqctl.estate.params import ApplyFacts, ApplyParams, DestroyFacts, DestroyParams, Work
from operations.table import MemoryTable
from provisioner.decide.results import StackResult
from tests.unit.operations.engine_kit import FakeClock
from tests.unit.operations.saga_kit import Stage

WANTED = ApplyParams(
    environment="local",
    waves=(("local-foundation",), ("local-us-east-1", "local-us-west-2"), ("local-edge",)),
    endpoint_url="http://127.0.0.1:1",
    state_dir="nowhere",
)


EACH = ("key", "queue")
"""The resources of each stack."""


@dataclass
class FakeResources:
    """The estate's resources in AWS, as one client of one region: each call makes, or deletes, one."""

    there: list[str] = field(default_factory=list)

    def create(self, name: str) -> None:
        self.there += [name] if name not in self.there else []

    def delete(self, name: str) -> None:
        self.there = [one for one in self.there if one != name]


class FakeEngine:
    """An engine of the estate. It asks AWS as the process does that runs it now: `use` names its clients."""

    def __init__(self, *there: str) -> None:
        self.resources = FakeResources([f"{stack}/{name}" for stack in there for name in EACH])
        self.guarded: list[str] = []
        self._clients: Callable[[str], Any] = self.clients

    def clients(self, _region: str) -> Any:
        return SimpleNamespace(estate=self.resources)

    def use(self, _table: Any, _guard: Any = None, clients: Callable[[str], Any] | None = None) -> None:
        self._clients = clients or self.clients

    def apply(self, wanted: ApplyParams, wave: Sequence[str], on_event: Callable[[Any], None]) -> Mapping[str, Any]:
        for name in wave:
            for one in EACH:
                self._clients("us-east-1").estate.create(f"{name}/{one}")
        return {name: StackResult(name, 1, 2, 3, 0.5) for name in wave}

    def destroy(self, unwanted: DestroyParams, stack: str, on_event: Callable[[Any], None]) -> StackResult:
        for one in reversed(EACH):
            self._clients("us-east-1").estate.delete(f"{stack}/{one}")
        return StackResult(stack, 0, 0, 3, 0.5)

    def fingerprint(self, work: Work) -> str:
        return "as planned"

    def protected(self, work: Work) -> list[str]:
        return self.guarded

    def resource_counts(self, work: Work) -> Mapping[str, int]:
        return dict.fromkeys(work.stacks, 3)


def estate_stage(fingerprint: str = "as planned") -> Stage:
    engine = FakeEngine()

    def finished() -> None:
        assert engine.resources.there == [f"{name}/{one}" for name in WANTED.stacks for one in EACH]

    return Stage(
        kind=up_kind({"inprocess": engine}),
        params=WANTED,
        facts=ApplyFacts(
            changes={name: "1 to create" for wave in WANTED.waves for name in wave}, fingerprint=fingerprint
        ),
        table=MemoryTable(),
        options={"clients": engine.clients, "clock": FakeClock()},
        observer=None,
        snapshot=lambda: list(engine.resources.there),
        finished=finished,
        use_table=engine.use,
    )


UNWANTED = DestroyParams(
    environment="local",
    stacks=tuple(reversed(WANTED.stacks)),
    endpoint_url="http://127.0.0.1:1",
    state_dir="nowhere",
    engine="pulumi",
)


def destroy_stage(guarded: Sequence[str] = ()) -> Stage:
    engine = FakeEngine(*UNWANTED.stacks)
    engine.guarded = list(guarded)

    def finished() -> None:
        assert engine.resources.there == []

    return Stage(
        kind=destroy_kind({"pulumi": engine}),
        params=UNWANTED,
        facts=DestroyFacts(resources=dict.fromkeys(UNWANTED.stacks, 3), fingerprint="as planned"),
        table=MemoryTable(),
        options={"clients": engine.clients, "clock": FakeClock()},
        observer=None,
        snapshot=lambda: list(engine.resources.there),
        finished=finished,
        use_table=engine.use,
    )
