"""The package's schema, for the types that have a handler: what `pulumi import` writes programs by.

Made from the SDK's own argument classes; properties that only AWS knows are not in it.
Source: pulumi/pulumi, `pkg/codegen/schema/pulumi.json` (the metaschema).
"""

import re
from collections import abc
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final, get_args, get_origin

import pulumi

from provisioner.sdk_types import Shape, alternatives, shape_of

_SIMPLE: Final[Mapping[Any, Mapping[str, Any]]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Any: {"$ref": "pulumi.json#/Any"},
    pulumi.Asset: {"$ref": "pulumi.json#/Asset"},
    pulumi.Archive: {"$ref": "pulumi.json#/Archive"},
}

_MODULE: Final = re.compile(r"pulumi_aws\.(?:(\w+)\.)?_inputs")


def package_schema(tokens: Iterable[str], version: str) -> dict[str, Any]:
    """Return the schema of the package `aws` with these resource types."""
    package = _Package()
    shapes = {token: shape for token in sorted(tokens) if (shape := shape_of(token)) is not None}
    return {
        "name": "aws",
        "version": version,
        "meta": {"moduleFormat": "(.*)(?:/[^/]*)"},
        "resources": {token: package.resource(shape) for token, shape in shapes.items()},
        "types": package.types,
    }


class _Package:
    """Gathers the object types that resources refer to."""

    def __init__(self) -> None:
        self.types: dict[str, Any] = {}

    def resource(self, shape: Shape) -> dict[str, Any]:
        """Return a resource type's specification."""
        properties = self._properties(shape)
        return {
            "inputProperties": properties,
            "requiredInputs": shape.required,
            "properties": properties,
            "required": shape.required,
        }

    def _properties(self, shape: Shape) -> dict[str, Any]:
        space = shape.arguments.__module__
        return {name: self._type(annotation, space) for name, annotation in shape.annotations.items()}

    def _type(self, annotation: Any, space: str) -> dict[str, Any]:
        kinds = [self._one(kind, space) for kind in alternatives(annotation, space)]
        return kinds[0] if len(kinds) == 1 else {"oneOf": kinds}

    def _one(self, kind: Any, space: str) -> dict[str, Any]:
        origin = get_origin(kind)
        if kind in _SIMPLE:
            return dict(_SIMPLE[kind])
        if origin is abc.Sequence:
            return {"type": "array", "items": self._type(get_args(kind)[0], space)}
        if origin is abc.Mapping:
            return {"type": "object", "additionalProperties": self._type(get_args(kind)[1], space)}
        return {"type": "string"} if issubclass(kind, Enum) else self._object(kind)

    def _object(self, arguments: type) -> dict[str, Any]:
        name = arguments.__name__.removesuffix("Args")
        found = _MODULE.fullmatch(arguments.__module__)
        module = (found[1] if found and found[1] else "index").removesuffix("_")
        token = f"aws:{module}/{name}:{name}"
        if token not in self.types:
            self.types[token] = {}  # a type may hold itself
            shape = Shape(arguments)
            self.types[token] = {"type": "object", "properties": self._properties(shape), "required": shape.required}
        return {"$ref": f"#/types/{token}"}
