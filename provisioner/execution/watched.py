"""AWS as one operation sees it: what it writes is noticed, so that nothing is told as done that was not."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local
from typing import Any, Final

from provisioner.aws import Aws, Clients

READS: Final = ("Describe", "Get", "List", "Head", "Lookup", "Search", "BatchGet")
"""How operations begin that change nothing."""


class Work:
    """What this thread has done since a moment."""

    def __init__(self, writes: "Writes") -> None:
        self._writes = writes
        self._asked, self._written = writes.asked, writes.written

    @property
    def written(self) -> int:
        """How many calls AWS has taken that changed something."""
        return self._writes.written - self._written

    @property
    def nothing(self) -> bool:
        """True when AWS was asked, and nothing was changed."""
        return self._writes.asked > self._asked and not self.written


class Writes:
    """Counts, by thread, the calls that AWS has taken and that changed something: a handler works on one thread."""

    def __init__(self) -> None:
        self._thread = local()
        self._known: set[int] = set()
        self._lock = Lock()

    @contextmanager
    def counted(self) -> Iterator[Work]:
        """Give what this thread does from now on."""
        yield Work(self)

    @property
    def written(self) -> int:
        """The writes of this thread."""
        return getattr(self._thread, "written", 0)

    @property
    def asked(self) -> int:
        """How often this thread took a client."""
        return getattr(self._thread, "asked", 0)

    def watch(self, client: Any) -> Any:
        """Return the client, whose calls are counted from now on."""
        self._thread.asked = self.asked + 1
        with self._lock:
            if id(client) not in self._known:
                self._known.add(id(client))
                client.meta.events.register("after-call", self._note)
        return client

    def _note(self, http_response: Any, model: Any, **_: Any) -> None:
        if http_response.status_code < 300 and not model.name.startswith(READS):
            self._thread.written = self.written + 1


class WatchedAws(Aws):
    """Aws for one operation. `deadline_s` is the program's own limit for each wait, if it gave one."""

    def __init__(self, clients: Clients, region: str, writes: Writes, deadline_s: float | None) -> None:
        super().__init__(clients, region, deadline_s)
        self._writes = writes

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client whose writes are noticed; see Aws."""
        return self._writes.watch(super().client(service, region))
