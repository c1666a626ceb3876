"""What can go wrong, as types: fields first, words for people second."""

from collections.abc import Sequence
from dataclasses import dataclass

from provisioner.urns import name_of, type_of


class ProvisionerError(Exception):
    """Base of everything that this room raises on purpose.

    Of a run that failed: `also` are the further failures, `done` says in words what the run did before it ended. What
    failed several times for one reason is said once.
    """

    also: tuple["ProvisionerError", ...] = ()
    done: str = ""

    def reported(self, also: Sequence["ProvisionerError"], done: str) -> "ProvisionerError":
        """Return the error with what else there is to say of its run."""
        self.also, self.done = tuple(also), done
        return self

    def __str__(self) -> str:
        own = super().__str__()
        others = "; ".join(text for text in dict.fromkeys(str(error) for error in self.also) if text != own)
        parts = [
            own,
            f"also failed: {others}" if others else "",
            f"done: {self.done}" if self.done else "",
        ]
        return "; ".join(part for part in parts if part)


@dataclass(frozen=True)
class Change:
    """An existing resource whose inputs differ from what was applied: which properties."""

    urn: str
    properties: tuple[str, ...]


class ProtectedError(ProvisionerError):
    """Protected resources would be deleted or replaced. Nothing was touched."""

    def __init__(self, stack: str, urns: Sequence[str]) -> None:
        names = ", ".join(f"{type_of(urn)} {name_of(urn)}" for urn in urns)
        super().__init__(f"stack {stack}: protected resources are neither deleted nor replaced: {names}")
        self.stack, self.urns = stack, tuple(urns)


@dataclass(frozen=True)
class WrongInputs:
    """A resource whose inputs have something wrong. `source` is the line of the program, `file:line`."""

    urn: str
    source: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        where = f" ({self.source})" if self.source else ""
        return f"{type_of(self.urn)} {name_of(self.urn)}{where}: {'; '.join(self.reasons)}"


class InputsError(ProvisionerError):
    """Resources have inputs that their types do not know, or lack some. Nothing was touched."""

    def __init__(self, stack: str, wrong: Sequence[WrongInputs]) -> None:
        super().__init__(f"stack {stack}: " + "; ".join(map(str, wrong)))
        self.stack, self.wrong = stack, tuple(wrong)


class ImportRefusedError(ProvisionerError):
    """What would be imported is not what the program says: which properties. Nothing was touched."""

    def __init__(self, urn: str, source: str, resource_id: str, differences: Sequence[str]) -> None:
        where = f" ({source})" if source else ""
        listed = "; ".join(differences)
        super().__init__(
            f"import {type_of(urn)} {name_of(urn)}{where}: {resource_id} differs from the program: {listed}"
        )
        self.urn, self.source, self.differences = urn, source, tuple(differences)


class ExistsError(ProvisionerError):
    """AWS refused to create what is there already, and it is not as the program wants it: in what it differs."""

    def __init__(self, type_: str, resource_id: str, differences: str) -> None:
        super().__init__(f"{type_} {resource_id} is there already, and not as the program wants it: {differences}")
        self.resource_id = resource_id


class TargetError(ProvisionerError):
    """The targets cannot be applied by themselves: others depend on them, or they on others. Nothing was touched."""


class UnsupportedError(ProvisionerError):
    """The program uses a resource type, function or option that the engine does not know; it was left alone."""


class ResourceFailedError(ProvisionerError):
    """AWS refused a change, or a reading. `__cause__` is its answer; the state says what was done."""

    def __init__(self, urn: str, action: str, source: str, cause: Exception) -> None:
        where = f" ({source})" if source else ""
        super().__init__(f"{action} {type_of(urn)} {name_of(urn)!r}{where}: {cause}")
        self.urn, self.action, self.source = urn, action, source


class ProgramError(ProvisionerError):
    """The program itself raised. `__cause__` is what it raised."""


class StateError(ProvisionerError):
    """The state file cannot be used: damaged, of an unknown version, or encrypted with another key."""


class BrokenStateError(StateError):
    """The state can be read, and breaks rules that Pulumi's CLI holds states to (see `integrity`)."""

    def __init__(self, where: str, broken: Sequence[object]) -> None:
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        super().__init__(f"{where} is broken: {broken[0]}{more}")
        self.broken = tuple(broken)


class LockedError(ProvisionerError):
    """Another process is applying or destroying the stack. Nothing was touched."""

    def __init__(self, stack: str) -> None:
        super().__init__(f"stack {stack}: another process is changing it")
        self.stack = stack


class DeadlineError(ProvisionerError):
    """AWS did not reach a state in time. Fields: what was awaited, how long (seconds)."""

    def __init__(self, what: str, deadline_s: float) -> None:
        super().__init__(f"{what}: not within {deadline_s:.0f} s")
        self.what, self.deadline_s = what, deadline_s


class StoppedError(ProvisionerError):
    """Another resource failed first, or the run was interrupted: this one was not begun, or not waited for."""
