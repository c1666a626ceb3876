"""The same thing done to many at once: services of a region, gates of an operation."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE: Final = 8
"""Calls under way at the same time: an operation over seven services takes as long as one over one, and no API's rate
limit is met."""


def run_concurrently(items: Sequence[T], action: Callable[[T], R]) -> list[R]:
    """Return `action` of each item, in their order. None is under way when it returns or raises: the first error
    wins, and what had not begun does not."""
    at_once = min(AT_ONCE, len(items))
    if at_once <= 1:
        return [action(item) for item in items]
    with ThreadPoolExecutor(at_once, "concurrently") as pool:
        return list(pool.map(action, items))
