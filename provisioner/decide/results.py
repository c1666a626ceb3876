"""What a plan found and what an apply did. Light to import: nothing here knows Pulumi or AWS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from provisioner.decide.compare import Difference, Drift
from provisioner.errors import Change


@dataclass
class Changes:
    """What a run of the program found, or did: URNs by what happens to them."""

    create: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    update: list[Change] = field(default_factory=list)
    replace: list[Change] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)
    delete: list[str] = field(default_factory=list)
    forget: list[str] = field(default_factory=list)
    """What is in the state and not in the program, and leaves nothing to delete in AWS: components, providers, and what
    is retained or was deleted before."""
    recorded: bool = False
    """The state alone is to be brought up to date: outputs, options, dependencies."""

    @property
    def nothing(self) -> bool:
        """True when the program gives what is there."""
        return not (self.count or self.forget or self.recorded)

    @property
    def count(self) -> int:
        """How many resources in AWS are changed."""
        changed = (self.create, self.update, self.replace, self.imported, self.delete)
        return sum(len(urns) for urns in changed)

    def __str__(self) -> str:
        counts = (
            (len(self.create), "created"),
            (len(self.imported), "imported"),
            (len(self.update), "updated"),
            (len(self.replace), "replaced"),
            (len(self.delete), "deleted"),
        )
        return ", ".join(f"{number} {word}" for number, word in counts if number)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One resource, and what would be done to it.

    `action` is create, update, replace, delete, same or import; `changed` lists property paths, `because` those inputs
    that force a replacement. `inputs` are plain data: "[secret]" stands for a secret, "[unknown]" for what an apply
    alone will know. `source` is the line of the program, `file:line`. `region` is empty for what lies in none.
    `missing`: it stood, and is gone. `found` is what was changed in AWS; `kept`: it stays so.
    """

    urn: str
    type: str
    name: str
    action: str
    region: str = ""
    changed: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    protect: bool = False
    source: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: bool = False
    found: tuple[Difference, ...] = ()
    kept: bool = False

    @property
    def in_cloud(self) -> bool:
        """True when something in AWS stands for it: it is no component, stack or provider."""
        return bool(self.region)


@dataclass(frozen=True)
class Release:
    """What has to be done before anything else: `delete`, make `again` (deleted now), give values `together`, or put
    `aside` with a free value. `why` is for people; URNs are the state's.
    """

    kind: Literal["delete", "again", "together", "aside"]
    urns: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Answer:
    """What a function of the provider answered the program. `arguments` is JSON. `answer` is a digest with the
    workspace's key: the answer may be a secret.
    """

    token: str
    region: str
    arguments: str
    answer: str


@dataclass(frozen=True)
class StackPlan:
    """What an apply would do. `resources` and `by_type` count what AWS would hold afterwards.

    `planned` holds every resource, components too, by URN; `protected` the URNs for which an apply will be refused.
    """

    stack: str
    resources: int
    by_type: Mapping[str, int]
    changes: Changes
    planned: tuple[Planned, ...] = ()
    protected: tuple[str, ...] = ()
    drifts: tuple[Drift, ...] = ()
    """What was found in AWS otherwise than it was applied."""
    former: Mapping[str, str] = field(default_factory=dict)
    """By URN, the one under which the state holds the resource until now, where that is another one."""
    releases: tuple[Release, ...] = ()
    """What is done before anything else, in this order."""
    answers: tuple[Answer, ...] = ()
    """What the program asked AWS."""


@dataclass(frozen=True)
class StackResult:
    """What an apply did. Counts are resources in AWS."""

    stack: str
    created: int
    unchanged: int
    deleted: int
    duration_s: float
    updated: int = 0
    replaced: int = 0
    imported: int = 0
    answers: tuple[Answer, ...] = ()
    """What the program asked AWS, for `Workspace.same_answers`."""

    @property
    def resources(self) -> int:
        """How many resources the stack has in AWS after an apply."""
        return self.created + self.unchanged + self.updated + self.replaced + self.imported

    def __str__(self) -> str:
        counts = (
            (self.created, "created"),
            (self.imported, "imported"),
            (self.updated, "updated"),
            (self.replaced, "replaced"),
            (self.deleted, "deleted"),
        )
        did = [f"{number} {word}" for number, word in counts if number]
        did += [f"{self.unchanged} unchanged"] if self.unchanged or not did else []
        return f"{', '.join(did)} ({self.duration_s:.1f} s)"
