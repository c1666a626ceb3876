"""An operation killed at any write of its journal, or whose write's answer was lost."""

from typing import Any

import pytest

from aws.errors import Unreachable
from estate.errors import BreiqError
from operations.lock import read_lock
from tests.unit.operations.engine_kit import Killed, MortalTable, engine
from tests.unit.operations.toy import World, run


def crash_points() -> list[tuple[int, bool]]:
    table = MortalTable()
    run(World(no_return=True), table)
    return [(n, after) for n in range(1, table.writes + 1) for after in (False, True)]


@pytest.mark.parametrize(("write", "after"), crash_points())
def test_killed_at_any_write_resume_ends_well(write: int, after: bool) -> None:
    world, table = World(no_return=True), MortalTable(die_at=write, die_after=after)
    with pytest.raises(Killed):
        run(world, table)
    fresh = engine(table.shared, world.kind())
    if write == 1 and not after:
        with pytest.raises(BreiqError) as unknown:
            fresh.resume("op-1")
        assert unknown.value.code == "unknown_operation"
        return
    outcome = fresh.resume("op-1")
    assert (outcome.status, world.things) == ("done", {"one", "two", "leap", "three"})
    held = read_lock(table.shared)
    assert held is not None
    assert not held.held
    assert fresh.history()[0].status == "done"


@pytest.mark.parametrize(("write", "after"), crash_points())
def test_killed_at_any_write_abort_undoes_or_refuses(write: int, after: bool) -> None:
    world, table = World(no_return=True), MortalTable(die_at=write, die_after=after)
    with pytest.raises(Killed):
        run(world, table)
    fresh = engine(table.shared, world.kind())
    try:
        outcome = fresh.abort("op-1")
    except BreiqError as error:
        assert error.exit_code == 3
        assert error.code in {"past_no_return", "has_ended"} or write == 1
        return
    assert (outcome.status, world.things) == ("undone", set())


class FlakyTable(MortalTable):
    """A table whose n-th write lands, but its answer is lost; then it does not answer for a while."""

    silent_for: int = 3

    def update(self, pk: str, sk: str, values: Any, **more: Any) -> None:
        self.writes += 1
        lost = Unreachable("aws_unreachable", "transient", "no answer", call="dynamodb:UpdateItem", region="us-east-1")
        if self.writes == self.die_at:
            self.shared.update(pk, sk, values, **more)
            raise lost
        if self.die_at is not None and self.die_at < self.writes < self.die_at + self.silent_for:
            raise lost
        self.shared.update(pk, sk, values, **more)


@pytest.mark.parametrize("write", [5, 6, 12])
def test_a_lost_answer_is_known_by_its_own_effect(write: int) -> None:
    world = World()
    outcome = run(world, FlakyTable(die_at=write))
    assert outcome.status == "done"
    assert [e.kind for e in outcome.events] == ["begun", *["started", "done", "verified"] * 3, "ended"]
