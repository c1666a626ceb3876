"""An apply in process ends when its operation has lost the lock."""

from threading import Event

import pytest

from stackops.stopping import Remembering, stopped_when_lost

DEADLINE_S = 10.0


class LostError(Exception):
    """The lock is another's."""


class FakeGuard:
    """Raises, or lets pass; `asked` is set when it was asked."""

    def __init__(self, *, lost: bool) -> None:
        self.lost, self.asked, self.answers = lost, Event(), 0

    def __call__(self, call: str) -> None:
        self.asked.set()
        if self.lost:
            raise LostError(call)

    def returned(self) -> None:
        self.answers += 1


@pytest.mark.parametrize("fails", [False, True])
def test_who_has_lost_the_lock_is_stopped_and_says_so(fails: bool) -> None:
    stopped = Event()
    with pytest.raises(LostError), stopped_when_lost(stopped.set, Remembering(FakeGuard(lost=True)), each_s=0.001):
        assert stopped.wait(DEADLINE_S)
        if fails:
            raise ValueError("the run was stopped")


def test_who_learns_it_at_a_call_says_so_whatever_became_of_that() -> None:
    ours, stopped = Remembering(FakeGuard(lost=True)), Event()
    with pytest.raises(LostError), stopped_when_lost(stopped.set, ours, each_s=3600.0):
        try:
            ours("sqs:CreateQueue")
        except LostError as error:
            raise ValueError("no queue was made") from error


def test_who_has_it_is_not_and_what_the_work_raises_comes_through() -> None:
    guard, stopped = FakeGuard(lost=False), Event()
    ours = Remembering(guard)
    with pytest.raises(ValueError, match="no room"), stopped_when_lost(stopped.set, ours, each_s=0.001):
        assert guard.asked.wait(DEADLINE_S)
        ours.returned()
        raise ValueError("no room")
    assert not stopped.is_set()
    assert guard.answers == 1


def test_without_an_operation_nobody_is_asked() -> None:
    with stopped_when_lost(lambda: pytest.fail("it was stopped"), None):
        pass
