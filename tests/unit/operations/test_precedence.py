"""Who may take the lock from whom: every state of the operation that holds it, asked by an emergency and by another."""

import dataclasses
from typing import Any

import pytest

from aws.errors import Unreachable
from estate.errors import BreiqError
from operations.journal import Superseded
from operations.kind import Kind
from operations.lock import CALL_S, Lock, read_lock
from operations.owner import this_process
from operations.step import Step, StepContext, StepFailed
from operations.table import MemoryTable
from tests.unit.operations.engine_kit import FakeClock, Killed, engine
from tests.unit.operations.toy import Facts, Params, World

ALIVE, DEAD = "bob@there:2|elsewhere|0", dataclasses.replace(this_process(), started="0").text
"""The first cannot be proven dead from here; the second ran here under this pid, and runs no more."""


def kinds(world: World) -> tuple[Kind[Any, Any], Kind[Any, Any]]:
    toy = world.kind()
    return toy, dataclasses.replace(toy, name="emergency", emergency=True)


def begin(table: MemoryTable, world: World, owner: str, *, stuck: bool) -> None:
    """Leave op-1 behind: killed in its second step, or stuck."""
    toy = world.kind()
    world.fail["two"] = StepFailed("broken", "it broke") if stuck else Killed()  # type: ignore[assignment]
    if stuck:
        world.fail_undo["one"] = OSError("no")
        assert (
            engine(table, toy, owner=owner).run(toy, Params("x"), Facts("y"), reason="r", operation_id="op-1").status
            == "stuck"
        )
    else:
        with pytest.raises(Killed):
            engine(table, toy, owner=owner).run(toy, Params("x"), Facts("y"), reason="r", operation_id="op-1")
    world.fail.clear()
    world.fail_undo.clear()


def take(table: MemoryTable, world: World, *, emergency: bool, beats: bool, supersede: str | None = None) -> Any:
    clock = FakeClock()
    if beats:
        numbers = iter(range(1, 1000))
        clock.on_sleep.append(lambda _now: table.update("lock", "environment", {"beat": next(numbers)}))
    toy, urgent = kinds(world)
    kind = urgent if emergency else toy
    return engine(table, toy, urgent, clock=clock).run(kind, Params("x"), Facts("y"), reason="r", supersede=supersede)


@pytest.mark.parametrize("stuck", [False, True], ids=["half-way", "stuck"])
@pytest.mark.parametrize(
    ("owner", "beats"), [(ALIVE, True), (ALIVE, False), (DEAD, False)], ids=["works", "silent", "dead"]
)
@pytest.mark.parametrize("supersede", [None, "op-1"])
def test_an_emergency_takes_it_from_any_operation_in_any_state(
    stuck: bool, owner: str, beats: bool, supersede: str | None
) -> None:
    table, world = MemoryTable(), World()
    begin(table, world, owner, stuck=stuck)
    if beats and not stuck and supersede is None:
        with pytest.raises(BreiqError) as refused:
            take(table, world, emergency=True, beats=beats)
        assert refused.value.remedy is not None
        assert "--supersede op-1" in refused.value.remedy
        return
    outcome = take(table, world, emergency=True, beats=beats, supersede=supersede)
    assert outcome.status == "done"
    assert outcome.took_over["steps"], "what was left behind is recorded"
    assert engine(table, *kinds(world)).show("op-1")[0].status == "superseded"


@pytest.mark.parametrize("stuck", [False, True], ids=["half-way", "stuck"])
@pytest.mark.parametrize("owner", [ALIVE, DEAD], ids=["silent", "dead"])
def test_no_other_kind_takes_it_and_the_remedy_works(stuck: bool, owner: str) -> None:
    table, world = MemoryTable(), World()
    begin(table, world, owner, stuck=stuck)
    with pytest.raises(BreiqError) as refused:
        take(table, world, emergency=False, beats=False, supersede="op-1")
    assert refused.value.code == "locked"
    assert "breiqctl operation resume op-1" in (refused.value.remedy or "")
    assert engine(table, world.kind()).resume("op-1").status in {"done", "undone"}
    assert take(table, world, emergency=False, beats=False).status == "done"


def test_a_flag_that_names_another_operation_takes_nothing() -> None:
    table, world = MemoryTable(), World()
    begin(table, world, ALIVE, stuck=False)
    with pytest.raises(BreiqError) as refused:
        take(table, world, emergency=True, beats=True, supersede="op-9")
    assert "--supersede op-1" in (refused.value.remedy or "")


def test_an_owner_that_was_stopped_makes_no_further_call() -> None:
    """It sleeps past its expiry, somebody else aborts meanwhile, and it wakes up in the middle of a step."""
    table, clock = MemoryTable(), FakeClock()
    called: list[str] = []

    def sleep_through_it(context: StepContext) -> None:
        clock.time += 60
        engine(table, kind, owner=ALIVE).abort("op-1")
        context.clients("us-east-1")  # the call that a session would ask the guard before
        called.append("late")

    steps = [Step(name="one", summary="one", do=sleep_through_it, undo=lambda _c: None)]
    kind = Kind(name="toy", params=Params, facts=Facts, plan=lambda _p, _f: steps)
    mine = engine(table, kind, clock=clock)
    mine._beat_s = 3600.0
    mine._clients = lambda _region: mine._guard()
    with pytest.raises(Superseded):
        mine.run(kind, Params("x"), Facts("y"), reason="a test", operation_id="op-1")
    assert called == []
    assert engine(table, kind).show("op-1")[0].status == "undone"


def test_a_lock_is_confirmed_from_before_its_beat_was_sent() -> None:
    table, clock = MemoryTable(), FakeClock()
    lock = Lock(table, clock, "me", beat_s=2.0, expiry_s=10.0)
    lock.acquire("op-1", reason="r", begin="{}")
    before = read_lock(table)
    clock.time += 10.0 - CALL_S - 0.1
    assert lock.confirm()
    assert read_lock(table) == before, "nothing was asked"
    clock.time += 0.1
    assert lock.confirm()
    assert read_lock(table) != before, (
        "a beat was written: a call that begins now ends before the lock can be another's"
    )
    Lock(table, clock, "other", beat_s=None).take_over("op-1")
    assert not lock.confirm(), "who took it over has waited for as long as it may go unconfirmed"


def test_a_lock_that_nobody_can_confirm_raises() -> None:
    table, clock = MemoryTable(), FakeClock()
    lock = Lock(table, clock, "me", beat_s=2.0, expiry_s=10.0)
    lock.acquire("op-1", reason="r", begin="{}")
    gone = Unreachable("aws_unreachable", "transient", "no answer", call="dynamodb:UpdateItem", region="us-east-1")

    def silent(*_args: Any, **_more: Any) -> None:
        raise gone

    table.update = silent  # type: ignore[method-assign]
    clock.time += 11
    with pytest.raises(Unreachable):
        lock.confirm()


def test_a_lock_that_was_deleted_begins_above_every_token() -> None:
    """An item that somebody deleted by hand must not make every later owner an old one: that is a dead end."""
    table, world = MemoryTable(), World()
    for _ in range(3):
        assert take(table, world, emergency=False, beats=False).status == "done"
    begin(table, world, DEAD, stuck=False)
    before = read_lock(table)
    assert before is not None
    del table.items["lock", "environment"]
    outcome = engine(table, world.kind()).resume("op-1")
    now = read_lock(table)
    assert now is not None
    assert (outcome.status, now.held) == ("done", False)
    assert now.token > before.token


def test_a_journal_that_was_deleted_is_said_to_be_gone() -> None:
    table, world = MemoryTable(), World()
    plain = world.do

    def do(name: str) -> Any:
        def deleting(context: StepContext) -> Any:
            if name == "two":
                del table.items["operation#op-1", "journal"]
                table.lists.clear()
            return plain(name)(context)

        return deleting

    world.do = do  # type: ignore[method-assign]
    kind = world.kind()
    outcome = engine(table, kind).run(kind, Params("x"), Facts("y"), reason="r", operation_id="op-1")
    assert (outcome.status, outcome.error.code if outcome.error else "") == ("stuck", "journal_missing")
    world.do = plain  # type: ignore[method-assign]
    assert engine(table, world.kind()).resume("op-1").status == "done"


def test_an_operation_whose_plan_was_deleted_is_resumed_by_what_its_lock_holds() -> None:
    table, world = MemoryTable(), World()
    begin(table, world, DEAD, stuck=False)
    del table.items["operation#op-1", "plan"]
    assert engine(table, world.kind()).resume("op-1").status == "done"


def test_an_operation_whose_plan_and_lock_were_deleted_says_so_and_can_be_begun_again() -> None:
    table, world = MemoryTable(), World()
    begin(table, world, DEAD, stuck=False)
    del table.items["operation#op-1", "plan"]
    del table.items["lock", "environment"]
    with pytest.raises(BreiqError) as raised:
        engine(table, world.kind()).resume("op-1")
    assert (raised.value.code, raised.value.exit_code) == ("plan_missing", 4)
    kind = world.kind()
    assert engine(table, kind).run(kind, Params("x"), Facts("y"), reason="r").status == "done"


def test_who_begins_the_same_emergency_twice_is_told_to_wait() -> None:
    table, world = MemoryTable(), World()
    _, urgent = kinds(world)
    world.fail["two"] = Killed()  # type: ignore[assignment]
    with pytest.raises(Killed):
        engine(table, urgent, owner=ALIVE).run(urgent, Params("x"), Facts("y"), reason="r", operation_id="op-1")
    world.fail.clear()
    with pytest.raises(BreiqError) as refused:
        take(table, world, emergency=True, beats=True)
    assert (refused.value.remedy or "").startswith("wait: ")
