from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from provisioner.values import (
    RESOURCE_SIGNATURE,
    SIGNATURE,
    UNKNOWN,
    Secret,
    decode,
    decode_properties,
    encode,
    encode_properties,
    from_state,
    has_secret,
    has_unknown,
    plain,
    to_state,
)

SCALARS = st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    SCALARS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner.filter(lambda v: v is not None)),
    max_leaves=10,
)


def number(value: Any) -> Any:
    """Floats without a fraction come back as integers: the wire has one kind of number."""
    if isinstance(value, dict):
        return {name: number(item) for name, item in value.items()}
    if isinstance(value, list):
        return [number(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@given(VALUES)
def test_wire_form_round_trips(value: Any) -> None:
    assert decode(encode(value)) == number(value)


@given(VALUES)
def test_state_form_round_trips_and_shows_no_secret(value: Any) -> None:
    saved = to_state({"x": [Secret(value)]}, lambda text: text[::-1])
    assert from_state(saved, lambda text: text[::-1]) == {"x": [Secret(value)]}
    assert saved["x"][0].keys() == {SIGNATURE, "ciphertext"}


def test_a_secret_that_was_read_is_saved_as_it_was() -> None:
    read = from_state({SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "12"}, lambda text: text)
    assert to_state(read, lambda _: "never")["ciphertext"] == "12"


def test_markers_survive_the_wire_and_are_found_at_any_depth() -> None:
    value = {"a": [{"b": Secret({"c": UNKNOWN})}]}
    back = decode(encode(value))
    assert has_secret(back)
    assert has_unknown(back)
    assert plain(back) == {"a": [{"b": {"c": UNKNOWN}}]}
    assert not has_secret(plain(back))
    with pytest.raises(ValueError, match="unknown"):
        to_state(UNKNOWN, lambda text: text)


def test_a_secret_does_not_print_itself() -> None:
    assert "hunter2" not in repr(Secret("hunter2", "hunter2"))


def test_nulls_are_left_out_of_properties_and_resources_become_their_ids() -> None:
    wire = encode_properties({"a": None, "r": {SIGNATURE: RESOURCE_SIGNATURE, "urn": "urn:x", "id": "vpc-1"}})
    assert decode_properties(wire) == {"r": "vpc-1"}


def test_assets_are_refused() -> None:
    wire = encode({SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "x"})
    with pytest.raises(ValueError, match="assets"):
        decode(wire)
    assert isinstance(wire, struct_pb2.Value)
