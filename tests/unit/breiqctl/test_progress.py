"""How an operation goes, as people see it: a tree on a terminal, a line a step elsewhere; and it decides nothing."""

import errno
import io
import os
from pathlib import Path
from typing import Any

import pytest

from breiqctl import progress
from breiqctl.context import Context
from breiqctl.output import Output
from breiqctl.progress import Progress, Traffic
from operations.kind import Planned
from operations.prober import Sample
from operations.step import Event, Step
from tests.unit.breiqctl.test_output import operate, unlocked
from tests.unit.operations.saga_kit import Stage
from tests.unit.operations.scenarios import SCENARIOS


class Terminal(io.StringIO):
    """A terminal that takes letters; `broken_after` so many writes it is gone."""

    def __init__(self, broken_after: int | None = None) -> None:
        super().__init__()
        self.left = broken_after

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().write(text)


@pytest.fixture(autouse=True)
def xterm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")


@pytest.mark.parametrize("broken_after", [None, 0, 1, 5])
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_tree_changes_nothing_of_what_an_operation_does(
    name: str, broken_after: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = operate(SCENARIOS[name](), tmp_path, ["--yes", "--quiet"], monkeypatch)
    stage, terminal = SCENARIOS[name](), Terminal(broken_after)
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", terminal)
        code = operate(stage, tmp_path, ["--yes", "--json"], monkeypatch)
    assert code == quiet
    stage.finished()
    assert unlocked(stage)
    if broken_after is None:
        assert stage.operation_id in terminal.getvalue()


@pytest.mark.parametrize("method", ["event", "planned", "lines", "traffic"])
def test_a_view_that_breaks_changes_nothing(method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any) -> Any:
        raise ZeroDivisionError("oops")

    stage = SCENARIOS["deploy"]()
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", Terminal())
        patch.setattr(Progress, method, broken)
        code = operate(stage, tmp_path, ["--yes", "--json"], monkeypatch)
    assert code == 0
    stage.finished()


class Quiet(Context):
    """A context that keeps what is said."""

    def __init__(self, *, tree: bool) -> None:
        super().__init__("local")
        self.said: list[str] = []
        self.output = Output()
        self.output.show = lambda _view: setattr(self.output, "has_tree", tree)  # type: ignore[method-assign]

    def say(self, text: str) -> None:
        self.said.append(text)


def shown(stage: Stage, *, tree: bool) -> tuple[Quiet, Progress, list[list[str]]]:
    """Run a stage's operation before a progress; return it, and the tree as it was after each event."""
    context, frames = Quiet(tree=tree), []
    seen = Progress(context, stage.options["clock"].now)

    def emit(event: Event) -> None:
        seen.event(event)
        frames.append(seen.lines(80))

    stage.options |= {"emit": emit, "show_plan": seen.planned}
    stage.run()
    return context, seen, frames


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_tree_fits_and_ends_with_all_done(name: str) -> None:
    context, _seen, frames = shown(SCENARIOS[name](), tree=True)
    words = [word for frame in frames for line in frame for word in line.split()]
    assert all(len(line) <= 80 or len(line.split()) <= 2 for frame in frames for line in frame)
    assert len(max(frames, key=len)) <= 20
    assert words
    assert not any("waits" in line for line in frames[-1])
    assert not [line for line in context.said if "done in" in line], "the tree shows the steps"


@pytest.mark.parametrize("name", SCENARIOS)
def test_without_a_terminal_each_step_has_its_line(name: str) -> None:
    stage = SCENARIOS[name]()
    context, _seen, _frames = shown(stage, tree=False)
    done = [line for line in context.said if ": done in " in line]
    total = len(stage.steps())
    assert [f"{number}/{total}  " in line for number, line in zip(range(1, total + 1), done, strict=False)] == [
        True
    ] * total


def test_a_failure_and_its_undo_are_lines_that_stay() -> None:
    stage = SCENARIOS["deploy"]()
    kind = stage.failing_at(4)
    context, seen = Quiet(tree=True), None
    seen = Progress(context, stage.options["clock"].now)
    stage.options |= {"emit": seen.event, "show_plan": seen.planned}
    assert stage.run(kind).status == "undone"
    text = "\n".join(context.said)
    assert "broken on purpose: FAILED" in text
    assert "undoing: broken on purpose" in text
    assert ": undone" in text
    assert "undone" in "\n".join(seen.lines(80))


def test_what_a_step_waits_for_is_told_again_after_a_while() -> None:
    context = Quiet(tree=False)
    seen = Progress(context, lambda: 0.0)
    steps = [Step(name="wait", region="us-west-2", summary="wait for tasks", estimate_s=60)]
    seen.planned("op-1", Planned(kind=SCENARIOS["deploy"]().kind, params=None, facts=None, steps=steps), set())
    seen.event(Event(100.0, "op-1", "started", "wait", "us-west-2", "wait for tasks"))
    for at in (101.0, 105.0, 111.0, 115.0, 122.0):
        seen.event(Event(at, "op-1", "waiting", "wait", "us-west-2", f"{at:.0f} of 200"))
    assert [line.split("  ", 1)[1] for line in context.said] == [
        "us-west-2  1/1  wait for tasks … (about 60 s)",
        "us-west-2  1/1  still waiting: 111 of 200",
        "us-west-2  1/1  still waiting: 122 of 200",
    ]
    seen.event(Event(123.0, "op-1", "tasks", None, "us-west-2", "7/8"))
    assert any("tasks 7/8; wait for tasks" in line for line in seen.lines(80))


def test_requests_are_counted_once_and_the_response_time_is_of_now() -> None:
    batches = [
        [
            Sample(at=1.0, kind="read", ok=True, latency_ms=500.0),
            Sample(at=1.0, kind="write", ok=False, latency_ms=9.0),
        ],
        [Sample(at=20.0, kind="read", ok=True, latency_ms=5.0)],
        [],
    ]
    traffic = Traffic(lambda: batches.pop(0))
    traffic.look(2.0)
    assert (traffic.sent, traffic.failed, traffic.p95_ms) == (2, 1, 500.0)
    traffic.look(21.0)
    traffic.look(21.0)
    assert (traffic.sent, traffic.failed, traffic.p95_ms) == (3, 1, 5.0)
    assert progress.RECENT_S == 10.0
