"""What is found in AWS beside what was applied: the differences that mean something. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from provisioner.decide.diff import Path, covers, path_text, segments
from provisioner.values import Secret, has_secret, plain

HIDDEN: Final = "[secret]"
AWS_TAGS: Final = "aws:"
"""AWS sets tags of its own under names that begin so."""


@dataclass(frozen=True)
class Difference:
    """A property that is not as it was applied; `expected` and `found` None: it is not there. Never a secret."""

    path: str
    expected: Any
    found: Any


@dataclass(frozen=True)
class Drift:
    """A resource that is not as it was applied: `missing`, or `changed` in these properties. Holds no secret."""

    urn: str
    type: str
    kind: Literal["changed", "missing"]
    properties: tuple[Difference, ...] = ()


def differences(
    inputs: Mapping[str, Any],
    read: Mapping[str, Any],
    *,
    ignored: Sequence[str] = (),
    unordered: frozenset[str] = frozenset(),
    taggable: bool = False,
) -> list[Difference]:
    """Return where `read` differs from `inputs`, for the keys that both have, at any depth.

    Secret inputs and ignored paths are left out; JSON texts are compared as JSON; a number and its text are equal;
    `unordered` names top-level inputs whose lists have no order. Of tags all are compared, those that AWS sets apart.
    """
    hidden = [segments(path) for path in ignored]
    found: list[Difference] = []
    for name in sorted(inputs.keys() & read.keys()):
        if taggable and name in ("tags", "tagsAll"):
            continue
        if not has_secret(inputs[name]):
            one, other = inputs[name], plain(read[name])
            found += _compare(one, other, (name,), hidden, loose=name in unordered)
    if taggable:
        found += _compare_tags(inputs, read, hidden)
    return found


def _compare(expected: Any, found: Any, path: Path, hidden: list[Path], *, loose: bool) -> Iterator[Difference]:
    if any(covers(pattern, path) for pattern in hidden) or equal(expected, found, loose=loose):
        return
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in sorted(expected.keys() & found.keys()):
            yield from _compare(expected[name], found[name], (*path, name), hidden, loose=loose)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found) and not loose:
        for index, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from _compare(one, other, (*path, str(index)), hidden, loose=loose)
    else:
        yield Difference(path_text(path), expected, found)


def _compare_tags(inputs: Mapping[str, Any], read: Mapping[str, Any], hidden: list[Path]) -> Iterator[Difference]:
    """Compare all tags where the reading has all; else the resource's own, and default tags only if they differ."""
    own, everything = plain(inputs.get("tags") or {}), plain(inputs.get("tagsAll") or inputs.get("tags") or {})
    seen = read.get("tagsAll", read.get("tags"))
    hidden = [("tags", *pattern[1:]) if pattern[:1] == ("tagsAll",) else pattern for pattern in hidden]
    if not isinstance(seen, dict):
        return
    whole = "tagsAll" in read
    for name in sorted(everything.keys() | seen.keys()):
        default_unseen = not whole and name not in own and name not in seen
        if name.startswith(AWS_TAGS) or default_unseen or any(covers(pattern, ("tags", name)) for pattern in hidden):
            continue
        if everything.get(name) != seen.get(name):
            yield Difference(path_text(("tags", name)), everything.get(name), seen.get(name))


def equal(expected: Any, found: Any, *, loose: bool = False) -> bool:
    """Say whether two values mean the same. What only one map has means nothing; `loose`: nor does order."""
    if isinstance(expected, Secret):
        return True
    if isinstance(expected, dict) and isinstance(found, dict):
        return all(equal(expected[name], found[name], loose=loose) for name in expected.keys() & found.keys())
    if isinstance(expected, list) and isinstance(found, list):
        same = _same_members if loose else _same_sequence
        return same(expected, found)
    return _same_simple(expected, found)


def _same_simple(expected: Any, found: Any) -> bool:
    if isinstance(expected, str) and isinstance(found, str):
        return expected == found or _same_json(expected, found)
    if isinstance(expected, bool) or isinstance(found, bool):
        return str(expected).lower() == str(found).lower()
    if isinstance(expected, int | float | str) and isinstance(found, int | float | str):
        return bool(_number(expected) == _number(found))
    return bool(expected == found)


def _same_sequence(expected: list[Any], found: list[Any]) -> bool:
    return len(expected) == len(found) and all(map(equal, expected, found))


def _same_members(expected: list[Any], found: list[Any]) -> bool:
    if len(expected) != len(found):
        return False
    rest = list(found)
    for one in expected:
        match = next((index for index, other in enumerate(rest) if equal(one, other, loose=True)), None)
        if match is None:
            return False
        del rest[match]
    return True


def _same_json(one: str, other: str) -> bool:
    if not (one.lstrip()[:1] in ("{", "[") and other.lstrip()[:1] in ("{", "[")):
        return False
    try:
        return bool(msgspec.json.decode(one) == msgspec.json.decode(other))
    except msgspec.DecodeError:
        return False


def _number(value: Any) -> Any:
    try:
        return float(value)
    except ValueError:
        return value


def value_at(value: Any, path: Path) -> Any:
    """Return what is at the path; None where nothing is."""
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def replaced(value: Any, path: Path, found: Any) -> Any:
    """Return the value with `found` at the path; None there: without it. The value itself is not changed."""
    if not path:
        return found
    head, rest = path[0], path[1:]
    if isinstance(value, list):
        items = list(value)
        items[int(head)] = replaced(items[int(head)], rest, found)
        return items
    values = dict(value or {})
    values[head] = replaced(values.get(head), rest, found)
    return {name: one for name, one in values.items() if one is not None}
