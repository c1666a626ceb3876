"""An apply in process ends when its operation has lost the lock."""

from threading import Event

import pytest

from breiqctl.stacks.stopping import stopped_when_lost

DEADLINE_S = 10.0


class LostError(Exception):
    """The lock is another's."""


def lose() -> None:
    raise LostError


@pytest.mark.parametrize("fails", [False, True])
def test_who_has_lost_the_lock_is_stopped_and_says_so(fails: bool) -> None:
    stopped = Event()
    with pytest.raises(LostError), stopped_when_lost(stopped.set, lose, each_s=0.001):
        assert stopped.wait(DEADLINE_S)
        if fails:
            raise ValueError("the run was stopped")


def test_who_has_it_is_not_and_what_the_work_raises_comes_through() -> None:
    asked, stopped = Event(), Event()
    with pytest.raises(ValueError, match="no room"), stopped_when_lost(stopped.set, asked.set, each_s=0.001):
        assert asked.wait(DEADLINE_S)
        raise ValueError("no room")
    assert not stopped.is_set()


def test_without_an_operation_nobody_is_asked() -> None:
    with stopped_when_lost(lose, None):
        pass
