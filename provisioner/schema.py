"""Finds what a resource's inputs have wrong, before anything is asked of AWS: names, types, what is missing.

The source is the installed pulumi_aws: its argument classes say every input's wire name and type. Where the SDK takes
any string beside an enumeration (as pulumi_aws does everywhere), so does this.
"""

import difflib
import importlib
from collections import abc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from inspect import Parameter, signature
from threading import RLock
from typing import Any, Final, ForwardRef, Union, get_args, get_origin

import msgspec
import pulumi

from provisioner.values import Secret, Unknown

PROVIDER_TYPE: Final = "pulumi:providers:aws"
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
    shape.check(
        {name: value for name, value in inputs.items() if name not in ALWAYS or name in shape.fields}, "", found
    )
    return found


def parsed_provider_inputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a provider's inputs as what they say: all but strings reach a provider as JSON text."""
    return {name: _parsed(name, value) for name, value in inputs.items()}


def _parsed(name: str, value: Any) -> Any:
    shape = shape_of(PROVIDER_TYPE)
    assert shape is not None
    if not isinstance(value, str) or shape.fields.get(name) in (None, _check_text):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value


def input_names(token: str) -> frozenset[str]:
    """Return the names of a resource type's inputs; none, when the installed pulumi_aws has no such type."""
    shape = shape_of(token)
    return frozenset(shape.fields if shape is not None else ())


def formed(token: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties that were read of AWS in the forms that the SDK has for them: AWS shows as one object what the
    SDK has as a list of one, and the other way round.
    """
    shape = shape_of(token) if token.startswith("aws:") else None
    return dict(properties) if shape is None else _formed_fields(properties, shape)


def _formed_fields(values: Mapping[str, Any], shape: "Shape") -> dict[str, Any]:
    kinds, space = shape.annotations, shape.arguments.__module__
    return {name: _formed(value, kinds[name], space) if name in kinds else value for name, value in values.items()}


def _formed(value: Any, annotation: Any, space: str) -> Any:
    if not isinstance(value, dict | list):
        return value
    for kind in alternatives(annotation, space):
        if get_origin(kind) is abc.Sequence:
            items = value if isinstance(value, list) else [value]
            return [_formed(item, get_args(kind)[0], space) for item in items]
        if isinstance(kind, type) and pulumi._types.is_input_type(kind):
            one = value[0] if isinstance(value, list) and len(value) == 1 else value
            return _formed_fields(one, _shape_of_class(kind)) if isinstance(one, dict) else one
    return value


def known_type(token: str) -> bool:
    """Say whether the installed pulumi_aws has a resource type of this token."""
    return shape_of(token) is not None


Check = Callable[[Any, str, list[Problem]], None]
"""Adds what is wrong with a value at a path to the list. The value is neither a secret nor unknown nor None."""


class Shape:
    """An argument class of the SDK: its fields by wire name. They are looked at when the first value is checked."""

    def __init__(self, arguments: type) -> None:
        self.arguments = arguments

    @cached_property
    def fields(self) -> dict[str, Check]:
        """The check of each field's values."""
        return {name: _check_of(kind, self.arguments.__module__) for name, kind in self.annotations.items()}

    @cached_property
    def required(self) -> list[str]:
        """The fields that must be given."""
        return [name for name, parameter in self._parameters.items() if parameter.default is Parameter.empty]

    @cached_property
    def annotations(self) -> dict[str, Any]:
        """The SDK's type of each field."""
        return {name: parameter.annotation for name, parameter in self._parameters.items()}

    @cached_property
    def _parameters(self) -> dict[str, Parameter]:
        names = pulumi._types.input_type_py_to_pulumi_names(self.arguments)
        parameters = signature(self.arguments.__init__).parameters.values()  # type: ignore[misc]
        return {names[one.name]: one for one in parameters if one.name in names}

    def check(self, value: Any, path: str, found: list[Problem]) -> None:
        """Add what is wrong with an object of this shape."""
        if not isinstance(value, dict):
            found.append(Problem(path, f"an object is expected, not {_described(value)}"))
            return
        fields = self.fields
        for name, item in value.items():
            check = fields.get(name)
            if check is None:
                found.append(Problem(_below(path, name), f"there is no such input{self._hint(name, value)}"))
            else:
                _checked(check, item, _below(path, name), found)
        for name in self.required:
            if value.get(name) is None:
                found.append(Problem(_below(path, name), "is required"))

    def _hint(self, name: str, given: Mapping[str, Any]) -> str:
        head, *rest = name.split("_")
        guesses = [head + "".join(word.capitalize() for word in rest), f"{name}s", name.removesuffix("s")]
        known = [guess for guess in guesses if guess in self.fields]
        known += difflib.get_close_matches(name, [field for field in self.fields if field not in given], 1)
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


_LOADING: Final = RLock()
"""The SDK's modules load lazily at the first attribute asked of them, which is not safe for several threads."""


@cache
def shape_of(token: str) -> Shape | None:
    """Return the shape of a resource type's arguments, or None when the SDK has no such type."""
    with _LOADING:
        if token == PROVIDER_TYPE:
            return Shape(importlib.import_module("pulumi_aws.provider").ProviderArgs)
        importlib.import_module("pulumi_aws")
        module, _, _ = token.removeprefix("aws:").partition(":")
        registered: Any = pulumi.runtime.rpc.get_resource_module("aws", module, "")
        name = registered.mod_info["classes"].get(token) if registered is not None else None
        if registered is None or name is None:
            return None
        resource = getattr(importlib.import_module(registered.mod_info["fqn"]), name)
        home = importlib.import_module(resource.__module__)
        candidates = [getattr(home, one) for one in home.__all__]
        return Shape(next(one for one in candidates if pulumi._types.is_input_type(one)))


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


def alternatives(annotation: Any, space: str) -> list[Any]:
    """Return what a value may be, without the SDK's wrappings (`Input`, `Optional`) and its second names for a type."""
    if isinstance(annotation, str):
        annotation = ForwardRef(annotation)
    if isinstance(annotation, ForwardRef):
        named = _named(annotation.__forward_arg__, space)
        return [] if _is_typed_dict(named) else [named]
    if get_origin(annotation) is not Union:
        return [] if annotation is type(None) or get_origin(annotation) in _LATER else [annotation]
    kinds: list[Any] = []
    for one in get_args(annotation):
        kinds += [kind for kind in alternatives(one, space) if kind not in kinds]
    if str in kinds:
        kinds = [kind for kind in kinds if not (isinstance(kind, type) and issubclass(kind, Enum))]
    return kinds


_LATER: Final = (abc.Awaitable, pulumi.Output)
"""Origins of what will be a value later; on the wire it is one already, or unknown."""


def _named(name: str, space: str) -> Any:
    """Return what a name stands for in a module of the SDK: `ListenerActionArgs`, `_iam.RoleArgs`, `Output[T]`."""
    if name.startswith("Output["):
        return None
    with _LOADING:
        found: Any = importlib.import_module(space)
        for part in name.split("."):
            found = getattr(found, part)
    return found


def _is_typed_dict(kind: Any) -> bool:
    return kind is None or hasattr(kind, "__total__")


def _check_of_one(kind: Any, space: str) -> Check:
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    origin = get_origin(kind)
    if origin is abc.Sequence:
        return _check_of_list(_check_of(get_args(kind)[0], space))
    if origin is abc.Mapping:
        return _check_of_map(_check_of(get_args(kind)[1], space))
    return _check_of_enum(kind) if issubclass(kind, Enum) else _shape_of_class(kind).check


@cache
def _shape_of_class(arguments: type) -> Shape:
    return Shape(arguments)


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
