"""Ends an apply whose operation has lost its lock: nothing more is begun, what runs is saved."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

ASK_EACH_S: Final = 1.0


@contextmanager
def stopped_when_lost(
    stop: Callable[[], None], still_ours: Callable[[], None] | None, *, each_s: float = ASK_EACH_S
) -> Iterator[None]:
    """Call `stop` once `still_ours` raises, inside a `with`; it is asked each `each_s`. None: nobody is asked.

    Raises at the end what `still_ours` raised: what the work itself raised is its consequence.
    """
    if still_ours is None:
        yield
        return
    ended, lost = Event(), list[Exception]()

    def watch() -> None:
        while not ended.wait(each_s):
            try:
                still_ours()
            except Exception as error:  # noqa: BLE001 - it is raised in the thread that works
                lost.append(error)
                stop()
                return

    thread = Thread(target=watch, name="still-ours", daemon=True)
    thread.start()
    try:
        yield
    except Exception as error:
        if lost:
            raise lost[0] from error
        raise
    finally:
        ended.set()
        thread.join()
    if lost:
        raise lost[0]
