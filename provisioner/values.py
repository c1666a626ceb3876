"""Property values between Pulumi's wire form, the state's form and plain Python.

In Python a property is None, bool, int, float, str, list or dict, or one of two markers: Secret and UNKNOWN.
Source: Pulumi's `sdk/go/common/resource/sig` for the signatures.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from google.protobuf import struct_pb2

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass(frozen=True)
class Secret:
    """A value that is never printed, and encrypted in the state. `ciphertext` is how the state holds it, if it does."""

    value: Any = field(repr=False)
    ciphertext: str | None = field(default=None, repr=False, compare=False)


class Unknown:
    """A value that only an apply will know."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


def decode(value: struct_pb2.Value) -> Any:
    """Return a wire value as Python. Numbers without a fraction are integers. Raises ValueError for assets."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _decode_struct(value.struct_value)
    if kind == "list_value":
        return [decode(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "string_value":
        return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
    if kind == "bool_value":
        return value.bool_value
    return None


def decode_properties(properties: struct_pb2.Struct) -> dict[str, Any]:
    """Return a resource's properties; those that are null are left out, as Pulumi's engine does."""
    decoded = {name: decode(value) for name, value in properties.fields.items()}
    return {name: value for name, value in decoded.items() if value is not None}


def _decode_struct(struct: struct_pb2.Struct) -> Any:
    if SIGNATURE not in struct.fields:
        return decode_properties(struct)
    signature = struct.fields[SIGNATURE].string_value
    if signature == SECRET_SIGNATURE:
        return Secret(decode(struct.fields["value"]))
    if signature == RESOURCE_SIGNATURE:
        return decode(struct.fields["id"]) if "id" in struct.fields else decode(struct.fields["urn"])
    raise ValueError("assets and archives are not supported by the in-process engine")


def encode(value: Any) -> struct_pb2.Value:
    """Return a Python value in wire form."""
    match value:
        case Secret():
            return encode({SIGNATURE: SECRET_SIGNATURE, "value": value.value})
        case Unknown():
            encoded = struct_pb2.Value(string_value=UNKNOWN_TEXT)
        case None:
            encoded = struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case bool():
            encoded = struct_pb2.Value(bool_value=value)
        case int() | float():
            encoded = struct_pb2.Value(number_value=value)
        case str():
            encoded = struct_pb2.Value(string_value=value)
        case list() | tuple():
            encoded = struct_pb2.Value(list_value=struct_pb2.ListValue(values=[encode(item) for item in value]))
        case _:
            encoded = struct_pb2.Value(struct_value=encode_properties(value))
    return encoded


def encode_properties(properties: dict[str, Any]) -> struct_pb2.Struct:
    """Return properties in wire form."""
    return struct_pb2.Struct(fields={name: encode(value) for name, value in properties.items()})


def plain(value: Any) -> Any:
    """Return the value with secrets unwrapped, at any depth."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def has_secret(value: Any) -> bool:
    """Say whether a secret lies anywhere in the value."""
    return isinstance(value, Secret) or any(has_secret(item) for item in _children(value))


def has_unknown(value: Any) -> bool:
    """Say whether an unknown lies anywhere in the value."""
    return isinstance(value, Unknown) or any(has_unknown(item) for item in _children(value))


def _children(value: Any) -> list[Any]:
    if isinstance(value, Secret):
        return [value.value]
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def to_state(value: Any, encrypt: Callable[[str], str]) -> Any:
    """Return the value as the state file holds it: each secret as ciphertext of its JSON text.

    Raises ValueError for an unknown: the state holds only what is.
    """
    if isinstance(value, Secret):
        ciphertext = value.ciphertext or encrypt(msgspec.json.encode(plain(value.value)).decode())
        return {SIGNATURE: SECRET_SIGNATURE, "ciphertext": ciphertext}
    if isinstance(value, dict):
        return {name: to_state(item, encrypt) for name, item in value.items()}
    if isinstance(value, list):
        return [to_state(item, encrypt) for item in value]
    if isinstance(value, Unknown):
        raise ValueError("an unknown value cannot be saved")  # noqa: TRY004 - it is a value, of our own kind
    return value


def from_state(value: Any, decrypt: Callable[[str], str]) -> Any:
    """Return the value that `to_state` saved; secrets remember their ciphertext: saving again changes nothing."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET_SIGNATURE:
            ciphertext = value["ciphertext"]
            return Secret(msgspec.json.decode(decrypt(ciphertext)), ciphertext)
        return {name: from_state(item, decrypt) for name, item in value.items()}
    if isinstance(value, list):
        return [from_state(item, decrypt) for item in value]
    return value
