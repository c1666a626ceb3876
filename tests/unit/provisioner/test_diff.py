from typing import Any

import pytest

from provisioner.decide.diff import changed_properties
from provisioner.values import UNKNOWN, Secret


@pytest.mark.parametrize(
    ("old", "new", "ignored", "expected"),
    [
        ({"a": 1}, {"a": 1}, (), ()),
        ({"a": 1}, {"a": 2, "b": 1}, (), ("a", "b")),
        ({"a": 1, "b": 2}, {"a": 1}, (), ("b",)),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, (), ("a.b",)),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, (), ("a[0].b",)),
        ({"a": [1]}, {"a": [1, 2]}, (), ("a",)),
        ({"a": 1}, {"a": 2}, ("a",), ()),
        ({"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "c": 2}}, ("a.b",), ("a.c",)),
        ({"a": [{"b": 1}, {"b": 1}]}, {"a": [{"b": 2}, {"b": 3}]}, ("a[*].b",), ()),
        ({"a": [{"b": 1}, {"b": 1}]}, {"a": [{"b": 2}, {"b": 3}]}, ("a[0].b",), ("a[1].b",)),
        ({"t": {"x.y": 1}}, {"t": {"x.y": 2}}, ('t["x.y"]',), ()),
        ({"a": Secret("x")}, {"a": Secret("x")}, (), ()),
        ({"a": Secret("x")}, {"a": "x"}, (), ()),
        ({"a": Secret("x")}, {"a": Secret("y")}, (), ("a",)),
        ({"a": 1}, {"a": UNKNOWN}, (), ("a",)),
    ],
)
def test_changed_properties(
    old: dict[str, Any], new: dict[str, Any], ignored: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert changed_properties(old, new, ignored) == expected
