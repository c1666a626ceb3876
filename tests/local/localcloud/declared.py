"""Every operation that the local cloud declares, and arguments for it, made from AWS's own model of the service."""

from collections.abc import Iterator
from typing import Any

import botocore.session

from localcloud.services import load_services

DEPTH = 4


def declared() -> dict[str, list[str]]:
    """Return the declared operations by service."""
    found: dict[str, set[str]] = {}
    for name, module in load_services().items():
        for service, operations in getattr(module, "SERVICES", {name: getattr(module, "OPERATIONS", ())}).items():
            found.setdefault(service, set()).update(operations)
    return {service: sorted(operations) for service, operations in found.items() if operations}


def model(service: str) -> Any:
    """Return botocore's model of a service."""
    return _SESSION.get_service_model(service)


_SESSION = botocore.session.get_session()


def required(shape: Any) -> dict[str, Any]:
    """Return a value for each required member."""
    return {} if shape is None else {name: value(shape.members[name], DEPTH) for name in shape.required_members}


def whole(shape: Any) -> dict[str, Any]:
    """Return a value for each member, required or not."""
    return {} if shape is None else {name: value(member, DEPTH) for name, member in shape.members.items()}


def value(shape: Any, depth: int) -> Any:
    """Return a value that fits a shape's type."""
    match shape.type_name:
        case "structure":
            names = shape.members if depth > 0 else shape.required_members
            chosen = [*names][:1] if getattr(shape, "is_tagged_union", False) else names
            return {name: value(shape.members[name], depth - 1) for name in chosen} if depth > -4 else {}
        case "list":
            return [value(shape.member, depth - 1)] if depth > -4 else []
        case "map":
            return {"k": value(shape.value, depth - 1)}
        case "boolean":
            return True
        case "integer" | "long":
            return max(1, int(shape.metadata.get("min", 1)))
        case "float" | "double":
            return 1.0
        case "timestamp":
            return "2026-01-01T00:00:00Z"
        case "blob":
            return b"x"
        case _:
            return _text(shape)


def _text(shape: Any) -> str:
    if shape.enum:
        return str(shape.enum[0])
    return "x" * max(1, int(shape.metadata.get("min", 1)))


def paged(service: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the declared operations that botocore pages, with the names of their paging parameters."""
    from botocore.exceptions import DataNotFoundError, UnknownServiceError

    try:
        paginators = _SESSION.get_paginator_model(service)
    except (DataNotFoundError, UnknownServiceError):
        return
    for operation in declared()[service]:
        try:
            yield operation, paginators.get_paginator(operation)
        except ValueError:
            continue
