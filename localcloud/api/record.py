"""Access to moto's backends for service modules, inside the API process. Import it in functions only."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from localcloud.core.instance import Instance

ACCOUNT: Final = "123456789012"
LOCK: Final = threading.RLock()
"""Held by whoever reads or changes the record, by nobody who waits."""
_bound: "list[Instance]" = []


@contextmanager
def unlocked() -> Iterator[None]:
    """Give the lock back for a while, and have it again: for a call that waits. Does nothing for who has it not."""
    if not LOCK._is_owned():  # type: ignore[attr-defined]
        yield
        return
    state = LOCK._release_save()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        LOCK._acquire_restore(state)  # type: ignore[attr-defined]


def bind(instance: "Instance") -> None:
    """Make the instance known to the service modules, before their `patch()`."""
    _bound[:] = [instance]


def instance() -> "Instance":
    """Return the instance whose record this is."""
    return _bound[0]


def is_bound() -> bool:
    """Say whether there is an instance: the handlers' tests have moto alone."""
    return bool(_bound)


def backend(service: str, region: str) -> Any:
    """Return moto's live backend of a service in a region (`aws` for a global service)."""
    from moto.backends import get_backend

    return get_backend(service)[ACCOUNT][region]  # type: ignore[call-overload]
