"""The same thing done to many: at the same time, in order, with the first error kept."""

import threading

import pytest

from operations.concurrency import AT_ONCE, run_concurrently


def test_results_are_in_the_order_of_the_items() -> None:
    assert run_concurrently([3, 1, 2], str) == ["3", "1", "2"]
    assert run_concurrently([], str) == []


def test_as_many_as_allowed_are_under_way_at_the_same_time() -> None:
    everyone = threading.Barrier(AT_ONCE, timeout=10)
    run_concurrently(range(AT_ONCE), lambda _: everyone.wait())


def test_the_first_error_wins() -> None:
    def action(item: int) -> None:
        raise KeyError(item)

    with pytest.raises(KeyError) as caught:
        run_concurrently(range(4), action)
    assert caught.value.args == (0,)
