"""Exceptions as data: each has a reason, an owner and a day on which it ends."""

from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import msgspec

from estate.config.base import ConfigError, LineOf
from estate.yaml_file import read_as
from policies.rule import RULES, Subject

FILE: Final = Path(__file__).parent / "exceptions.yaml"


class ExceptionsError(Exception):
    """The file of exceptions is wrong: a key, a rule that does not exist, or a reason that is missing."""


class Exemption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One exception: `resource` is a resource's name or a pattern (`*`), `environments` where it holds (or all)."""

    rule: str
    resource: str
    environments: list[str] | None = None
    reason: str
    owner: str
    expires: date

    def covers(self, rule_id: str, subject: Subject, today: date) -> bool:
        """Return whether the finding of this rule on this resource is excused today."""
        return (
            self.rule == rule_id
            and today <= self.expires
            and self.is_of(subject.environment)
            and fnmatchcase(subject.name, self.resource)
        )

    def is_of(self, environment: str) -> bool:
        """Return whether it holds in this environment."""
        return self.environments is None or environment in self.environments


def read_exemptions(path: Path = FILE) -> tuple[Exemption, ...]:
    """Return the exceptions of a file. Raises ExceptionsError, which names file, line and what is wrong."""
    file = f"{path.parent.name}/{path.name}"
    remedy = "Each has rule, resource, reason, owner, expires"
    try:
        exemptions, line_of = read_as(path, file, tuple[Exemption, ...], remedy=remedy, empty=[])
    except ConfigError as error:
        raise ExceptionsError(str(error)) from error
    _check(exemptions, file, line_of)
    return exemptions


def _check(exemptions: Sequence[Exemption], file: str, line_of: LineOf) -> None:
    import policies.rules  # noqa: F401 - registers them

    for place, one in enumerate(exemptions):
        where = f"{file}:{line_of(f'[{place}]')}"
        if one.rule not in RULES:
            raise ExceptionsError(f"{where}: there is no rule {one.rule}")
        if not (one.reason.strip() and one.owner.strip()):
            raise ExceptionsError(f"{where}: the exception of {one.resource} to {one.rule} needs a reason and an owner")
