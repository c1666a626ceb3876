"""What a plan found and what an apply did. Light to import: nothing here knows Pulumi or AWS."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioner.errors import Change


@dataclass
class Changes:
    """What a run of the program found: URNs to create, unchanged, to delete, and what it cannot change."""

    create: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    update: list[Change] = field(default_factory=list)
    delete: list[str] = field(default_factory=list)
    forget: list[str] = field(default_factory=list)
    """Components and providers that are in the state and not in the program: nothing in AWS stands for them."""

    @property
    def nothing(self) -> bool:
        """True when the program gives what is there."""
        return not (self.create or self.update or self.delete or self.forget)


@dataclass(frozen=True)
class StackPlan:
    """What an apply would do. `resources` and `by_type` count what AWS would hold afterwards."""

    stack: str
    resources: int
    by_type: Mapping[str, int]
    changes: Changes


@dataclass(frozen=True)
class StackResult:
    """What an apply did. Counts are resources in AWS."""

    stack: str
    created: int
    unchanged: int
    deleted: int
    duration_s: float

    def __str__(self) -> str:
        did = [f"{n} {word}" for n, word in ((self.created, "created"), (self.deleted, "deleted")) if n]
        did += [f"{self.unchanged} unchanged"] if self.unchanged or not did else []
        return f"{', '.join(did)} ({self.duration_s:.1f} s)"
