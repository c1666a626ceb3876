"""AWS as the plugin's operations see it: what they write is noticed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, local
from typing import Any, Final

from provisioner.aws import Aws, Clients

READS: Final = ("Describe", "Get", "List", "Head", "Lookup", "Search", "BatchGet")
"""How operations begin that change nothing."""


class Writes:
    """Counts, by thread, the calls that AWS has taken and that changed something: a handler works on one thread."""

    def __init__(self) -> None:
        self._thread = local()
        self._known: set[int] = set()
        self._lock = Lock()

    @contextmanager
    def counted(self) -> Iterator[Callable[[], int]]:
        """Give a function that says how many writes this thread has made since."""
        before = self._count
        yield lambda: self._count - before

    @property
    def _count(self) -> int:
        return getattr(self._thread, "count", 0)

    def watch(self, client: Any) -> Any:
        """Return the client, whose calls are counted from now on."""
        with self._lock:
            if id(client) not in self._known:
                self._known.add(id(client))
                client.meta.events.register("after-call", self._note)
        return client

    def _note(self, http_response: Any, model: Any, **_: Any) -> None:
        if http_response.status_code < 300 and not model.name.startswith(READS):
            self._thread.count = self._count + 1


class WatchedAws(Aws):
    """Aws for one operation of the plugin. `deadline_s` is the program's own limit for each wait, if it gave one."""

    def __init__(self, clients: Clients, region: str, writes: Writes, deadline_s: float | None) -> None:
        super().__init__(clients, region, deadline_s)
        self._writes = writes

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client whose writes are noticed; see Aws."""
        return self._writes.watch(super().client(service, region))
