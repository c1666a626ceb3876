"""What AWS has become since it was applied: told, and taken into the state."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from provisioner.decide.compare import Difference, differences, equal, replaced
from provisioner.values import Secret
from tests.unit.provisioner.kit import Cloud, Thing, deployment, options, provider, resource, workspace


@pytest.mark.parametrize(
    ("inputs", "read", "given", "expected"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, {}, []),
        ({"a": 1, "b": 2}, {"a": 1}, {}, []),
        ({"a": 1}, {"a": 2}, {}, [("a", 1, 2)]),
        ({"a": 5}, {"a": 5.0}, {}, []),
        ({"a": "5"}, {"a": 5}, {}, []),
        ({"a": True}, {"a": "true"}, {}, []),
        ({"a": True}, {"a": False}, {}, [("a", True, False)]),
        ({"a": True}, {"a": 1}, {}, [("a", True, 1)]),
        ({"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "d": 1}}, {}, [("a.b", 1, 2)]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2, "c": 3}]}, {}, [("a[0].b", 1, 2)]),
        ({"a": [1, 2]}, {"a": [2, 1]}, {}, [("a[0]", 1, 2), ("a[1]", 2, 1)]),
        ({"a": [1, 2]}, {"a": [2, 1]}, {"unordered": frozenset({"a"})}, []),
        ({"a": [1, 1]}, {"a": [1, 2]}, {"unordered": frozenset({"a"})}, [("a", [1, 1], [1, 2])]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [2, 1]}}, {"unordered": frozenset({"a"})}, []),
        ({"a": [1]}, {"a": [1, 2]}, {}, [("a", [1], [1, 2])]),
        ({"a": '{"x": [1, 2.0]}'}, {"a": '{ "x":[1,2] }'}, {}, []),
        ({"a": '{"x": 1}'}, {"a": '{"x": 2}'}, {}, [("a", '{"x": 1}', '{"x": 2}')]),
        ({"a": "{no json"}, {"a": "{nor this"}, {}, [("a", "{no json", "{nor this")]),
        ({"a": Secret("x")}, {"a": "y"}, {}, []),
        ({"a": {"b": Secret("x")}}, {"a": {"b": "y"}}, {}, []),
        ({"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "c": 2}}, {"ignored": ("a.b",)}, [("a.c", 1, 2)]),
        ({"tags": {"a": "1"}}, {"tags": {"a": "2"}}, {}, [("tags.a", "1", "2")]),
        ({"tagsAll": {"a": "1", "p": "2"}}, {"tagsAll": {"a": "1", "p": "2", "aws:x": "3"}}, {"taggable": True}, []),
        ({"tagsAll": {"p": "1"}}, {"tagsAll": {"q": "2"}}, {"taggable": True}, [("tags.p", "1", None), ("tags.q", None, "2")]),
        ({"tags": {"a": "1"}, "tagsAll": {"a": "1", "p": "2"}}, {"tags": {"a": "1"}}, {"taggable": True}, []),
        ({"tags": {"a": "1"}, "tagsAll": {"a": "1", "p": "2"}}, {"tags": {"p": "2"}}, {"taggable": True}, [("tags.a", "1", None)]),
        ({"tagsAll": {"a": "1"}}, {"tagsAll": {"a": "2"}}, {"taggable": True, "ignored": ("tags.a",)}, []),
        ({"tagsAll": {"a": "1"}}, {}, {"taggable": True}, []),
    ],
)  # fmt: skip
def test_differences(inputs: Any, read: Any, given: Any, expected: list[tuple[str, Any, Any]]) -> None:
    assert differences(inputs, read, **given) == [Difference(*one) for one in expected]


def test_nothing_is_equal_to_something_else() -> None:
    assert not equal(None, "")
    assert not equal([], {})
    assert not equal("a", 1)


def test_a_value_is_replaced_at_a_path() -> None:
    value = {"a": [{"b": 1, "c": 2}]}
    assert replaced(value, ("a", "0", "b"), 3) == {"a": [{"b": 3, "c": 2}]}
    assert replaced(value, ("a", "0", "b"), None) == {"a": [{"c": 2}]}
    assert replaced({}, ("tags", "x"), "y") == {"tags": {"x": "y"}}
    assert value == {"a": [{"b": 1, "c": 2}]}


def program() -> None:
    east = provider(defaultTags={"tags": {"Project": "p"}})
    first = Thing(
        "first",
        options(provider=east, ignore_changes=["count"]),
        size=1,
        count=1,
        word=pulumi.Output.secret("hunter2"),
        tags={"Owner": "me"},
    )
    Thing("second", options(provider=east, depends_on=[first]))


def applied(folder: Path) -> Cloud:
    cloud = Cloud()
    workspace(folder, cloud).apply("dev", program, {})
    return cloud


Spoil = Callable[[Cloud], Any]


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda cloud: None, []),
        (lambda cloud: cloud.things["first"].update(count=9, word="else"), []),
        (lambda cloud: cloud.things["first"].update(size=2), [("first", "changed", ["size"])]),
        (lambda cloud: cloud.things["first"]["tagsAll"].update(Owner="you"), [("first", "changed", ["tags.Owner"])]),
        (lambda cloud: cloud.things["first"]["tagsAll"].pop("Project"), [("first", "changed", ["tags.Project"])]),
        (lambda cloud: cloud.things.pop("second"), [("second", "missing", [])]),
        (lambda cloud: cloud.things.clear(), [("first", "missing", []), ("second", "missing", [])]),
    ],
)
def test_drift_is_told_and_refreshed_and_mended(tmp_path: Path, spoil: Spoil, expected: list[Any]) -> None:
    cloud = applied(tmp_path)
    wanted = {name: {k: v for k, v in thing.items() if k != "count"} for name, thing in cloud.things.items()}
    wanted = {name: {**thing, "tagsAll": dict(thing["tagsAll"])} for name, thing in wanted.items()}
    before = (tmp_path / "dev.json").read_bytes()
    spoil(cloud)
    cloud.things = {
        name: {**thing, "word": "hunter2"} if "word" in thing else thing for name, thing in cloud.things.items()
    }

    drift = workspace(tmp_path, cloud).drift("dev")

    told = [(one.urn.rpartition("::")[2], one.kind, [d.path for d in one.properties]) for one in drift]
    assert told == expected
    assert (tmp_path / "dev.json").read_bytes() == before
    assert workspace(tmp_path, cloud).refresh("dev") == drift
    assert workspace(tmp_path, cloud).drift("dev") == ()
    result = workspace(tmp_path, cloud).apply("dev", program, {})
    assert result.created + result.updated == len(expected)
    now = {name: {k: v for k, v in thing.items() if k != "count"} for name, thing in cloud.things.items()}
    assert now == wanted


def test_what_is_gone_is_mentioned_no_more(tmp_path: Path) -> None:
    cloud = applied(tmp_path)
    cloud.things.pop("first")
    workspace(tmp_path, cloud).refresh("dev")
    assert "dependencies" not in resource(tmp_path, "second")
    assert not [one for one in deployment(tmp_path)["resources"] if one["urn"].endswith("::first")]


def test_no_secret_is_told_or_saved_in_clear_text(tmp_path: Path) -> None:
    cloud = applied(tmp_path)
    cloud.things["first"].update(word="other secret", size=2)
    assert "secret" not in str(workspace(tmp_path, cloud).drift("dev"))
    workspace(tmp_path, cloud).refresh("dev")
    text = (tmp_path / "dev.json").read_text()
    assert "other secret" not in text
    assert "hunter2" not in text
