"""Watches a local cloud that is coming up: what cannot get better ends the wait, with the reason."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

from estate.errors import BreiqError
from stackops import local_socket

PERIOD_S: Final = 2.0
WAKE: Final = signal.SIGUSR1

Read = Callable[[], list[dict[str, Any]]]


class _GivenUp(KeyboardInterrupt):
    """Interrupts the main thread as Ctrl-C does: whatever it waits for is left as an interruption leaves it."""


def read_troubles() -> list[dict[str, Any]]:
    """Return what keeps the local cloud's parts from their work; nothing while it does not answer."""
    try:
        troubles: list[dict[str, Any]] = local_socket.ask("troubles", timeout_s=10)["troubles"]
    except BreiqError:
        return []
    return troubles


def hopeless(troubles: list[dict[str, Any]]) -> BreiqError | None:
    """Return the error that says what will not get better, or None."""
    lost = [each for each in troubles if each["hopeless"]]
    if not lost:
        return None
    logs = local_socket.instance_dir() / "logs"
    first, more = lost[0], len(lost) - 1
    where = f" in {first['region']}" if first["region"] else ""
    return BreiqError(
        "local_cloud_troubled",
        "permanent",
        f"the {first['name']}{where} is failing: {first['problem']}" + (f" (and {more} more)" if more else ""),
        cause=f"it has failed for {first['lasts_s']:.0f} s and will not recover without action",
        remedy=f"breiqctl doctor, and the logs in {logs}; then breiqctl local up",
    )


@contextlib.contextmanager
def given_up_when_hopeless(read: Read = read_troubles, period_s: float = PERIOD_S) -> Iterator[None]:
    """Run what is inside; raise BreiqError `local_cloud_troubled` as soon as the local cloud cannot come up.

    Outside the main thread, which alone can be interrupted, nothing is watched.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    watch = _Watch(read, period_s)
    before = signal.signal(WAKE, watch.give_up)
    watch.start()
    try:
        yield
    except BaseException as error:
        if watch.reason is None or isinstance(error, BreiqError):
            raise
        raise watch.reason from error
    finally:
        watch.end()
        signal.signal(WAKE, before)


class _Watch(threading.Thread):
    """Asks until it is ended, or until something is hopeless: then `reason` says it, and the main thread is woken."""

    def __init__(self, read: Read, period_s: float) -> None:
        super().__init__(name="local-watch", daemon=True)
        self.reason: BreiqError | None = None
        self._read, self._period_s = read, period_s
        self._ended = threading.Event()

    def run(self) -> None:
        """Ask at each period."""
        while not self._ended.wait(self._period_s):
            self.reason = hopeless(self._read())
            if self.reason is not None:
                os.kill(os.getpid(), WAKE)
                return

    def give_up(self, _number: int, _frame: Any) -> None:
        """Interrupt the main thread, unless it is done already."""
        if not self._ended.is_set():
            raise _GivenUp

    def end(self) -> None:
        """Ask no more."""
        self._ended.set()
        self.join()
