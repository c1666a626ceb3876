"""The same thing done to many: at the same time, in order, with the first error kept."""

import threading

import pytest

from operations.together import AT_ONCE, together


def test_results_are_in_the_order_of_the_items() -> None:
    assert together([3, 1, 2], str) == ["3", "1", "2"]
    assert together([], str) == []


def test_as_many_as_allowed_are_under_way_at_the_same_time() -> None:
    everyone = threading.Barrier(AT_ONCE, timeout=10)
    together(range(AT_ONCE), lambda _: everyone.wait())


def test_the_first_error_wins() -> None:
    def action(item: int) -> None:
        raise KeyError(item)

    with pytest.raises(KeyError) as caught:
        together(range(4), action)
    assert caught.value.args == (0,)
