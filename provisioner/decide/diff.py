"""What differs between the inputs that were applied and those that the program gives now; property paths. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from provisioner.values import Secret, Unknown, plain

_SEGMENT: Final = re.compile(r"""\["([^"]*)"\]|\[(\d+|\*)\]|([^.\[\]"]+)""")

Path = tuple[str, ...]
"""A property path in its parts: `actions[0].type` is ("actions", "0", "type")."""


def changed_properties(old: dict[str, Any], new: dict[str, Any], ignored: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the paths (`versioning.enabled`, `actions[0].type`) at which `new` differs from `old`, sorted.

    Secrets are compared by what they hold. A path in `ignored` (Pulumi's `ignoreChanges`; `*` stands for any element)
    hides itself and all below it. An unknown differs from everything.
    """
    hidden = [segments(path) for path in ignored]
    found: list[Path] = []
    for name in old.keys() | new.keys():
        one, other = old.get(name), new.get(name)
        if one != other:
            _walk(plain(one), plain(other), (name,), hidden, found)
    return tuple(sorted(path_text(path) for path in found))


def segments(path: str) -> Path:
    """Return a property path in its parts."""
    return tuple(quoted or index or name for quoted, index, name in _SEGMENT.findall(path))


def path_text(path: Path) -> str:
    """Return the path as people write it."""
    text = ""
    for segment in path:
        if segment.isdigit():
            text += f"[{segment}]"
        elif not segment.replace("_", "").replace("-", "").isalnum():
            text += f'["{segment}"]'
        else:
            text += f".{segment}" if text else segment
    return text


def covers(pattern: Path, path: Path) -> bool:
    """Say whether the pattern (`*` stands for any one part) names the path, or something above it."""
    return len(path) >= len(pattern) > 0 and all(p in ("*", s) for p, s in zip(pattern, path, strict=False))


def top_level(paths: Iterable[str]) -> frozenset[str]:
    """Return the inputs in which the paths lie."""
    return frozenset(segments(path)[0] for path in paths)


def keep_ignored(old: dict[str, Any], new: dict[str, Any], ignored: Sequence[str]) -> dict[str, Any]:
    """Return `new` with what `old` has at each of the ignored paths: what old lacks there, the result lacks too.

    A path that crosses a list takes the elements that both have; a list that `*` crosses keeps the length of `new`.
    """
    merged = new
    for path in ignored:
        merged = _kept(old, merged, segments(path))
    return merged


_ABSENT: Final = object()


def _kept(old: Any, new: Any, path: Path) -> Any:
    """Return `new` with old's value at the path. Neither is changed."""
    if isinstance(new, Secret):
        inner = old.value if isinstance(old, Secret) else old
        kept = _kept(inner, new.value, path)
        return old if isinstance(old, Secret) and kept is inner else Secret(kept)
    if isinstance(old, Secret):
        old = old.value
    head, rest = path[0], path[1:]
    if isinstance(new, dict):
        names = [*(old if isinstance(old, dict) else {}), *new] if head == "*" else [head]
        result = dict(new)
        for name in dict.fromkeys(names):
            before = old.get(name, _ABSENT) if isinstance(old, dict) else _ABSENT
            _set(result, name, _value_at(before, new.get(name, _ABSENT), rest))
        return result
    if isinstance(new, list) and isinstance(old, list):
        both = range(min(len(old), len(new)))
        chosen = both if head == "*" else [index for index in both if str(index) == head]
        items = list(new)
        for index in chosen:
            items[index] = old[index] if not rest else _kept(old[index], new[index], rest)
        return items
    return new


def _value_at(before: Any, now: Any, rest: Path) -> Any:
    if not rest:
        return before
    if now is _ABSENT or before is _ABSENT:
        return now
    return _kept(before, now, rest)


def _set(values: dict[str, Any], name: str, value: Any) -> None:
    if value is _ABSENT:
        values.pop(name, None)
    else:
        values[name] = value


def _walk(old: Any, new: Any, path: Path, hidden: list[Path], found: list[Path]) -> None:
    if any(covers(pattern, path) for pattern in hidden):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old.keys() | new.keys():
            _walk(old.get(name), new.get(name), (*path, name), hidden, found)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            _walk(one, other, (*path, str(index)), hidden, found)
    elif isinstance(new, Unknown) or old != new:
        found.append(path)
