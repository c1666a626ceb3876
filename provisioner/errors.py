"""What can go wrong, as types: fields first, words for people second."""

from collections.abc import Sequence
from dataclasses import dataclass


def name_of(urn: str) -> str:
    """Return a resource's own name."""
    return urn.rpartition("::")[2]


def type_of(urn: str) -> str:
    """Return a resource's own type, without those of its parents."""
    return urn.rpartition("::")[0].rpartition("::")[2].rpartition("$")[2]


class ProvisionerError(Exception):
    """Base of everything that this room raises on purpose."""


@dataclass(frozen=True)
class Change:
    """An existing resource whose inputs differ from what was applied: which properties."""

    urn: str
    properties: tuple[str, ...]


class ChangeRefusedError(ProvisionerError):
    """Existing resources would have to be updated or replaced, which this engine does not know. Nothing was touched."""

    def __init__(self, stack: str, changes: Sequence[Change]) -> None:
        lines = "; ".join(f"{name_of(change.urn)} ({', '.join(change.properties)})" for change in changes)
        super().__init__(f"stack {stack}: the in-process engine creates and deletes, not updating what exists: {lines}")
        self.stack, self.changes = stack, tuple(changes)


class ProtectedError(ProvisionerError):
    """Protected resources would be deleted. Nothing was touched."""

    def __init__(self, stack: str, urns: Sequence[str]) -> None:
        super().__init__(
            f"stack {stack}: protected resources are not deleted: {', '.join(name_of(urn) for urn in urns)}"
        )
        self.stack, self.urns = stack, tuple(urns)


class UnsupportedError(ProvisionerError):
    """The program uses a resource type, function or option that the engine does not know; it was left alone."""


class ResourceFailedError(ProvisionerError):
    """AWS refused to create, read or delete a resource. `__cause__` is its answer; the state holds what was done."""

    def __init__(self, urn: str, action: str, source: str, cause: Exception) -> None:
        where = f" ({source})" if source else ""
        super().__init__(f"{action} {type_of(urn)} {name_of(urn)!r}{where}: {cause}")
        self.urn, self.action, self.source = urn, action, source


class ProgramError(ProvisionerError):
    """The program itself raised. `__cause__` is what it raised."""


class StateError(ProvisionerError):
    """The state file cannot be used: damaged, of an unknown version, or encrypted with another key."""


class LockedError(ProvisionerError):
    """Another process is applying or destroying the stack. Nothing was touched."""

    def __init__(self, stack: str) -> None:
        super().__init__(f"stack {stack}: another process is at work on it")
        self.stack = stack


class DeadlineError(ProvisionerError):
    """AWS did not reach a state in time. Fields: what was awaited, how long (seconds)."""

    def __init__(self, what: str, deadline_s: float) -> None:
        super().__init__(f"{what}: not within {deadline_s:.0f} s")
        self.what, self.deadline_s = what, deadline_s


class StoppedError(ProvisionerError):
    """Another resource failed first, or the run was interrupted: this one was not begun, or not waited for."""
