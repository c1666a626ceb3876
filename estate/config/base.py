"""What all sections share: strict structs, and the error that names file, line, key, limit and remedy."""

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

LineOf = Callable[[str], int | None]
"""Gives the line of a key's path, where the data came from a file."""


class ConfigError(Exception):
    """An environment file is wrong.

    Fields: file; line, where it is known; key (a path like `regions.us-east-1.vpc_cidr`); problem, which says the
    value; limit (what may stand there) and source (whose limit it is, and where that is written), where there is one;
    remedy.
    """

    def __init__(
        self,
        *,
        file: str,
        key: str,
        problem: str,
        remedy: str,
        limit: str | None = None,
        source: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__()
        self.file, self.line, self.key, self.problem = file, line, key, problem
        self.limit, self.source, self.remedy = limit, source, remedy

    def __str__(self) -> str:
        """Return all of it in one line."""
        allowed = f" Limit: {self.rule}." if self.rule else ""
        return f"{self.where}: {self.key + ': ' if self.key else ''}{self.problem}.{allowed} {self.remedy}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Make it anew where it crosses processes."""
        return _remade, (self.__dict__,)

    @property
    def where(self) -> str:
        """The file, with the line where it is known."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    @property
    def rule(self) -> str | None:
        """The limit with its source."""
        if self.limit is None:
            return None
        return f"{self.limit} ({self.source})" if self.source else self.limit

    def located(self, line_of: LineOf) -> "ConfigError":
        """Return the error with the line of its key."""
        line = line_of(self.key) if self.line is None else self.line
        return _remade({**self.__dict__, "line": line})


def _remade(fields: dict[str, Any]) -> ConfigError:
    return ConfigError(**fields)


def joined(above: str, name: object) -> str:
    """Return the path of a key below another; a name that would be misread there stands in quotes."""
    plain = isinstance(name, str) and re.fullmatch(r"[^\s\[\]\"]+", name) and name.isprintable()
    part = name if plain else json.dumps(name, default=str)
    return f"{above}.{part}" if above else str(part)


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all configuration: frozen, keyword only, unknown keys refused."""


def convert(data: Any, kind: type[T], *, file: str, remedy: str) -> T:
    """Return `data` (what a YAML file holds) as a `kind`. Raises ConfigError, which names the key by its whole path."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `")
        key = re.sub(r"^(key` in `)?\$\.?|`$", "", path)
        raise ConfigError(file=file, key=_named(data, kind, key, str(error)), problem=problem, remedy=remedy) from error


def _named(data: Any, kind: type[Any], key: str, said: str) -> str:
    """Return the key with each `[...]`, as msgspec writes a mapping's key, replaced by the one that is meant."""
    before, unnamed, after = key.partition("[...]")
    if not unnamed or "[" in before:
        return key
    for name, value in _at(data, before.split(".")).items():
        try:
            msgspec.convert(_with_only(data, before.split("."), {name: value}), kind)
        except msgspec.ValidationError as error:
            if str(error) == said:
                return _named(data, kind, f"{before}.{name}{after}", said)
    return key


def _at(data: Any, path: list[str]) -> dict[Any, Any]:
    for part in path:
        data = data.get(part, {})
    return dict(data)


def _with_only(data: Any, path: list[str], mapping: dict[Any, Any]) -> Any:
    """Return the data with that mapping at that path, and everything else as it was."""
    if not path:
        return mapping
    return {**data, path[0]: _with_only(data[path[0]], path[1:], mapping)}
