"""Runs the rules over a plan: what `estate plan` and `estate policy` show. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import policies.rules  # noqa: F401 - registers them
from policies.exceptions import Exemption
from policies.rule import RULES, Level, Rule, Scope, Subject


@dataclass(frozen=True)
class Violation:
    """A rule that a resource breaks; `exemption` is what excuses it, if anything does."""

    rule: str
    title: str
    level: Level
    stack: str
    resource: str
    type: str
    source: str
    problem: str
    reason: str
    controls: tuple[str, ...]
    exemption: Exemption | None = None


@dataclass(frozen=True)
class Report:
    """What the rules found. `unused` are exceptions that excuse nothing, `expired` those whose day has passed."""

    rules: int
    subjects: int
    violations: tuple[Violation, ...]
    unused: tuple[Exemption, ...]
    expired: tuple[Exemption, ...]

    def open(self, level: Level) -> list[Violation]:
        """Return what nothing excuses, of a level."""
        return [one for one in self.violations if one.level is level and one.exemption is None]

    @property
    def mandatory(self) -> int:
        """How many findings stop an apply."""
        return len(self.open(Level.MANDATORY))

    @property
    def advisory(self) -> int:
        """How many findings are only shown."""
        return len(self.open(Level.ADVISORY))


def evaluate(
    subjects: Sequence[Subject], exemptions: Sequence[Exemption], today: date, *, whole: bool = True
) -> Report:
    """Return what breaks which rule. Stack rules see one stack at a time, environment rules everything.

    `whole` is False when some stacks are missing: then environment rules and unused exceptions are left out.
    """
    rules = [rule for rule in RULES.values() if whole or rule.scope is not Scope.ENVIRONMENT]
    violations = [
        _violation(rule, subject, problem, exemptions, today)
        for rule in rules
        for group in _groups(rule, subjects)
        for subject, problem in rule.findings(group)
    ]
    used = {id(one.exemption) for one in violations if one.exemption}
    here = [one for one in exemptions if any(one.is_of(name) for name in {subject.environment for subject in subjects})]
    return Report(
        rules=len(RULES),
        subjects=len(subjects),
        violations=tuple(violations),
        unused=tuple(one for one in here if whole and id(one) not in used and today <= one.expires),
        expired=tuple(one for one in here if today > one.expires),
    )


def _groups(rule: Rule, subjects: Sequence[Subject]) -> list[list[Subject]]:
    """Return what the rule sees at a time: everything, or one stack after the other."""
    if rule.scope is Scope.ENVIRONMENT:
        return [list(subjects)]
    stacks: dict[str, list[Subject]] = {}
    for subject in subjects:
        stacks.setdefault(subject.stack, []).append(subject)
    return list(stacks.values())


def _violation(rule: Rule, subject: Subject, problem: str, exemptions: Sequence[Exemption], today: date) -> Violation:
    return Violation(
        rule=rule.id,
        title=rule.title,
        level=rule.level,
        stack=subject.stack,
        resource=subject.name,
        type=subject.type,
        source=subject.source,
        problem=problem,
        reason=rule.reason,
        controls=rule.controls,
        exemption=next((one for one in exemptions if one.covers(rule.id, subject, today)), None),
    )
