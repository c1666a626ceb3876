"""Which resources a run is about: all, or some named ones. Safe for many threads."""

from collections.abc import Collection
from threading import Lock

from provisioner.errors import TargetError
from provisioner.goal import Goal
from provisioner.state.state import Resource, State
from provisioner.urns import name_of


class Targets:
    """The targets of a run by URN; None: everything. With `dependents`, what depends on one is one too."""

    def __init__(self, urns: Collection[str] | None = None, *, dependents: bool = False) -> None:
        self.everything = urns is None
        self._urns, self._dependents = set(urns or ()), dependents
        self._lock = Lock()

    def includes(self, goal: Goal) -> bool:
        """Say whether a registered resource is a target; dependents become targets as they are registered."""
        if self.everything or goal.urn in self._urns:
            return True
        with self._lock:
            if self._dependents and self._urns & {*goal.depends_on, goal.parent, goal.deleted_with}:
                self._urns.add(goal.urn)
                return True
        return False

    def may_delete(self, resource: Resource) -> bool:
        """Say whether a resource of the state may be deleted."""
        return self.everything or resource.urn in self._urns

    def check_known(self, stack: str, known: Collection[str]) -> None:
        """Raise TargetError when one of the targets in this stack is none of the known URNs."""
        mine = sorted(urn for urn in self._urns if urn.startswith(f"urn:pulumi:{stack}::") and urn not in known)
        if mine:
            raise TargetError(f"stack {stack} has no resource {', '.join(mine)}")

    def add_dependents(self, state: State, to_delete: Collection[str]) -> None:
        """Make the dependents of what is to be deleted targets too. Raises TargetError when that is not wanted."""
        if self.everything:
            return
        going = set(to_delete)
        for resource in state:
            if resource.urn in going or not resource.in_cloud or not resource.needs & going:
                continue
            if not self._dependents:
                needed = ", ".join(sorted(map(name_of, resource.needs & going)))
                raise TargetError(f"{name_of(resource.urn)} depends on {needed}, and is not among the targets")
            self._urns.add(resource.urn)
            going.add(resource.urn)
