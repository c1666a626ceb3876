"""Ends an apply whose operation has lost its lock: no further call is made, what was done is saved."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from provisioner.aws import Guard

ASK_EACH_S: Final = 1.0


class Remembering:
    """A guard that keeps what it raised first: the work that it ended says so in words of its own."""

    def __init__(self, guard: "Guard") -> None:
        self._guard = guard
        self.lost: Exception | None = None

    def __call__(self, call: str = "") -> None:
        """Ask the guard."""
        try:
            self._guard(call)
        except Exception as error:
            self.lost = self.lost or error
            raise

    def returned(self) -> None:
        """Tell the guard."""
        self._guard.returned()


@contextmanager
def stopped_when_lost(
    stop: Callable[[], None], ours: Remembering | None, *, each_s: float = ASK_EACH_S
) -> Iterator[None]:
    """Call `stop` once the guard raises, inside a `with`: it is asked each `each_s`, too, since what waits makes no
    call. None: nobody is asked.

    Raises at the end what the guard raised: what the work itself raised is its consequence.
    """
    if ours is None:
        yield
        return
    ended = Event()

    def watch() -> None:
        while ours.lost is None and not ended.wait(each_s):
            with suppress(Exception):  # it is remembered, and raised in the thread that works
                ours()
        if ours.lost is not None:
            stop()

    thread = Thread(target=watch, name="still-ours", daemon=True)
    thread.start()
    try:
        yield
    except Exception as error:
        if ours.lost is not None:
            raise ours.lost from error
        raise
    finally:
        ended.set()
        thread.join()
    if ours.lost is not None:
        raise ours.lost
