"""Every operation, with standard output or standard error in each foul state, and with signals: what is shown, and whether
anybody reads it, decides nothing. The end state and the exit code are those of a quiet run."""

import errno
import io
import os
import pty
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from aws.dynamodb import Value
from breiqctl import cli, operating, output
from breiqctl.context import Context
from breiqctl.flags import writes
from breiqctl.output import Output
from operations import concurrency
from operations.front import Front
from operations.interrupts import Interrupts
from operations.lock import read_lock
from operations.step import StepFailed
from tests.unit.operations.engine_kit import PLACE, MortalTable
from tests.unit.operations.front_kit import FakeProber
from tests.unit.operations.saga_kit import Stage
from tests.unit.operations.scenarios import SCENARIOS


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "AT_ONCE", 1)


@pytest.fixture(autouse=True)
def descriptors_as_before() -> Iterator[None]:
    """A stream that failed leads nowhere from then on (breiqctl.output): here it leads back after the test."""
    kept = {number: os.dup(number) for number in (1, 2)}
    yield
    for number, copy in kept.items():
        os.dup2(copy, number)
        os.close(copy)


def broken_pipe() -> io.TextIOWrapper:
    reader, writer = os.pipe()
    os.close(reader)
    return open(writer, "w")  # noqa: PTH123


def full_device() -> io.TextIOWrapper:
    return open("/dev/full", "w")  # noqa: PTH123


def terminal_that_is_gone() -> io.TextIOWrapper:
    """A write to a terminal whose other side was closed fails with EIO."""
    master, slave = pty.openpty()
    os.close(master)
    return open(slave, "w")  # noqa: PTH123


def ascii_terminal() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")


def closed_stream() -> io.TextIOWrapper:
    with open(os.devnull, "w") as stream:  # noqa: PTH123
        return stream


def closed_descriptor() -> io.TextIOWrapper:
    """A stream over a descriptor that is not open."""
    return io.TextIOWrapper(io.BufferedWriter(_Gone()), write_through=True)


class _Gone(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, _data: Any) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


FOUL: dict[str, Callable[[], io.TextIOWrapper]] = {
    "EPIPE": broken_pipe,
    "ENOSPC": full_device,
    "EIO": terminal_that_is_gone,
    "encoding": ascii_terminal,
    "closed": closed_stream,
    "EBADF": closed_descriptor,
}


def operate(stage: Stage, folder: Path, arguments: Sequence[str], patch: pytest.MonkeyPatch, **more: Any) -> int:
    """Run a stage's operation as a command of breiqctl, and return its exit code."""

    @click.command()
    @writes
    def command(context: Context) -> None:
        stage.options |= {
            "emit": context.progress.event,
            "show_plan": context.progress.planned,
            "interrupts": context.interrupts,
        }
        kind, table = more.get("kind") or stage.kind, more.get("table")

        def make(_operation_id: str) -> Path:
            return folder

        front = Front(
            stage.engine(kind, table),
            PLACE,
            make,
            start=FakeProber(stage),
            rest=lambda _s: None,
            show_traffic=context.progress.traffic,
        )
        context.confirm("a test → with letters that not every terminal has")
        operating.conclude(
            context,
            lambda: front.run(kind, stage.params, stage.facts, reason="a test", operation_id=stage.operation_id),
        )

    patch.setattr(cli.cli, "get_command", lambda _context, _name: command)
    return cli.run(["deploy", *arguments], Output(), more.get("interrupts"))


def unlocked(stage: Stage) -> bool:
    held = read_lock(stage.table)
    return held is None or not held.held


@pytest.mark.parametrize("which", ["stdout", "stderr", "both"])
@pytest.mark.parametrize("how", FOUL)
@pytest.mark.parametrize("name", SCENARIOS)
def test_no_output_failure_changes_what_an_operation_does(
    name: str, how: str, which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = operate(SCENARIOS[name](), tmp_path, ["--yes", "--quiet"], monkeypatch)
    assert quiet in (0, 5)
    stage = SCENARIOS[name]()
    with monkeypatch.context() as patch:
        for stream in ("stdout", "stderr") if which == "both" else (which,):
            patch.setattr(f"sys.{stream}", FOUL[how]())
        code = operate(stage, tmp_path, ["--yes", *(["--json"] if how in ("EPIPE", "EIO") else [])], monkeypatch)
    assert code == quiet
    stage.finished()
    assert unlocked(stage)


@pytest.mark.parametrize("how", FOUL)
@pytest.mark.parametrize("name", SCENARIOS)
def test_one_means_undone_whatever_becomes_of_the_output(
    name: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = SCENARIOS[name]()
    last = stage.no_return() - 1
    before = stage.snapshot()
    with monkeypatch.context() as patch:
        for stream in ("stdout", "stderr"):
            patch.setattr(f"sys.{stream}", FOUL[how]())
        code = operate(stage, tmp_path, ["--yes"], monkeypatch, kind=stage.failing_at(last))
    assert code == 1
    assert stage.snapshot() == before
    assert unlocked(stage)


class SignallingTable(MortalTable):
    """A table in whose n-th write the process gets signals."""

    signals: Sequence[int] = ()

    def update(
        self,
        pk: str,
        sk: str,
        values: Mapping[str, Value],
        *,
        expect: Mapping[str, Value | None] | None = None,
        append: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.shared.update(pk, sk, values, expect=expect, append=append)
        self.writes += 1
        if self.writes == self.die_at:
            for one in self.signals:
                os.kill(os.getpid(), one)


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    made = Interrupts()
    made.install()
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)


SIGNALS = {
    "SIGINT": (signal.SIGINT,),
    "SIGINT twice": (signal.SIGINT, signal.SIGINT),
    "SIGTERM": (signal.SIGTERM,),
    "SIGTERM twice": (signal.SIGTERM, signal.SIGTERM),
    "SIGHUP": (signal.SIGHUP,),
}


@pytest.mark.parametrize("piped", [False, True], ids=["alone", "pipeline"])
@pytest.mark.parametrize("signals", SIGNALS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_signal_ends_it_done_or_undone_or_resumable_and_the_code_says_which(
    name: str, signals: str, piped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupts: Interrupts
) -> None:
    """In a pipeline the reader of both streams (`| tee`) dies of the same Ctrl-C."""
    whole = SCENARIOS[name]()
    table = whole.mortal()
    whole.run(table=table)
    for at in range(3, table.writes + 1, max(1, table.writes // 3)):
        stage = SCENARIOS[name]()
        before = stage.snapshot()
        signalling = SignallingTable(shared=stage.table, die_at=at)
        signalling.signals = SIGNALS[signals]
        with monkeypatch.context() as patch:
            for stream in ("stdout", "stderr") if piped else ():
                patch.setattr(f"sys.{stream}", broken_pipe())
            code = operate(stage, tmp_path, ["--yes"], monkeypatch, table=signalling, interrupts=interrupts)
        status = stage.engine().find(stage.operation_id).status  # type: ignore[union-attr]
        if code in (0, 5):
            assert status == "done", at
            stage.finished()
        else:
            assert signals != "SIGHUP", "a terminal that is gone ends nothing"
            assert code == 130, at
            if status == "undone":
                assert stage.snapshot() == before, at
            else:
                assert status == "stuck", at
                assert stage.engine().resume(stage.operation_id, observer=stage.observer).status in ("done", "undone")
        assert unlocked(stage), at


def test_a_step_that_fails_is_told_even_where_its_letters_cannot_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = SCENARIOS["estate-up"]()
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", errors="backslashreplace", write_through=True)

    def fail(_context: Any) -> None:
        raise StepFailed("broken", "→ broken …")

    kind = stage.with_steps(lambda n, step: step if n else type(step)(**{**vars(step), "verify": fail}))
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", stream)
        assert operate(stage, tmp_path, ["--yes"], monkeypatch, kind=kind) == 1
        assert b"\\u2192 broken" in stream.buffer.getvalue()  # type: ignore[attr-defined]


def test_a_drawing_that_fails_leaves_nothing_for_pythons_last_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        """A terminal that takes text, and fails when it is flushed."""

        def flush(self) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    nowhere: list[int] = []
    monkeypatch.setattr(output, "_lead_nowhere", nowhere.append)
    monkeypatch.setattr(sys, "stderr", Gone())
    output.Output()._give_up()
    assert nowhere == [2]
