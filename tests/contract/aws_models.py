"""AWS as botocore's models describe it: takes only what they allow, and answers in the shape that they promise.

Stricter than botocore's own check of parameters: enums, patterns, lengths and ranges count too.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

PREFERRED = (
    "available", "ACTIVE", "active", "Active", "AVAILABLE", "ISSUED", "Deployed", "Enabled", "ENABLED", "InSync", "INSYNC",
    "COMPLETE", "CREATE_COMPLETE", "provisioned", "success", "Success", "attached", "associated", "created",
)  # fmt: skip
"""What a resource's status is once it can be used."""

FAKED = "arn:aws:any:"
"""How the ARNs begin that the program's kit makes up: what AWS would give is not judged."""

EMPTY = ("Unsuccessful", "Errors", "Failures", "failures", "UnprocessedKeys", "FailedEntries")
"""Lists that are empty when all is well."""


ABSENT = ("DeletionDate",)
"""What only a thing has that is gone."""

MAPS = {
    "Attributes": {
        "QueueArn": "arn:aws:sqs:us-east-1:123456789012:name",
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:name",
    }
}
"""What maps hold whose keys the model does not know."""

_INVENTED: set[str] = set()
"""The texts that the models made up: they are not judged when they come back."""


class Stream(bytes):
    """A body that is read."""

    def read(self) -> bytes:
        return bytes(self)


@cache
def _session() -> Any:
    return botocore.session.get_session()


@cache
def service_model(service: str) -> Any:
    return _session().get_service_model(service)


def problems(shape: Shape | None, value: Any, path: str = "") -> Iterator[str]:
    """Return what is wrong with a value, by the path at which it is."""
    if shape is None:
        if value:
            yield f"{path}: the operation takes nothing"
        return
    kind = shape.type_name
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        for name in value.keys() - shape.members.keys():
            yield f"{path}.{name}: unknown"
        for name in set(shape.required_members) - value.keys():
            yield f"{path}.{name}: required"
        for name in value.keys() & shape.members.keys():
            yield from problems(shape.members[name], value[name], f"{path}.{name}")
    elif isinstance(shape, ListShape) and isinstance(value, list | tuple):
        yield from _length(shape, len(value), path)
        for index, item in enumerate(value):
            yield from problems(shape.member, item, f"{path}[{index}]")
    elif isinstance(shape, MapShape) and isinstance(value, Mapping):
        for name, item in value.items():
            yield from problems(shape.key, name, f"{path}.{name}")
            yield from problems(shape.value, item, f"{path}.{name}")
    elif kind == "string" and isinstance(value, str):
        if value not in _INVENTED and FAKED not in value:
            yield from _text(shape, value, path)
    elif (kind in ("integer", "long") and isinstance(value, int) and not isinstance(value, bool)) or (
        kind in ("float", "double") and isinstance(value, int | float) and not isinstance(value, bool)
    ):
        yield from _length(shape, value, path)
    elif (
        (kind == "boolean" and isinstance(value, bool))
        or (kind == "blob" and isinstance(value, bytes | bytearray | str))
        or kind == "timestamp"
    ):
        return
    else:
        yield f"{path}: {value!r:.80} is no {kind}"


def _length(shape: Shape, number: float, path: str) -> Iterator[str]:
    minimum, maximum = shape.metadata.get("min"), shape.metadata.get("max")
    if minimum is not None and number < minimum:
        yield f"{path}: {number} is below {minimum}"
    if maximum is not None and number > maximum:
        yield f"{path}: {number} is above {maximum}"


def _text(shape: Shape, value: str, path: str) -> Iterator[str]:
    yield from _length(shape, len(value), path)
    if shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {', '.join(shape.enum[:12])}"
    pattern = shape.metadata.get("pattern")
    if pattern and not _matches(pattern, value) and not any(text in value for text in _INVENTED if "-1" in text):
        yield f"{path}: {value!r:.80} does not match {pattern[:80]}"


def _matches(pattern: str, value: str) -> bool:
    pattern = pattern.replace(r"\p{Print}", "[ -~]")  # Java's classes of characters
    pattern = re.sub(r"\\p\{[A-Za-z]+\}", r"\\w", pattern)
    try:
        return re.fullmatch(f"(?s:{pattern})", value) is not None
    except re.error:
        return True


def answer(shape: Shape | None, given: Mapping[str, Any], name: str = "", above: tuple[str, ...] = ()) -> Any:
    """Return a value of a shape: what was given under the same name, else something that could be.

    `above` are the shapes that it is part of: one that holds itself is empty the second time.
    """
    if shape is None:
        return {}
    echoed, within = given.get(name), (*above, shape.name)
    whole = isinstance(shape, StructureShape | ListShape | MapShape)
    if whole and (shape.name in above or name in EMPTY):
        return [] if isinstance(shape, ListShape) else {}
    if isinstance(shape, StructureShape):
        members = {member: part for member, part in shape.members.items() if member not in ABSENT}
        made = {member: answer(part, given, member, within) for member, part in members.items()}
        return {**made, **echoed} if isinstance(echoed, Mapping) and above else made
    if isinstance(shape, ListShape):
        if isinstance(echoed, list) and not (isinstance(shape.member, StructureShape) and _are_texts(echoed)):
            return list(echoed)
        return [answer(shape.member, given, name[:-1], within)]
    if isinstance(shape, MapShape):
        return dict(echoed) if isinstance(echoed, Mapping) else dict(MAPS.get(name, {}))
    return echoed if _fits(shape, echoed) else _invented(shape, name)


def _are_texts(values: list[Any]) -> bool:
    return bool(values) and isinstance(values[0], str)


def _fits(shape: Shape, value: Any) -> bool:
    kinds = {"string": str, "boolean": bool, "integer": int, "long": int, "float": float, "double": float}
    return shape.type_name in kinds and isinstance(value, kinds[shape.type_name])


def _invented(shape: Shape, name: str) -> Any:
    match shape.type_name:
        case "string":
            text = _text_for(shape, name.lower())
            if not shape.enum:
                _INVENTED.add(text)
            return text
        case "boolean":
            return False
        case "timestamp":
            return datetime(2026, 1, 1, tzinfo=UTC)
        case "blob":
            return Stream(b"{}")
        case "float" | "double":
            return 1.0
        case _:
            return 1


def _text_for(shape: Shape, name: str) -> str:
    if shape.enum:
        return next((word for word in PREFERRED if word in shape.enum), shape.enum[0])
    if name.endswith("arn"):
        return "arn:aws:service:us-east-1:123456789012:thing/name"
    if "status" in name or name.endswith("state"):
        return "available"
    if name.endswith("url"):
        return "https://service.us-east-1.amazonaws.com/123456789012/name"
    if name.endswith(("account", "accountid")):
        return "123456789012"
    return "1" if name.endswith(("code", "amount", "port")) else f"{name}-1"


class ModelClient:
    """A client of one service whose calls are checked against the model and answered from it."""

    def __init__(
        self, service: str, region: str, calls: list[tuple[str, str, dict[str, Any]]], wrong: list[str]
    ) -> None:
        self._model, self._service, self._region = service_model(service), service, region
        self._operations = {xform_name(name): name for name in self._model.operation_names}
        self._calls, self._wrong = calls, wrong
        self.meta = SimpleNamespace(
            region_name=region, service_model=self._model, method_to_api_mapping=self._operations
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._operations:
            raise AttributeError(f"{self._service} has no operation {name}")
        operation = self._model.operation_model(self._operations[name])
        return lambda **given: self._call(operation, given)

    def _call(self, operation: OperationModel, given: dict[str, Any]) -> dict[str, Any]:
        self._calls.append((self._service, operation.name, given))
        where = f"{self._service}:{operation.name}"
        self._wrong.extend(f"{where}{problem}" for problem in problems(operation.input_shape, given))
        response: dict[str, Any] = answer(operation.output_shape, given)
        for token in (
            "NextToken",
            "nextToken",
            "Marker",
            "NextMarker",
            "IsTruncated",
            "NextRecordName",
            "NextPageToken",
        ):
            response.pop(token, None)
        return response

    def get_paginator(self, name: str) -> Any:
        return SimpleNamespace(paginate=lambda **given: [getattr(self, name)(**given)])

    def can_paginate(self, name: str) -> bool:
        return False

    def get_waiter(self, name: str) -> Any:
        return SimpleNamespace(wait=lambda **given: None)


class ModelClients:
    """What `provisioner.aws.Clients` is, with the models in AWS's place."""

    def __init__(self) -> None:
        from threading import Event

        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.wrong: list[str] = []
        self.stopping = Event()
        self._clients: dict[tuple[str, str], ModelClient] = {}

    def get(self, service: str, region: str) -> ModelClient:
        return self._clients.setdefault((service, region), ModelClient(service, region, self.calls, self.wrong))
