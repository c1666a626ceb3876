"""Between the provider's camel case and AWS's own names, by botocore's models: which member a property means, and back.

Names are matched without regard to case (`kmsKeyId` is `KMSKeyId`), then with an `s` more or less (Terraform's blocks
are in the plural). Values take the form that the model wants. Pure.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

Names = Mapping[str, str]
"""Irregular names: the property's path from the resource (`rules.priority`, list elements not counted) → AWS's name."""

_WORD: Final = re.compile(r"[A-Z]+s?(?=[A-Z][a-z]|$|_)|[A-Z]?[a-z0-9]+|[A-Z]+[0-9]*|[0-9]+")
_JSON_STARTS: Final = ("{", "[")


def property_name(member: str) -> str:
    """Return the provider's name of a member: `KMSMasterKeyID` → `kmsMasterKeyId`, `DBName` → `dbName`."""
    words = [word.lower() for word in _WORD.findall(member)]
    return "".join([*words[:1], *(word.capitalize() for word in words[1:])])


def member_of(shape: Any, name: str) -> str | None:
    """Return the structure's member that the property means, or None."""
    members = getattr(shape, "members", {})
    if name in members:
        return name
    folded = {member.lower(): member for member in members}
    wanted = name.lower()
    for candidate in (wanted, f"{wanted}s", wanted.removesuffix("s"), re.sub("ies$", "y", wanted)):
        if candidate in folded:
            return str(folded[candidate])
    return None


def to_aws(value: Any, shape: Any, names: Names, path: str = "") -> Any:
    """Return the value as the model's shape takes it. Raises ValueError for a property that the shape has no member
    for: nothing that a program says is dropped.

    One block may stand for a list of one, and the other way; a list for CloudFront's `{Quantity, Items}`; a number or
    a truth value for its text; a structure for its JSON text.
    """
    kind = getattr(shape, "type_name", None)
    if kind == "structure":
        return _structure(value, shape, names, path)
    if kind == "list":
        items = value if isinstance(value, list) else [value]
        return [to_aws(item, shape.member, names, path) for item in items]
    if kind == "map":
        return {key: to_aws(item, shape.value, names, path) for key, item in value.items()}
    return _scalar(value, kind)


def _structure(value: Any, shape: Any, names: Names, path: str) -> Any:
    if isinstance(value, list):
        if {"Quantity", "Items"} <= shape.members.keys():
            items = to_aws(value, shape.members["Items"], names, path)
            return {"Quantity": len(value), "Items": items} if items else {"Quantity": 0}
        return to_aws(value[0], shape, names, path) if value else {}
    result: dict[str, Any] = {}
    for name, item in value.items():
        if item is None:
            continue
        inner = f"{path}.{name}" if path else name
        member = names.get(inner) or member_of(shape, name)
        if member is None or member not in shape.members:
            raise ValueError(f"AWS's {shape.name} has no member for the property {inner}")
        result[member] = to_aws(item, shape.members[member], names, inner)
    return result


def _scalar(value: Any, kind: str | None) -> Any:
    if kind == "string" and not isinstance(value, str):
        structure = isinstance(value, (dict, list))
        return json.dumps(value) if structure else str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, str):
        return _READERS.get(kind or "", str)(value)
    return float(value) if kind in ("double", "float") and isinstance(value, int) else value


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "integer": int,
    "long": int,
    "double": float,
    "float": float,
    "boolean": lambda text: text == "true",
    "blob": str.encode,
}


def to_properties(value: Any, names: Names, path: str = "") -> Any:
    """Return what AWS described under the provider's names; maps of the caller's own keys are left to `names`' owner.

    `{Quantity, Items}` becomes its list; a time its ISO text; what is None is left out.
    """
    if isinstance(value, dict):
        if "Quantity" in value and value.keys() <= {"Quantity", "Items"}:
            return [to_properties(item, names, path) for item in value.get("Items", [])]
        result = {}
        for member, item in value.items():
            if item is not None:
                name = _renamed(names, path, member) or property_name(member)
                result[name] = to_properties(item, names, f"{path}.{name}" if path else name)
        return result
    if isinstance(value, list):
        return [to_properties(item, names, path) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _renamed(names: Names, path: str, member: str) -> str | None:
    for inner, aws_name in names.items():
        parent, _, name = inner.rpartition(".")
        if parent == path and aws_name == member:
            return name
    return None


def as_given(observed: Any, known: Any, whole: frozenset[str] = frozenset({"tags", "tagsAll"})) -> Any:
    """Return what was observed in the form in which the program gave it, so that equal things compare as equal.

    Lists that hold the same are in the order known; `"5"` is 5 where 5 was given; JSON texts that say the same are the
    text known; what a nested block leaves to AWS is left out (not in the properties named by `whole`); a name that
    differs in case alone (`cloudWatchRoleArn`) is the one known. Where nothing is known, things stay as they are.
    """
    if isinstance(observed, dict) and isinstance(known, dict):
        observed = _named(observed, known)
        return {
            name: (item if name in whole else _nested(item, known[name])) if name in known else item
            for name, item in observed.items()
        }
    return _nested(observed, known)


def _nested(observed: Any, known: Any) -> Any:
    if isinstance(known, dict):
        if isinstance(observed, list) and len(observed) == 1:
            observed = observed[0]
        if isinstance(observed, dict):
            named = _named(observed, known)
            return {name: _nested(item, known[name]) for name, item in named.items() if name in known}
        return observed
    if isinstance(known, list):
        if isinstance(observed, dict) and len(known) == 1:
            observed = [observed]
        return _ordered(observed, known) if isinstance(observed, list) else observed
    return _same_scalar(observed, known)


def _named(observed: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    folded = {name.lower(): name for name in known}
    return {name if name in known else folded.get(name.lower(), name): item for name, item in observed.items()}


def _ordered(observed: list[Any], known: list[Any]) -> list[Any]:
    left = list(observed)
    ordered = []
    for wanted in known:
        match = next((item for item in left if _nested(item, wanted) == wanted), None)
        if match is not None:
            left.remove(match)
            ordered.append(wanted)
    if len(ordered) == len(known) == len(observed):
        return ordered
    if len(observed) == len(known):
        return [_nested(item, wanted) for item, wanted in zip(observed, known, strict=True)]
    return observed


def _same_scalar(observed: Any, known: Any) -> Any:
    if observed == known or known is None:
        return known if observed == known else observed
    if isinstance(observed, (bool, int, float, str)) and str(observed).lower() == str(known).lower():
        return known if not (isinstance(observed, str) and isinstance(known, str)) else observed
    if isinstance(known, str) and known.lstrip().startswith(_JSON_STARTS):
        return known if _json(observed) == _json(known) else observed
    return observed


def _json(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
