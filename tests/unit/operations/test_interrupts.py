"""Ctrl-C, SIGTERM and SIGHUP at every write and in every step of an operation: done or undone, and the code says which."""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from aws.dynamodb import Value
from operations.interrupts import Interrupts
from operations.lock import read_lock
from operations.table import MemoryTable
from tests.unit.operations.engine_kit import engine
from tests.unit.operations.toy import Facts, Params, World


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    told: list[str] = []
    interrupts = Interrupts(told.append)
    interrupts.told = told  # type: ignore[attr-defined]
    interrupts.install()
    yield interrupts
    for number, handler in before.items():
        signal.signal(number, handler)


class SignallingTable(MemoryTable):
    """A table in whose n-th write the process gets signals."""

    def __init__(self, at: int, signals: Sequence[int]) -> None:
        super().__init__()
        self.at, self.signals, self.writes = at, signals, 0

    def update(
        self,
        pk: str,
        sk: str,
        values: Mapping[str, Value],
        *,
        expect: Mapping[str, Value | None] | None = None,
        append: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().update(pk, sk, values, expect=expect, append=append)
        self.writes += 1
        if self.writes == self.at:
            for one in self.signals:
                os.kill(os.getpid(), one)


def run(world: World, table: MemoryTable, interrupts: Interrupts) -> Any:
    kind = world.kind()
    return engine(table, kind, interrupts=interrupts).run(
        kind, Params("x"), Facts("y"), reason="r", operation_id="op-1"
    )


def writes() -> int:
    table = SignallingTable(0, ())
    run(World(), table, Interrupts())
    return table.writes


@pytest.mark.parametrize(
    "signals", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT, signal.SIGTERM], [signal.SIGHUP]]
)
@pytest.mark.parametrize("at", range(1, writes() + 1))
def test_a_signal_in_any_write_is_taken_at_the_next_safe_place(
    at: int, signals: list[int], interrupts: Interrupts
) -> None:
    world, table = World(), SignallingTable(at, signals)
    outcome = run(world, table, interrupts)
    held = read_lock(table)
    assert held is not None
    assert not held.held
    if outcome.status == "done":
        assert (outcome.exit_code, world.things) == (0, {"one", "two", "three"})
        assert signals == [signal.SIGHUP] or at > 9, "too late to be undone"
    else:
        assert (outcome.status, outcome.exit_code, world.things) == ("undone", 130, set())
        assert signals != [signal.SIGHUP], "a terminal that is gone ends nothing"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name", ["one", "two", "three"])
def test_a_signal_in_a_step_undoes(name: str, number: int, interrupts: Interrupts) -> None:
    world = World()
    plain = world.do

    def do(step: str) -> Any:
        def signalled(context: Any) -> Any:
            made = plain(step)(context)
            if step == name:
                os.kill(os.getpid(), number)
            return made

        return signalled

    world.do = do  # type: ignore[method-assign]
    outcome = run(world, MemoryTable(), interrupts)
    assert (outcome.status, outcome.exit_code, world.things) == ("undone", 130, set())


@pytest.mark.parametrize("presses", [1, 2])
def test_once_more_while_undoing_is_told_and_twice_stops_half_way(presses: int, interrupts: Interrupts) -> None:
    world, table = World(), MemoryTable()
    world.fail["three"] = KeyboardInterrupt()
    plain = world.step

    def step(name: str, region: str | None = None) -> Any:
        made = plain(name, region)
        if name != "two":
            return made
        undo = made.undo

        def pressed(context: Any) -> None:
            for _ in range(presses):
                os.kill(os.getpid(), signal.SIGINT)
            undo(context)  # type: ignore[misc, operator]

        import dataclasses

        return dataclasses.replace(made, undo=pressed)

    world.step = step  # type: ignore[method-assign]
    outcome = run(world, table, interrupts)
    assert interrupts.told  # type: ignore[attr-defined]
    if presses == 1:
        assert (outcome.status, outcome.exit_code, world.things) == ("undone", 130, set())
        return
    assert (outcome.status, outcome.exit_code) == ("stuck", 130)
    assert outcome.next_command == "breiqctl operation resume op-1"
    world.step = plain  # type: ignore[method-assign]
    assert engine(table, world.kind()).resume("op-1").status == "undone"
    assert world.things == set()


def test_outside_an_operation_a_signal_interrupts_at_once(interrupts: Interrupts) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert interrupts.pending == 0


@pytest.mark.parametrize(
    "error",
    [BrokenPipeError(), OSError(28, "no space"), UnicodeEncodeError("latin-1", "é", 0, 1, "x"), ValueError("closed")],
)
def test_showing_never_decides(error: Exception) -> None:
    world, table = World(), MemoryTable()
    kind = world.kind()

    def emit(_event: Any) -> None:
        raise error

    def archive(_operation_id: str, _document: bytes) -> None:
        raise error

    outcome = engine(table, kind, emit=emit, archive=archive).run(kind, Params("x"), Facts("y"), reason="r")
    assert (outcome.status, outcome.exit_code) == ("done", 0)
