"""Every write of the lease lands on the lease that it expects, or nowhere: late ones, repeated ones, strangers'."""

from collections.abc import Callable
from typing import Any

import pytest

from dr.lease import Author, Lease, give_back, mark, read_lease, set_state, take
from estate.errors import BreiqError
from operations.journal import Superseded
from operations.step import StepFailed
from operations.table import MemoryTable
from operations.writer_lease import KEY, damage

EAST, WEST = "us-east-1", "us-west-2"
OPEN = Lease(holder=EAST, epoch=1, state="open", traffic_region=EAST, operation="")
FIRST, SECOND = Author("op-1", 1), Author("op-1", 2)
STRANGER = Author("op-2", 2)


@pytest.fixture
def table() -> MemoryTable:
    made = MemoryTable()
    made.update(*KEY, {"holder": EAST, "epoch": 1, "state": "open", "traffic_region": EAST})  # before tokens were kept
    return made


def own(state: Any) -> Lease:
    return Lease(holder=WEST, epoch=2, state=state, traffic_region=WEST, operation="op-1")


class Suspended(MemoryTable):
    """A table whose user is stopped between reading and writing; `meanwhile` is what others do until it continues."""

    def __init__(self, shared: MemoryTable, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self.items, self._meanwhile, self._shared = shared.items, meanwhile, shared

    def update(self, *args: Any, **more: Any) -> None:
        meanwhile, self._meanwhile = self._meanwhile, lambda: None
        meanwhile()
        self._shared.update(*args, **more)


def test_each_write_may_be_repeated_and_carries_the_token(table: MemoryTable) -> None:
    for write in (
        lambda: take(table, OPEN, WEST, FIRST),
        lambda: set_state(table, own("taken"), "promoting", FIRST),
        lambda: set_state(table, own("taken"), "open", FIRST),
    ):
        assert write() == write() == read_lease(table)
        assert read_lease(table).token == 1
    assert read_lease(table) == Lease(
        holder=WEST, epoch=2, state="open", traffic_region=WEST, operation="op-1", token=1
    )


def test_a_lease_is_given_back_under_a_higher_epoch_and_only_once(table: MemoryTable) -> None:
    take(table, OPEN, WEST, FIRST)
    back = give_back(table, OPEN, WEST, FIRST)
    assert back is not None and (back.holder, back.epoch, back.state) == (EAST, 3, "open")
    assert give_back(table, OPEN, WEST, FIRST) == back
    with pytest.raises(StepFailed) as error:
        take(table, OPEN, WEST, FIRST)
    assert error.value.code == "lease_moved" and error.value.touched is False


def test_an_undo_of_a_take_that_never_came_raises_the_epoch_so_that_it_never_will(table: MemoryTable) -> None:
    """The request of a take may be on its way still, and under the very token that undoes it."""
    late = Suspended(table, lambda: give_back(table, OPEN, WEST, FIRST))
    with pytest.raises(StepFailed) as error:
        take(late, OPEN, WEST, FIRST)
    assert error.value.code == "lease_moved"
    now = read_lease(table)
    assert (now.holder, now.epoch, now.state) == (EAST, 3, "open")


@pytest.mark.parametrize("as_written", ["never taken", "taken"])
def test_an_abort_by_another_process_leaves_nothing_to_a_late_take(table: MemoryTable, as_written: str) -> None:
    """The owner was stopped right before its take, or right after it was sent; a colleague aborts; it continues."""
    if as_written == "taken":
        take(table, OPEN, WEST, FIRST)

    def abort() -> None:
        mark(table, SECOND)
        give_back(table, OPEN, WEST, SECOND)

    abort()
    for late in (lambda: take(table, OPEN, WEST, FIRST), lambda: give_back(table, OPEN, WEST, FIRST)):
        with pytest.raises(Superseded):
            late()
    assert (read_lease(table).holder, read_lease(table).epoch, read_lease(table).state) == (EAST, 3, "open")


@pytest.mark.parametrize("state", ["promoting", "open"])
def test_a_replaced_owner_closes_no_lease_that_its_successor_opened(table: MemoryTable, state: Any) -> None:
    """It was stopped between reading the lease and its write, of each state; the successor resumed to the end."""
    take(table, OPEN, WEST, FIRST)
    if state == "open":
        set_state(table, own("taken"), "promoting", FIRST)

    def resume() -> None:
        mark(table, SECOND)
        set_state(table, own("taken"), "promoting", SECOND)
        set_state(table, own("taken"), "open", SECOND)

    with pytest.raises(Superseded):
        set_state(Suspended(table, resume), own("taken"), state, FIRST)
    assert (read_lease(table).state, read_lease(table).token) == ("open", 2)


def test_an_open_lease_is_not_closed_by_its_own_late_promoting(table: MemoryTable) -> None:
    take(table, OPEN, WEST, FIRST)
    set_state(table, own("taken"), "promoting", FIRST)
    set_state(table, own("taken"), "open", FIRST)
    with pytest.raises(StepFailed) as error:
        set_state(table, own("taken"), "promoting", FIRST)
    assert error.value.code == "lease_moved" and read_lease(table).state == "open"


def test_a_lease_is_opened_only_after_promoting(table: MemoryTable) -> None:
    take(table, OPEN, WEST, FIRST)
    with pytest.raises(StepFailed):
        set_state(table, own("taken"), "open", FIRST)
    assert read_lease(table).state == "taken"


def test_a_stranger_takes_no_taken_lease_and_gives_none_back(table: MemoryTable) -> None:
    take(table, OPEN, WEST, FIRST)
    with pytest.raises(StepFailed) as error:
        take(table, OPEN, WEST, STRANGER)
    assert error.value.touched is False
    assert give_back(table, OPEN, WEST, STRANGER) is None
    with pytest.raises(StepFailed):
        set_state(table, Lease(holder=WEST, epoch=2, state="taken", traffic_region=WEST, operation="op-2"), "promoting", STRANGER)  # fmt: skip
    assert read_lease(table).same_as(own("taken"))


def test_a_successor_takes_its_predecessors_take_for_its_own(table: MemoryTable) -> None:
    take(table, OPEN, WEST, FIRST)
    mark(table, SECOND)
    assert take(table, OPEN, WEST, SECOND).token == 2
    assert set_state(table, own("taken"), "promoting", SECOND).state == "promoting"


def test_a_mark_needs_no_lease(table: MemoryTable) -> None:
    mark(MemoryTable(), FIRST)
    table.update(*KEY, {"epoch": "many"})
    mark(table, FIRST)
    assert "token" not in (table.get(*KEY) or {})


@pytest.mark.parametrize(
    "damaged",
    [{"holder": ""}, {"holder": "mars"}, {"holder": 7}, {"epoch": "3"}, {"epoch": 0}, {"epoch": 1.5}, {"epoch": True},
     {"state": "shut"}, {"state": 1}, {"traffic_region": ""}, {"operation": 4}, {"token": "x"}, {"token": -1}],
    ids=str,
)  # fmt: skip
def test_a_damaged_item_is_named_and_repaired_by_a_command(table: MemoryTable, damaged: dict[str, Any]) -> None:
    table.update(*KEY, damaged)
    with pytest.raises(BreiqError) as error:
        read_lease(table, (EAST, WEST))
    assert error.value.code == "lease_damaged" and error.value.exit_code == 3
    assert next(iter(damaged)) in str(error.value.cause) and error.value.remedy == "breiqctl lease repair"


@pytest.mark.parametrize("missing", ["holder", "epoch", "state", "traffic_region"])
def test_an_item_without_an_attribute_is_damaged(missing: str) -> None:
    item: dict[str, Any] = {"holder": EAST, "epoch": 1, "state": "open", "traffic_region": EAST}
    assert damage(item) == []
    del item[missing]
    assert len(damage(item)) == 1
