"""Who is at work on which resource: registrations run side by side, and a replacement deletes what others register."""

from collections.abc import Callable, Collection
from threading import Condition

from provisioner.state.state import Resource


class ResourceLocks:
    """The registrations that have begun, those still at work, and what is claimed: another's replacement deletes it.

    Nothing waits in a circle: a replacement waits for what depended on it in the state, a registration for a claim, and
    whoever holds a claim waits for nobody.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._begun: set[str] = set()
        self._busy: set[str] = set()
        self._claimed: set[str] = set()

    def begin(self, urn: str) -> None:
        """Begin a registration, once nobody else deletes the resource."""
        with self._changed:
            self._changed.wait_for(lambda: urn not in self._claimed)
            self._begun.add(urn)
            self._busy.add(urn)

    def end(self, urn: str) -> None:
        """End a registration."""
        with self._changed:
            self._busy.discard(urn)
            self._changed.notify_all()

    def wait_free(self, urns: Collection[str]) -> None:
        """Return once nobody deletes any of these."""
        with self._changed:
            self._changed.wait_for(lambda: self._claimed.isdisjoint(urns))

    def claim(
        self, dependents: Callable[[], set[str]], choose: Callable[[Collection[str]], list[Resource]]
    ) -> list[Resource]:
        """Return what `choose` makes of the registrations begun, and keep others from it until it is released.

        Before that, nobody may be at work on any of the `dependents`, a set of URNs that is asked for again and again.
        """
        with self._changed:
            self._changed.wait_for(lambda: dependents().isdisjoint(self._busy | self._claimed))
            chosen = choose(self._begun)
            self._claimed |= {one.urn for one in chosen}
            return chosen

    def release(self, resources: Collection[Resource]) -> None:
        """Let others go on with these."""
        with self._changed:
            self._claimed -= {one.urn for one in resources}
            self._changed.notify_all()
