"""What a rule is, and what it looks at. Pure: nothing here knows Pulumi."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

UNKNOWN: Final = "[unknown]"
"""Stands for a value that AWS gives when the resource is made: it is given, and cannot be judged."""


class Level(StrEnum):
    """What a finding does: a mandatory one stops an apply, an advisory one is shown."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"


class Scope(StrEnum):
    """What a rule must see: one resource, one stack, or all stacks of the environment (`estate policy` alone)."""

    RESOURCE = "resource"
    STACK = "stack"
    ENVIRONMENT = "environment"


@dataclass(frozen=True)
class Subject:
    """One resource as the program declares it. `props` in camel case; what is not known yet is UNKNOWN."""

    type: str
    name: str
    props: Mapping[str, Any] = field(default_factory=dict)
    urn: str = ""
    stack: str = ""
    region: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    protect: bool = False
    source: str = ""

    @property
    def environment(self) -> str:
        """The environment's name: the stack's first word."""
        return self.stack.partition("-")[0]

    @property
    def production(self) -> bool:
        """True in production."""
        return self.environment == "production"

    def get(self, path: str, default: Any = None) -> Any:
        """Return the value at a path like `forward.targetGroups.0.weight`, or the default."""
        value: Any = self.props
        for part in path.split("."):
            if isinstance(value, Mapping) and part in value:
                value = value[part]
            elif (
                isinstance(value, Sequence) and not isinstance(value, str) and part.isdigit() and int(part) < len(value)
            ):
                value = value[int(part)]
            else:
                return default
        return default if value == UNKNOWN else value


Finding = tuple[Subject, str]
"""What breaks a rule, and how."""

Check = Callable[[Sequence[Subject]], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """What must hold, why, and the controls that it stands for (AWS FSBP, CIS, the specification's section)."""

    id: str
    title: str
    reason: str
    controls: tuple[str, ...]
    level: Level
    scope: Scope
    types: frozenset[str]
    """The types it looks at; empty: all."""
    check: Check

    def findings(self, subjects: Iterable[Subject]) -> list[Finding]:
        """Return what breaks the rule among the subjects."""
        return list(self.check([s for s in subjects if not self.types or s.type in self.types]))


RULES: Final[dict[str, Rule]] = {}


def _remember(rule: Rule) -> None:
    assert rule.id not in RULES, f"two rules have the id {rule.id}"
    RULES[rule.id] = rule


def resource_rule(
    rule_id: str,
    title: str,
    *types: str,
    reason: str,
    controls: Sequence[str],
    level: Level = Level.MANDATORY,
) -> Callable[[Callable[[Subject], Iterator[str]]], Callable[[Subject], Iterator[str]]]:
    """Register a rule that looks at one resource: the function yields what is wrong with it, in words."""

    def decorate(function: Callable[[Subject], Iterator[str]]) -> Callable[[Subject], Iterator[str]]:
        def check(subjects: Sequence[Subject]) -> Iterator[Finding]:
            return ((subject, problem) for subject in subjects for problem in function(subject))

        _remember(Rule(rule_id, title, reason, tuple(controls), level, Scope.RESOURCE, frozenset(types), check))
        return function

    return decorate


def group_rule(
    rule_id: str,
    title: str,
    *types: str,
    reason: str,
    controls: Sequence[str],
    level: Level = Level.MANDATORY,
    scope: Scope = Scope.STACK,
) -> Callable[[Check], Check]:
    """Register a rule that looks at all resources of a stack, or of the environment, together."""

    def decorate(function: Check) -> Check:
        _remember(Rule(rule_id, title, reason, tuple(controls), level, scope, frozenset(types), function))
        return function

    return decorate
