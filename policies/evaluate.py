"""Runs the rules over a plan: what `estate plan` and `estate policy` show. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import policies.rules  # noqa: F401 - registers them
from policies.exceptions import Exemption
from policies.rule import RULES, Level, Scope, Subject


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
    stacks: dict[str, list[Subject]] = {}
    for subject in subjects:
        stacks.setdefault(subject.stack, []).append(subject)
    violations = []
    for rule in RULES.values():
        if rule.scope is Scope.ENVIRONMENT and not whole:
            continue
        groups = [list(subjects)] if rule.scope is Scope.ENVIRONMENT else list(stacks.values())
        for subject, problem in (finding for group in groups for finding in rule.findings(group)):
            exemption = next((one for one in exemptions if one.covers(rule.id, subject, today)), None)
            violations.append(
                Violation(
                    rule.id,
                    rule.title,
                    rule.level,
                    subject.stack,
                    subject.name,
                    subject.type,
                    subject.source,
                    problem,
                    rule.reason,
                    rule.controls,
                    exemption,
                )
            )
    used = {id(one.exemption) for one in violations if one.exemption}
    here = [one for one in exemptions if any(one.is_of(name) for name in {subject.environment for subject in subjects})]
    return Report(
        rules=len(RULES),
        subjects=len(subjects),
        violations=tuple(violations),
        unused=tuple(one for one in here if whole and id(one) not in used and today <= one.expires),
        expired=tuple(one for one in here if today > one.expires),
    )
