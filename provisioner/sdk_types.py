"""What the installed pulumi_aws says of resource types: their inputs' names and types, by its argument classes."""

import importlib
from collections import abc
from collections.abc import Mapping
from enum import Enum
from functools import cache, cached_property
from inspect import Parameter, signature
from threading import RLock
from typing import Any, Final, ForwardRef, Union, get_args, get_origin

import msgspec
import pulumi

PROVIDER_TYPE: Final = "pulumi:providers:aws"


class Shape:
    """An argument class of the SDK: its fields by wire name. They are looked at when they are first asked for."""

    def __init__(self, arguments: type) -> None:
        self.arguments = arguments

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
def shape_of_class(arguments: type) -> Shape:
    """Return the shape of an argument class."""
    return Shape(arguments)


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


def parsed_provider_inputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a provider's inputs as what they say: all but strings reach a provider as JSON text."""
    return {name: _parsed(name, value) for name, value in inputs.items()}


def _parsed(name: str, value: Any) -> Any:
    shape = shape_of(PROVIDER_TYPE)
    assert shape is not None
    kinds = alternatives(shape.annotations[name], shape.arguments.__module__) if name in shape.annotations else [str]
    if not isinstance(value, str) or str in kinds:
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value


def input_names(token: str) -> frozenset[str]:
    """Return the names of a resource type's inputs; none, when the installed pulumi_aws has no such type."""
    shape = shape_of(token)
    return frozenset(shape.annotations if shape is not None else ())


def formed(token: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties that were read of AWS in the forms that the SDK has for them: AWS shows as one object what the
    SDK has as a list of one, and the other way round.
    """
    shape = shape_of(token) if token.startswith("aws:") else None
    return dict(properties) if shape is None else _formed_fields(properties, shape)


def _formed_fields(values: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
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
            return _formed_fields(one, shape_of_class(kind)) if isinstance(one, dict) else one
    return value


def known_type(token: str) -> bool:
    """Say whether the installed pulumi_aws has a resource type of this token."""
    return shape_of(token) is not None
