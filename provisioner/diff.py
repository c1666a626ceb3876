"""What differs between the inputs that were applied and those that the program gives now. Pure."""

import re
from typing import Any, Final

from provisioner.values import Unknown, plain

_SEGMENT: Final = re.compile(r"""\["([^"]*)"\]|\[(\d+|\*)\]|([^.\[\]"]+)""")


def changed_properties(old: dict[str, Any], new: dict[str, Any], ignored: tuple[str, ...]) -> tuple[str, ...]:
    """Return the paths (`versioning.enabled`, `actions[0].type`) at which `new` differs from `old`, sorted.

    Secrets are compared by what they hold. A path in `ignored` (Pulumi's `ignoreChanges`; `*` stands for any element)
    hides itself and all below it.
    """
    hidden = [_segments(path) for path in ignored]
    found: list[str] = []
    _walk(plain(old), plain(new), (), hidden, found)
    return tuple(sorted(found))


def _segments(path: str) -> tuple[str, ...]:
    return tuple(quoted or index or name for quoted, index, name in _SEGMENT.findall(path))


def _walk(old: Any, new: Any, path: tuple[str, ...], hidden: list[tuple[str, ...]], found: list[str]) -> None:
    if any(_covers(pattern, path) for pattern in hidden):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old.keys() | new.keys():
            _walk(old.get(name), new.get(name), (*path, name), hidden, found)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            _walk(one, other, (*path, str(index)), hidden, found)
    elif isinstance(new, Unknown) or old != new:
        found.append(_text(path))


def _covers(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    return len(path) >= len(pattern) > 0 and all(p in ("*", s) for p, s in zip(pattern, path, strict=False))


def _text(path: tuple[str, ...]) -> str:
    text = ""
    for segment in path:
        text += f"[{segment}]" if segment.isdigit() else f".{segment}" if text else segment
    return text
