"""What all sections share: strict structs, and the error that names file, key and remedy."""

import re
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class ConfigError(Exception):
    """An environment file is wrong. Fields: file, key (a path like `regions.us-east-1.vpc_cidr`), problem, remedy."""

    def __init__(self, *, file: str, key: str, problem: str, remedy: str) -> None:
        super().__init__(f"{file}: {key + ': ' if key else ''}{problem}. {remedy}")
        self.file, self.key, self.problem, self.remedy = file, key, problem, remedy


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
