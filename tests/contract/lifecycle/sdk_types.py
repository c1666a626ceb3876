"""What the SDK makes of a resource's outputs: a list where it expects a text would end the program."""

import importlib
from collections.abc import Mapping
from typing import Any

import pulumi_aws
from pulumi import _types
from pulumi.runtime import rpc

assert pulumi_aws.__name__  # importing it registers its resource types


def refused_outputs(token: str, outputs: Mapping[str, Any]) -> list[str]:
    """Return the outputs that are not of the type that a program would get."""
    registered: Any = rpc.get_resource_module("aws", token.removeprefix("aws:").partition(":")[0], "")
    module = importlib.import_module(registered.mod_info["fqn"])
    types = _types.resource_types(getattr(module, registered.mod_info["classes"][token]))
    return [f"{name}: {problem}" for name, value in outputs.items() if (problem := _problem(value, types.get(name)))]


def _problem(value: Any, kind: Any) -> str:
    try:
        if kind is not None:
            rpc.translate_output_properties(value, lambda name: name, kind)
    except AssertionError as error:
        return str(error)
    return ""
