"""A front with fakes around it: a prober, a folder of reports, and a run of a stage."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operations.front import Front
from operations.prober import ProberError, Sample, new_account
from operations.table import MemoryTable
from tests.unit.operations.engine_kit import PLACE
from tests.unit.operations.saga_kit import Stage


class FakeProber:
    """A prober that has seen what the stage's traffic met."""

    def __init__(self, stage: Stage, *, good: bool = True, breaks: bool = False) -> None:
        self.stage, self.good, self.breaks = stage, good, breaks
        self.config = SimpleNamespace(account=new_account("op-1"), samples_file=None)
        self.started = 0

    def __call__(self, _config: Any) -> "FakeProber":
        self.started += 1
        return self

    def __enter__(self) -> "FakeProber":
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    @property
    def seen(self) -> list[Sample]:
        return list(self.stage.observer.samples()) if self.stage.observer else []

    def samples(self) -> list[Sample]:
        if self.breaks and self.stage.table.get("operation#" + self.stage.operation_id, "journal")["status"] == "done":  # type: ignore[index]
            raise ProberError("the prober ended (-9)")
        return self.seen

    def follow(self) -> Callable[[], list[Sample]]:
        given = [self.seen]
        return lambda: given.pop() if given else []

    def stop(self) -> list[Sample]:
        return self.seen

    def wait_for_good(self, **_more: Any) -> bool:
        return self.good


def front_of(
    stage: Stage,
    folder: Callable[[str], Path],
    *,
    kind: Any = None,
    table: MemoryTable | None = None,
    prober: Any = None,
) -> Front:
    return Front(stage.engine(kind, table), PLACE, folder, start=prober or FakeProber(stage), rest=lambda _s: None)


def run(front: Front, stage: Stage, kind: Any = None, **more: Any) -> Any:
    return front.run(
        kind or stage.kind, stage.params, stage.facts, reason="a test", operation_id=stage.operation_id, **more
    )


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    def make(operation_id: str) -> Path:
        (tmp_path / operation_id).mkdir(exist_ok=True)
        return tmp_path / operation_id

    return make


def no_folder(_operation_id: str) -> Path:
    raise OSError(28, "No space left on device")
