"""A stage for the operation that applies the estate: an engine that notes what it applied."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from breiqctl.estate_operation import destroy_kind, up_kind
from breiqctl.estate_params import Found, Holding, Unwanted, Wanted, Work
from operations.table import MemoryTable
from provisioner.results import StackResult
from tests.unit.operations.engine_kit import FakeClock
from tests.unit.operations.saga_kit import Stage

WANTED = Wanted(
    environment="local",
    waves=(("local-foundation",), ("local-us-east-1", "local-us-west-2"), ("local-edge",)),
    endpoint_url="http://127.0.0.1:1",
    state_dir="nowhere",
    image_digest="sha256:x",
)


class NotingEngine:
    def __init__(self) -> None:
        self.applied: list[str] = []
        self.destroyed: list[str] = []
        self.guarded: list[str] = []

    def apply(self, wanted: Wanted, wave: Sequence[str], on_event: Callable[[Any], None]) -> Mapping[str, Any]:
        self.applied += [name for name in wave if name not in self.applied]
        return {name: StackResult(name, 1, 2, 3, 0.5) for name in wave}

    def destroy(self, unwanted: Unwanted, stack: str, on_event: Callable[[Any], None]) -> StackResult:
        self.destroyed += [stack] if stack not in self.destroyed else []
        return StackResult(stack, 0, 0, 3, 0.5)

    def fingerprint(self, work: Work) -> str:
        return "as planned"

    def protected(self, work: Work) -> list[str]:
        return self.guarded

    def holding(self, work: Work) -> Mapping[str, int]:
        return dict.fromkeys(work.stacks, 3)


def estate_stage(fingerprint: str = "as planned") -> Stage:
    noting = NotingEngine()

    def finished() -> None:
        assert noting.applied == [name for wave in WANTED.waves for name in wave]

    return Stage(
        kind=up_kind({"inprocess": noting}),
        params=WANTED,
        facts=Found(changes={name: "1 to create" for wave in WANTED.waves for name in wave}, fingerprint=fingerprint),
        table=MemoryTable(),
        options={"clients": lambda region: None, "clock": FakeClock()},
        observer=None,
        snapshot=lambda: list(noting.applied),
        finished=finished,
    )


UNWANTED = Unwanted(
    environment="local",
    stacks=tuple(reversed(WANTED.stacks)),
    endpoint_url="http://127.0.0.1:1",
    state_dir="nowhere",
    engine="pulumi",
)


def destroy_stage(guarded: Sequence[str] = ()) -> Stage:
    noting = NotingEngine()
    noting.guarded = list(guarded)

    def finished() -> None:
        assert noting.destroyed == list(UNWANTED.stacks)

    return Stage(
        kind=destroy_kind({"pulumi": noting}),
        params=UNWANTED,
        facts=Holding(resources=dict.fromkeys(UNWANTED.stacks, 3), fingerprint="as planned"),
        table=MemoryTable(),
        options={"clients": lambda region: None, "clock": FakeClock()},
        observer=None,
        snapshot=lambda: list(noting.destroyed),
        finished=finished,
    )
