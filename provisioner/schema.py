"""Finds what a resource's inputs have wrong, before anything is asked of AWS: names, types, what is missing.

The source is the installed pulumi_aws: its argument classes say every input's wire name and type. Where the SDK takes
any string beside an enumeration (as pulumi_aws does everywhere), so does this.
"""

import difflib
from collections import abc
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, partial
from typing import Any, Final, get_args, get_origin

import pulumi

from provisioner.sdk_types import PROVIDER_TYPE, Shape, alternatives, parsed_provider_inputs, shape_of, shape_of_class
from provisioner.values import Secret, Unknown

ALWAYS: Final = frozenset({"region", "tagsAll", "__defaults", "__internal"})
"""Inputs that any resource may have: the engine's own, and those that a provider's inputs stand for."""


@dataclass(frozen=True)
class Problem:
    """What is wrong at one place of a resource's inputs. `path` is Pulumi's: `rules[0].port`, `tags["a.b"]`."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


def problems(type: str, inputs: Mapping[str, Any]) -> list[str]:  # noqa: A002 - the word of Pulumi and of our handlers
    """Return what is wrong with the inputs of a resource of this type, one sentence a place; nothing wrong: none.

    Values are those of `provisioner.values`: an unknown is right everywhere, a secret where what it hides is.
    """
    return [str(problem) for problem in find_problems(type, inputs)]


def find_problems(token: str, inputs: Mapping[str, Any]) -> list[Problem]:
    """Return the problems as data. Types of other packages than `aws` have no schema here: nothing is wrong."""
    if token == PROVIDER_TYPE:
        inputs = parsed_provider_inputs(inputs)
    elif not token.startswith("aws:"):
        return []
    shape = shape_of(token)
    if shape is None:
        return [Problem("", f"{token} is no resource type of the installed pulumi_aws")]
    found: list[Problem] = []
    own = {name: value for name, value in inputs.items() if name not in ALWAYS or name in shape.annotations}
    _check_object(shape, own, "", found)
    return found


Check = Callable[[Any, str, list[Problem]], None]
"""Adds what is wrong with a value at a path to the list. The value is neither a secret nor unknown nor None."""


@cache
def _fields(shape: Shape) -> dict[str, Check]:
    """Return the check of each field's values."""
    return {name: _check_of(kind, shape.arguments.__module__) for name, kind in shape.annotations.items()}


def _check_object(shape: Shape, value: Any, path: str, found: list[Problem]) -> None:
    if not isinstance(value, dict):
        found.append(Problem(path, f"an object is expected, not {_described(value)}"))
        return
    fields = _fields(shape)
    for name, item in value.items():
        check = fields.get(name)
        if check is None:
            found.append(Problem(_below(path, name), f"there is no such input{_hint(name, value, fields.keys())}"))
        else:
            _checked(check, item, _below(path, name), found)
    for name in shape.required:
        if value.get(name) is None:
            found.append(Problem(_below(path, name), "is required"))


def _hint(name: str, given: Mapping[str, Any], fields: Collection[str]) -> str:
    head, *rest = name.split("_")
    guesses = [head + "".join(word.capitalize() for word in rest), f"{name}s", name.removesuffix("s")]
    known = [guess for guess in guesses if guess in fields]
    known += difflib.get_close_matches(name, [field for field in fields if field not in given], 1)
    return f"; did you mean {known[0]}?" if known else ""


def _checked(check: Check, value: Any, path: str, found: list[Problem]) -> None:
    while isinstance(value, Secret):
        value = value.value
    if value is not None and not isinstance(value, Unknown):
        check(value, path, found)


def _below(path: str, name: str) -> str:
    if not name.replace("_", "").isalnum():
        return f'{path}["{name}"]'
    return f"{path}.{name}" if path else name


@cache
def _check_of(annotation: Any, space: str) -> Check:
    """Return the check of a type as the SDK writes it; `space` is the module whose names it uses."""
    kinds = alternatives(annotation, space)
    if len(kinds) == 1:
        return _check_of_one(kinds[0], space)
    checks = [_check_of_one(kind, space) for kind in kinds]

    def check_any(value: Any, path: str, found: list[Problem]) -> None:
        attempts: list[list[Problem]] = []
        for check in checks:
            attempt: list[Problem] = []
            check(value, path, attempt)
            if not attempt:
                return
            attempts.append(attempt)
        deepest = max(attempts, key=lambda attempt: max(len(problem.path) for problem in attempt))
        found.extend(deepest)

    return check_any


def _check_of_one(kind: Any, space: str) -> Check:
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    origin = get_origin(kind)
    if origin is abc.Sequence:
        return _check_of_list(_check_of(get_args(kind)[0], space))
    if origin is abc.Mapping:
        return _check_of_map(_check_of(get_args(kind)[1], space))
    return _check_of_enum(kind) if issubclass(kind, Enum) else partial(_check_object, shape_of_class(kind))


def _check_of_list(check: Check) -> Check:
    def check_list(value: Any, path: str, found: list[Problem]) -> None:
        if not isinstance(value, list | tuple):
            found.append(Problem(path, f"a list is expected, not {_described(value)}"))
            return
        for index, item in enumerate(value):
            _checked(check, item, f"{path}[{index}]", found)

    return check_list


def _check_of_map(check: Check) -> Check:
    def check_map(value: Any, path: str, found: list[Problem]) -> None:
        if not isinstance(value, dict):
            found.append(Problem(path, f"a map is expected, not {_described(value)}"))
            return
        for name, item in value.items():
            _checked(check, item, _below(path, name), found)

    return check_map


def _check_of_enum(kind: type[Enum]) -> Check:
    values = [member.value for member in kind]

    def check_enum(value: Any, path: str, found: list[Problem]) -> None:
        if value not in values:
            found.append(Problem(path, f"{value!r} is none of {', '.join(map(str, values))}"))

    return check_enum


def _anything(value: Any, path: str, found: list[Problem]) -> None:
    """Anything is right."""


def _check_asset(value: Any, path: str, found: list[Problem]) -> None:
    if isinstance(value, str | bool | int | float | list | dict):
        found.append(Problem(path, f"an asset or archive is expected, not {_described(value)}"))


def _check_text(value: Any, path: str, found: list[Problem]) -> None:
    if not isinstance(value, str):
        found.append(Problem(path, f"a string is expected, not {_described(value)}"))


def _check_bool(value: Any, path: str, found: list[Problem]) -> None:
    if not isinstance(value, bool):
        found.append(Problem(path, f"true or false is expected, not {_described(value)}"))


def _check_int(value: Any, path: str, found: list[Problem]) -> None:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if not whole or isinstance(value, bool):
        found.append(Problem(path, f"an integer is expected, not {_described(value)}"))


def _check_float(value: Any, path: str, found: list[Problem]) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        found.append(Problem(path, f"a number is expected, not {_described(value)}"))


_SIMPLE: Final[Mapping[Any, Check]] = {
    Any: _anything,
    pulumi.Asset: _check_asset,
    pulumi.Archive: _check_asset,
    str: _check_text,
    bool: _check_bool,
    int: _check_int,
    float: _check_float,
}


def _described(value: Any) -> str:
    """Return what a value is, never the value: it may be a secret."""
    words = {
        bool: "a truth value",
        int: "an integer",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "a map",
    }
    return words.get(type(value), f"a {type(value).__name__}")
