"""Holds what a file says against the table, field by field, before it becomes an Environment."""

import difflib
import types
import typing
from collections.abc import Mapping
from typing import Any, Final, get_args, get_origin

import msgspec

from estate.config.base import ConfigError, joined
from estate.config.limits.kinds import Limit, shown

SHAPE: Final = "estate/config: the fields of the file"
RENAMED: Final = {"born_as": "created_as"}
"""Fields that had another name before: old name → new name."""


def hold(data: Any, kind: type[Any], limits: Mapping[str, Limit], file: str) -> None:
    """Raise ConfigError at the first value that is not what its field takes: shape first, then the field's limit."""
    for key, pattern, wanted, value in _fields(data, kind, "", "", file):
        limit = limits[pattern] if wanted else limits.get(pattern)
        problem = limit.why_not(value) if limit else None
        if limit and problem:
            raise ConfigError(
                file=file,
                key=key,
                problem=problem,
                limit=limit.words,
                source=limit.source,
                remedy=f"Write for instance {limit.example}" if limit.example else "Change it",
            )


Field = tuple[str, str, bool, Any]
"""A key's path, its pattern (names and places replaced by `*`), whether the table must know it, and its value."""


def _fields(data: Any, kind: Any, key: str, pattern: str, file: str) -> typing.Iterator[Field]:
    """Yield all that the table may speak of, in the file's order of fields: names of mappings too."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from _of_struct(data, kind, key, pattern, file)
    elif get_origin(kind) is dict:
        _check_shape(data, dict, "a mapping", key, file)
        yield key, pattern, False, data
        for name, value in data.items():
            yield joined(key, name), f"{pattern}.*", True, name
            of_value = get_args(kind)[1]
            wanted = f"{pattern}.*" if _is_shaped(of_value) else f"{pattern}.*:"
            yield from _fields(value, of_value, joined(key, name), wanted, file)
    elif get_origin(kind) is list:
        _check_shape(data, list, "a list", key, file)
        for place, value in enumerate(data):
            yield from _fields(value, get_args(kind)[0], f"{key}[{place}]", f"{pattern}[]", file)
        yield key, pattern, True, data
    else:
        yield key, pattern, True, data


def _of_struct(data: Any, kind: type[msgspec.Struct], key: str, pattern: str, file: str) -> typing.Iterator[Field]:
    _check_shape(data, dict, "a mapping", key, file)
    fields = msgspec.structs.fields(kind)
    names = [field.name for field in fields]
    for name in data:
        if name not in names:
            close = [RENAMED[name]] if name in RENAMED else difflib.get_close_matches(name, names, n=1)
            raise ConfigError(
                file=file,
                key=joined(key, name),
                problem="there is no such field",
                limit=f"the fields are {', '.join(names)}",
                source=SHAPE,
                remedy=f"Write {close[0]}" if close else "Remove it",
            )
    for field in fields:
        if field.name in data:
            value = data[field.name]
            yield from _fields(value, field.type, joined(key, field.name), joined(pattern, field.name), file)
        elif field.required:
            raise ConfigError(
                file=file,
                key=joined(key, field.name),
                problem="it is missing",
                limit="every field without a default must be there",
                source=SHAPE,
                remedy="Add it, as another environment has it",
            )


def _check_shape(data: Any, kind: type, words: str, key: str, file: str) -> None:
    if not isinstance(data, kind):
        raise ConfigError(
            file=file,
            key=key,
            problem=f"{shown(data)} was found where {words} is required" if data is not None else f"{words} is missing",
            limit=words,
            source=SHAPE,
            remedy="Compare it with another environment's file",
        )


def _is_shaped(kind: Any) -> bool:
    return (isinstance(kind, type) and issubclass(kind, msgspec.Struct)) or get_origin(kind) in (dict, list)


def patterns(kind: Any, pattern: str = "") -> list[str]:
    """Return every pattern that the table must know: leaves, lists, and the names of mappings."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [
            each for field in msgspec.structs.fields(kind) for each in patterns(field.type, joined(pattern, field.name))
        ]
    if get_origin(kind) is dict:
        of_value = get_args(kind)[1]
        return [f"{pattern}.*", *patterns(of_value, f"{pattern}.*" if _is_shaped(of_value) else f"{pattern}.*:")]
    if get_origin(kind) is list:
        return [pattern, *patterns(get_args(kind)[0], f"{pattern}[]")]
    assert not isinstance(kind, types.GenericAlias), kind
    return [pattern]
