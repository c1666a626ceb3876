"""Pure decisions: what is to be done to a resource, what must go with it, and in which order things are deleted."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from provisioner.decide.decision import Decision, decide, replaced_with, standing_on
from provisioner.decide.diff import keep_ignored
from provisioner.decide.guards import unprotected
from provisioner.errors import StoppedError
from provisioner.execution.deletes import Deletion, plan_deletions, run_deletions
from provisioner.goal import Goal, seconds
from provisioner.handlers.common.base import Created, Handler, Properties
from provisioner.state.state import Resource
from provisioner.values import UNKNOWN, Secret

TYPE = "t:i:T"


class Fixed(Handler):
    """A type that can be replaced only."""

    type = TYPE

    def create(self, aws: Any, inputs: Properties) -> Created:
        raise NotImplementedError

    def read(self, aws: Any, resource_id: str, outputs: Properties) -> Properties | None:
        raise NotImplementedError

    def delete(self, aws: Any, resource_id: str, outputs: Properties) -> None:
        raise NotImplementedError


class Changing(Fixed):
    """A type whose `kind` alone forces a replacement, and of which two may stand side by side."""

    replace_on = frozenset({"kind"})
    delete_before_replace = False

    def update(self, aws: Any, resource_id: str, old: Any, new: Any, changed: Any) -> Properties:
        raise NotImplementedError


def urn(name: str) -> str:
    return f"urn:pulumi:dev::p::{TYPE}::{name}"


def held(name: str = "a", **given: Any) -> Resource:
    return Resource(urn=urn(name), type=TYPE, custom=True, id=f"id-{name}", **given)


def goal(inputs: Properties, **given: Any) -> Goal:
    return Goal(urn("a"), TYPE, "a", custom=True, inputs=inputs, **given)


@pytest.mark.parametrize(
    ("old", "wanted", "handler", "given", "expected"),
    [
        (None, goal({}), Fixed(), {}, Decision("create")),
        (None, goal({}, import_id="x"), Fixed(), {}, Decision("import")),
        (held(external=True), goal({}), Fixed(), {}, Decision("create")),
        (held(inputs={"a": 1}), goal({"a": 1}), Fixed(), {}, Decision("same")),
        (held(inputs={"a": 1}), goal({"a": 1}, import_id="id-a"), Fixed(), {}, Decision("same")),
        (held(inputs={"tagsAll": {}}), goal({"tagsAll": {"x": "y"}}), Fixed(), {}, Decision("update", ("tagsAll.x",))),
        (
            held(inputs={"a": 1}),
            goal({"a": 2}),
            Fixed(),
            {},
            Decision("replace", ("a",), frozenset({"a"}), delete_first=True),
        ),
        (held(inputs={"a": 1}), goal({"a": 2}), Changing(), {}, Decision("update", ("a",))),
        (held(inputs={"a": 1}), goal({"a": UNKNOWN}), Changing(), {}, Decision("update", ("a",))),
        (held(inputs={"a": 1}), goal({"a": UNKNOWN}), Changing(), {"excused": frozenset("a")}, Decision("same")),
        (held(inputs={"kind": 1}), goal({"kind": 2}), Changing(), {}, Decision("replace", ("kind",), frozenset({"kind"}))),
        (
            held(inputs={"kind": 1}),
            goal({"kind": UNKNOWN}, delete_before_replace=True),
            Changing(),
            {},
            Decision("replace", ("kind",), frozenset({"kind"}), delete_first=True),
        ),
        (
            held(inputs={"a": {"b": 1}}),
            goal({"a": {"b": 2}}, replace_on_changes=("a.b",)),
            Changing(),
            {},
            Decision("replace", ("a.b",), frozenset({"a"})),
        ),
        (
            held(inputs={"a": {"b": 1, "c": 1}}),
            goal({"a": {"b": 1, "c": 2}}, replace_on_changes=("a.b",)),
            Changing(),
            {},
            Decision("update", ("a.c",)),
        ),
        (held(inputs={"a": 1}), goal({"a": 2}, replace_on_changes=("*",)), Changing(), {}, Decision("replace", ("a",), frozenset("a"))),
        (held(), goal({}), Changing(), {"moved": True}, Decision("replace", ("region",), frozenset({"region"}))),
        (held(), goal({"region": "r"}), Changing(), {}, Decision("update", ("region",))),
        (held(outputs={"a": 5.0}), goal({"a": 5}), Changing(), {}, Decision("same")),
        (
            held(inputs={"a": 1}, pending_replacement=True),
            goal({"a": 1}),
            Changing(),
            {},
            Decision("replace", (), delete_first=True, gone=True),
        ),
        (held(pending_replacement=True), goal({}, import_id="x"), Changing(), {}, Decision("import")),
    ],
)  # fmt: skip
def test_decide(old: Resource | None, wanted: Goal, handler: Handler, given: Any, expected: Decision) -> None:
    assert decide(old, wanted, handler, **given) == expected


def fed(name: str, prop: str, *needed: str, **given: Any) -> Resource:
    urns = [urn(one) for one in needed]
    return held(name, inputs={prop: 1}, dependencies=tuple(urns), property_dependencies={prop: urns}, **given)


def test_what_must_go_with_a_replaced_resource() -> None:
    resources = [
        held("root"),
        fed("tied", "kind", "root"),
        fed("mentions", "a", "root"),
        fed("behind", "kind", "tied"),
        fed("beyond", "kind", "mentions"),
        held("waits", dependencies=(urn("root"),)),
        fed("chosen", "a", "root", replace_on_changes=("a",)),
        fed("blind", "kind", "root", ignore_changes=("kind",)),
        held("guest", deleted_with=urn("tied")),
        fed("old", "a", "root", delete=True),
        fed("on-old", "kind", "old"),
        fed("gone", "kind", "root", pending_replacement=True),
        replace(fed("component", "kind", "root"), custom=False),
    ]
    going = replaced_with(resources[0], resources, {TYPE: Changing()})
    assert {one.urn.rpartition("::")[2] for one in going} == {"tied", "behind", "chosen", "guest", "old", "on-old"}
    assert standing_on(urn("tied"), resources) == {urn("behind"), urn("guest")}


def order(*resources: Resource) -> list[str]:
    return [one.resource.id.removeprefix("id-") for one in plan_deletions(resources)]


def test_dependents_are_deleted_first() -> None:
    a, b = held("a"), held("b", dependencies=(urn("a"),))
    c, d = held("c", parent=urn("b")), held("d", provider=f"{urn('a')}::id")
    assert order(a, b, c, d)[-1] == "a"
    assert order(a, b, c, d).index("c") < order(a, b, c, d).index("b")
    assert plan_deletions([a, d])[1].after == {(urn("d"), "")}


def test_what_vanishes_with_another_goes_when_that_goes() -> None:
    host = held("host")
    guest = held("guest", deleted_with=urn("host"), dependencies=(urn("host"),))
    tenant = held("tenant", dependencies=(urn("guest"),))
    replaced = held("host", delete=True)
    assert order(host, guest, tenant) == ["tenant", "host"]
    assert plan_deletions([host, guest, tenant])[1].with_it == (guest,)
    assert order(replaced, guest) == ["guest", "host"]


def test_a_circle_is_cut_open() -> None:
    a, b = held("a", dependencies=(urn("b"),)), held("b", dependencies=(urn("a"),))
    assert sorted(order(a, b)) == ["a", "b"]
    done: list[str] = []
    assert run_deletions(plan_deletions([a, b]), lambda one: done.append(one.resource.id), stopped=lambda: False) == []
    assert sorted(done) == ["id-a", "id-b"]


def test_what_is_independent_is_deleted_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=10)
    deletions = plan_deletions([held("a"), held("b"), held("c")])
    assert run_deletions(deletions, lambda _: (together.wait(), None)[1], stopped=lambda: False) == []


def test_a_failure_begins_nothing_more_and_keeps_what_stands_below() -> None:
    done: list[str] = []

    def delete(deletion: Deletion) -> None:
        done.append(deletion.resource.id)
        raise StoppedError(deletion.resource.id)

    deletions = plan_deletions([held("a"), held("b", dependencies=(urn("a"),))])
    (failure,) = run_deletions(deletions, delete, stopped=lambda: False)
    assert (done, str(failure)) == (["id-b"], "id-b")
    assert run_deletions(deletions, delete, stopped=lambda: True) == []
    assert done == ["id-b"]


@pytest.mark.parametrize(
    ("old", "new", "ignored", "expected"),
    [
        ({"a": 1}, {"a": 2}, ["a"], {"a": 1}),
        ({}, {"a": 2}, ["a"], {}),
        ({"a": 1}, {}, ["a"], {"a": 1}),
        ({"a": {"b": 1}}, {"a": {"b": 2, "c": 2}}, ["a.b"], {"a": {"b": 1, "c": 2}}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, ["a.b"], {"a": {"b": 1, "c": 2}}),
        ({}, {"a": {"b": 2}}, ["a.b"], {"a": {"b": 2}}),
        ({"a": {"b": 1}}, {}, ["a.b"], {}),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}, {"b": 3}]}, ["a[*].b"], {"a": [{"b": 1}, {"b": 3}]}),
        ({"a": [{"b": 1}, {"b": 1}]}, {"a": [{"b": 2}, {"b": 2}]}, ["a[1].b"], {"a": [{"b": 2}, {"b": 1}]}),
        ({"a": [1, 2]}, {"a": [3]}, ["a[*]"], {"a": [1]}),
        ({"a": {"x": 1, "y": 1}}, {"a": {"x": 2, "z": 2}}, ["a.*"], {"a": {"x": 1, "y": 1}}),
        ({"a": 1, "b": 1}, {"a": 2, "b": 2}, ["*"], {"a": 1, "b": 1}),
        ({"a": Secret("x")}, {"a": Secret("y")}, ["a"], {"a": Secret("x")}),
        ({"a": Secret({"b": 1})}, {"a": Secret({"b": 2, "c": 1})}, ["a.b"], {"a": Secret({"b": 1, "c": 1})}),
        ({"a": "text"}, {"a": {"b": 1}}, ["a.b.c"], {"a": {"b": 1}}),
    ],
)
def test_keep_ignored(old: Any, new: Any, ignored: list[str], expected: Any) -> None:
    before = repr((old, new))
    assert keep_ignored(old, new, ignored) == expected
    assert repr((old, new)) == before


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"deletionProtection": True}, {"deletionProtection": False}),
        ({"deletionProtection": "ACTIVE"}, {"deletionProtection": "INACTIVE"}),
        ({"deletionProtection": "INACTIVE"}, {}),
        ({"enableDeletionProtection": Secret(True)}, {"enableDeletionProtection": False}),
        ({"deletionProtectionEnabled": False}, {}),
        ({}, {}),
    ],
)
def test_guards(inputs: Properties, expected: Properties) -> None:
    assert unprotected(inputs) == expected


@pytest.mark.parametrize(("text", "expected"), [("90s", 90.0), ("1h30m", 5400.0), ("250ms", 0.25), ("1.5m", 90.0)])
def test_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected
    for wrong in ("", "soon", "5", "5m later"):
        with pytest.raises(ValueError, match="duration"):
            seconds(wrong)
