"""What one resource has and another is to have: planned in an order that works, or refused with the reason."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

from provisioner.errors import InputsError, ResourceFailedError
from tests.unit.provisioner.kit import deployment, options
from tests.unit.provisioner.strict_sky import World

RULE, GROUP, LISTENER = (
    "aws:lb/listenerRule:ListenerRule",
    "aws:lb/targetGroup:TargetGroup",
    "aws:lb/listener:Listener",
)
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
Program = Callable[[], None]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


class _Resource(pulumi.CustomResource):
    arn: pulumi.Output[str]

    def __init__(self, token: str, label: str, opts: Any, **properties: Any) -> None:
        super().__init__(token, label, {"label": label, "arn": None, **properties}, opts)


def _east() -> pulumi.ProviderResource:
    return pulumi.ProviderResource("aws", "aws-us-east-1", {"region": "us-east-1"})


def rules(priorities: Mapping[str, int]) -> Program:
    def program() -> None:
        east = _east()
        for label, priority in priorities.items():
            _Resource(RULE, label, options(provider=east), listenerArn="l", priority=priority)

    return program


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({"a": 1, "b": 2}, {"a": 2, "b": 1}, id="swapped"),
        pytest.param({"a": 1, "b": 2, "c": 3}, {"a": 2, "b": 3, "c": 1}, id="in a ring"),
        pytest.param({"a": 1, "b": 2, "c": 3}, {"a": 2, "b": 3, "c": 4}, id="shifted"),
        pytest.param({"a": 1, "b": 2, "c": 3}, {"new": 1, "a": 2, "b": 3, "c": 4}, id="inserted"),
        pytest.param({"a": 1, "b": 2}, {"b": 1}, id="deleted, and its place is taken"),
        pytest.param({"a": 1}, {"b": 1}, id="declared under another name"),
        pytest.param({"a": 1, "b": 2, "c": 3}, {"c": 2, "a": 3, "d": 1}, id="all at once"),
    ],
)
def test_priorities_find_their_places_and_go_back(world: World, before: dict[str, int], after: dict[str, int]) -> None:
    world.apply(rules(before))
    plan = world.plan(rules(after))
    result = world.apply(rules(after))
    assert world.by_label("priority") == after
    assert (result.updated, result.created, result.deleted) == (
        len(plan.changes.update),
        len(plan.changes.create),
        len(plan.changes.delete),
    )
    assert result.updated == sum(before[one] != after[one] for one in before.keys() & after.keys())
    world.apply(rules(before))
    assert world.by_label("priority") == before
    assert world.plan(rules(before)).changes.nothing


def test_the_plan_says_what_goes_first(world: World) -> None:
    world.apply(rules({"a": 1, "b": 2}))
    (release,) = world.plan(rules({"a": 2, "b": 1})).releases
    assert (release.kind, len(release.urns)) == ("together", 2)
    assert "a, b: each gets its priority in one call" in release.why
    (release,) = world.plan(rules({"b": 1})).releases
    assert (release.kind, release.why) == ("delete", "a has priority 1, which b is to have: a is deleted first")
    assert not world.plan(rules({"a": 1, "b": 2, "c": 3})).releases


def test_priorities_that_somebody_swapped_are_swapped_back(world: World) -> None:
    world.apply(rules({"a": 1, "b": 2}))
    for one in world.sky.values():
        one["priority"] = 3 - one["priority"]
    assert world.apply(rules({"a": 1, "b": 2})).updated == 2
    assert world.by_label("priority") == {"a": 1, "b": 2}


def test_two_that_are_to_have_the_same_are_refused(world: World) -> None:
    world.apply(rules({"a": 1, "b": 2}))
    with pytest.raises(InputsError, match="priority 1 is what a has too"):
        world.apply(rules({"a": 1, "b": 1}))
    assert world.calls == []


def test_a_rearrangement_that_was_killed_is_ended_or_taken_back(world: World) -> None:
    world.apply(rules({"a": 1, "b": 2}))
    handler = world.handlers[RULE]
    for wanted in ({"a": 2, "b": 1}, {"a": 1, "b": 2}):
        handler.killed = True
        with pytest.raises(KeyboardInterrupt):
            world.apply(rules({"a": 2, "b": 1}))
        handler.killed = False
        world.apply(rules(wanted))
        assert world.by_label("priority") == wanted
        assert deployment(world.folder)["pending_operations"] == []
        world.apply(rules({"a": 1, "b": 2}))


@pytest.mark.parametrize("seed", range(20))
def test_any_order_follows_from_any_other(world: World, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(4):
        labels = chance.sample("abcdef", chance.randint(1, 6))
        wanted = dict(zip(labels, chance.sample(range(1, 7), len(labels)), strict=True))
        world.apply(rules(wanted))
        assert world.by_label("priority") == wanted
        assert world.plan(rules(wanted)).changes.nothing


def listeners(ports: Mapping[str, int]) -> Program:
    def program() -> None:
        east = _east()
        for label, port in ports.items():
            _Resource(LISTENER, label, options(provider=east), loadBalancerArn="b", port=port)

    return program


def test_ports_of_listeners_have_a_free_one_in_between(world: World) -> None:
    world.apply(listeners({"a": 80, "b": 443}))
    assert [one.kind for one in world.plan(listeners({"a": 443, "b": 80})).releases] == ["aside", "aside"]
    assert world.apply(listeners({"a": 443, "b": 80})).updated == 2
    assert world.by_label("port") == {"a": 443, "b": 80}


def ingress(ports: Mapping[str, int]) -> Program:
    def program() -> None:
        east = _east()
        for label, port in ports.items():
            given = {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "cidrIpv4": "0.0.0.0/0"}
            _Resource(INGRESS, label, options(provider=east), securityGroupId="g", **given)

    return program


def test_rules_that_swap_all_they_say_are_made_again(world: World) -> None:
    world.apply(ingress({"a": 80, "b": 443}))
    plan = world.plan(ingress({"a": 443, "b": 80}))
    assert {one.name: one.action for one in plan.planned if one.in_cloud} == {"a": "replace", "b": "replace"}
    result = world.apply(ingress({"a": 443, "b": 80}))
    assert (result.replaced, result.updated) == (2, 0)
    assert world.by_label("fromPort") == {"a": 443, "b": 80}


def service(port: int, *, name: str = "video", owned: bool = True, rule: bool = True, group: bool = True) -> Program:
    """A target group of a fixed name; the rule that forwards to it, whose actions operations may own."""

    def program() -> None:
        east = _east()
        if not group:
            return
        target = _Resource(GROUP, "group", options(provider=east), name=name, port=port)
        if rule:
            ignored = ["actions"] if owned else []
            _Resource(
                RULE,
                "rule",
                options(provider=east, ignore_changes=ignored),
                listenerArn="l",
                priority=1,
                actions=[target.arn],
            )

    return program


@pytest.mark.parametrize("owned", [True, False])
def test_a_changed_port_of_what_is_in_use_is_refused_before_anything_is_touched(world: World, *, owned: bool) -> None:
    world.apply(service(8002, owned=owned))
    for go in (world.plan, world.apply):
        with pytest.raises(InputsError, match=r"made again \(port\).*rule uses it"):
            go(service(8003, owned=owned))
    assert world.calls == []
    assert world.apply(service(8002, owned=owned)).unchanged == 2  # the file was put back


def test_with_another_name_it_is_made_beside_and_its_users_move(world: World) -> None:
    world.apply(service(8002, owned=False))
    result = world.apply(service(8003, name="video-2", owned=False))
    assert (result.replaced, result.updated) == (1, 1)
    assert world.calls == ["create group", "update rule actions", "delete group"]


def test_with_another_name_it_is_refused_where_its_users_are_not_the_programs(world: World) -> None:
    world.apply(service(8002))
    with pytest.raises(InputsError, match="its actions is not the program's to change"):
        world.plan(service(8003, name="video-2"))


def test_what_uses_it_and_goes_is_deleted_before(world: World) -> None:
    world.apply(service(8002))
    result = world.apply(service(8003, rule=False))
    assert (result.replaced, result.deleted) == (1, 1)
    assert world.calls == ["delete rule", "delete group", "create group"]


def test_an_apply_that_was_stuck_goes_back_with_the_file(world: World) -> None:
    """The deletion had begun, and AWS refused it; the state says so still."""
    world.apply(service(8002))
    with pytest.raises(ResourceFailedError, match="ResourceInUse"):
        world.apply(lambda: _only_rule(world))
    assert world.apply(service(8002)).unchanged == 2


def _only_rule(world: World) -> None:
    """The program wants the rule alone, which goes on to forward to the group: nothing in it says so."""
    (arn,) = (key for key, one in world.sky.items() if one["type"] == GROUP)
    east = _east()
    _Resource(RULE, "rule", options(provider=east), listenerArn="l", priority=1, actions=[arn])
