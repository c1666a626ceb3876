"""What CloudFront refuses of a distribution's configuration: letters in names and paths, unknown origins. Pure.

Source: CloudFront's developer guide, "All distribution settings reference" (path pattern, default root object, origin
path, header names, alternate domain names).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_NAME: Final = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_PATTERN: Final = re.compile(r"""[A-Za-z0-9_.*$/~"'@:+&?-]{1,255}""")
_ROOT: Final = re.compile(r"""[A-Za-z0-9_.*$~"'-][A-Za-z0-9_.*$/~"'-]{0,254}""")
_PATH: Final = re.compile(r"""(/[A-Za-z0-9_.*$/~"'@:+&-]*[^/])?""")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")

Problem = tuple[str, str]
"""AWS's error code, and a message."""


def problem(config: Mapping[str, Any]) -> Problem | None:
    """Return what CloudFront has against a configuration, None when it takes it."""
    return next(_problems(config), None)


def has_control_characters(value: Any) -> bool:
    """Return whether a text anywhere in a document would end a line, or is no text at all."""
    if isinstance(value, Mapping):
        return any(map(has_control_characters, value.values()))
    if isinstance(value, list | tuple):
        return any(map(has_control_characters, value))
    return isinstance(value, str) and bool(_CONTROL.search(value))


def _problems(config: Mapping[str, Any]) -> Iterator[Problem]:
    if has_control_characters(config):
        yield "InvalidArgument", "A value contains characters that are not valid."
    if (root := config.get("DefaultRootObject")) and not _ROOT.fullmatch(root):
        yield (
            "InvalidDefaultRootObject",
            "The default root object is too long or has an invalid character.",
        )
    for alias in _items(config, "Aliases"):
        if not _NAME.fullmatch(alias):
            yield "InvalidArgument", f"The alternate domain name is not valid: {alias}"
    origins = _items(config, "Origins")
    for origin in origins:
        yield from _origin_problems(origin)
    known = {one["Id"] for one in (*origins, *_items(config, "OriginGroups"))}
    for behaviour in behaviours(config):
        if behaviour.get("TargetOriginId") not in known:
            yield "NoSuchOrigin", "One or more of your origins or origin groups do not exist."
        if (pattern := behaviour.get("PathPattern")) is not None and not _PATTERN.fullmatch(pattern):
            yield "InvalidArgument", f"The parameter PathPattern contains an invalid character: {pattern}"


def behaviours(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the cache behaviours of a configuration, the default one first."""
    return [config.get("DefaultCacheBehavior") or {}, *_items(config, "CacheBehaviors")]


def _origin_problems(origin: Mapping[str, Any]) -> Iterator[Problem]:
    if not _NAME.fullmatch(origin["DomainName"]):
        yield "InvalidArgument", "The parameter origin name must be a domain name."
    if not _PATH.fullmatch(origin.get("OriginPath") or ""):
        yield "InvalidArgument", "The parameter OriginPath must begin with / and contain valid characters alone."
    for header in _items(origin, "CustomHeaders"):
        if not _HEADER.fullmatch(header["HeaderName"]):
            yield "InvalidArgument", f"The parameter HeaderName contains an invalid character: {header['HeaderName']}"


def _items(of: Mapping[str, Any], name: str) -> list[Any]:
    items: list[Any] = (of.get(name) or {}).get("Items") or []
    return items
