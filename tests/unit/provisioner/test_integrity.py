"""What Pulumi's CLI would not take as a state, rule by rule; what a repair makes of it, and what it leaves alone."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.errors import BrokenStateError, ResourceFailedError, StateError
from provisioner.execution.providers import Providers
from provisioner.state.crypt import Crypter
from provisioner.state.integrity import faults, magic
from provisioner.state.repair import repair
from provisioner.state.state import Resource, State
from tests.unit.provisioner.kit import Cloud, Thing, options, provider, workspace

Item = dict[str, Any]
Document = dict[str, Any]

AWS = "urn:pulumi:dev::p::pulumi:providers:aws::default_7_51_1"
STACK = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
GROUP = "urn:pulumi:dev::p::a:b:Group::group"
NETWORK = "urn:pulumi:dev::p::a:b:Group$aws:ec2/vpc:Vpc::network"
SUBNET = "urn:pulumi:dev::p::aws:ec2/subnet:Subnet::subnet"


def whole() -> Document:
    """Return a deployment that breaks no rule: a stack, a default provider, a component, two things of AWS."""
    return {
        "manifest": {"version": "v3.260.0", "magic": magic("v3.260.0")},
        "resources": [
            {"urn": STACK, "type": "pulumi:pulumi:Stack"},
            {"urn": AWS, "type": "pulumi:providers:aws", "custom": True, "id": "one", "parent": STACK},
            {"urn": GROUP, "type": "a:b:Group", "parent": STACK},
            aws(NETWORK, "vpc-1", parent=GROUP),
            aws(SUBNET, "subnet-1", dependencies=[NETWORK], propertyDependencies={"vpcId": [NETWORK]}),
        ],
    }


def aws(urn: str, resource_id: str, provider: str = f"{AWS}::one", **fields: Any) -> Item:
    type_ = urn.split("::")[2].rpartition("$")[2]
    return {"urn": urn, "type": type_, "custom": True, "id": resource_id, "provider": provider, **fields}


def second_default_provider(items: list[Item]) -> None:
    items.append({**items[1], "id": "two"})
    items.append(aws(f"{SUBNET}-2", "subnet-2", provider=f"{AWS}::two"))


def without_provider(items: list[Item]) -> None:
    items[1]["urn"] = AWS.replace("default_7_51_1", "default")
    items[3]["provider"] = f"{items[1]['urn']}::one"
    del items[4]["provider"]


BREAKS: dict[str, tuple[str, Callable[[list[Item]], object]]] = {
    "a parent that is missing": ("missing", lambda items: items.pop(2)),
    "a parent that comes later": ("order", lambda items: items.append(items.pop(2))),
    "a dependency that is missing": ("missing", lambda items: items.pop(3)),
    "a dependency that comes later": ("order", lambda items: items.append(items.pop(3))),
    "a property's dependency that is missing": (
        "missing",
        lambda items: items[4].update(propertyDependencies={"x": [f"{SUBNET}-gone"]}),
    ),
    "deleted with what is missing": ("missing", lambda items: items[4].update(deletedWith=f"{SUBNET}-gone")),
    "replaced with what is missing": ("missing", lambda items: items[4].update(replaceWith=[f"{SUBNET}-gone"])),
    "a provider that comes later": ("provider", lambda items: items.append(items.pop(1))),
    "a provider of another id": ("provider", lambda items: items[4].update(provider=f"{AWS}::gone")),
    "two default providers": ("duplicate", second_default_provider),
    "no provider named beside a default one": ("default", without_provider),
    "two records of one thing": ("duplicate", lambda items: items.append(dict(items[4], modified="2026"))),
}
"""What breaks the whole state, and the rule that it breaks; all of it is repaired."""

BEYOND: dict[str, tuple[str, Callable[[list[Item]], object]]] = {
    "a provider that is missing": ("provider", lambda items: items.pop(1)),
    "a reference to no provider": ("reference", lambda items: items[4].update(provider=f"{NETWORK}::one")),
    "a reference to nothing": ("reference", lambda items: items[4].update(provider="aws")),
    "two things of one URN": ("duplicate", lambda items: items.append(aws(SUBNET, "subnet-2"))),
    "no URN": ("urn", lambda items: items[4].update(urn="")),
    "no type": ("type", lambda items: items[4].update(type="")),
    "a component with an id": ("id", lambda items: items[2].update(id="x")),
}
"""What breaks it, and only a person can say what is right."""


def broken(change: Callable[[list[Item]], object]) -> Document:
    document = whole()
    change(document["resources"])
    return document


def things(document: Document) -> set[tuple[str, str]]:
    """Return what the state holds in AWS: names and ids."""
    found = [one for one in document["resources"] if one.get("custom") and "pulumi:" not in one["type"]]
    return {(one["urn"].rpartition("::")[2], one["id"]) for one in found}


def test_a_whole_state_has_no_fault_and_is_repaired_to_itself() -> None:
    assert faults(whole()) == []
    assert faults(None) == faults({}) == []
    assert repair(whole()).deployment == whole()


@pytest.mark.parametrize("name", [*BREAKS, *BEYOND])
def test_each_rule_is_seen(name: str) -> None:
    rule, change = (BREAKS | BEYOND)[name]
    assert rule in {fault.rule for fault in faults(broken(change))}


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_certain_is_mended_and_nothing_of_aws_is_forgotten(name: str) -> None:
    document = broken(BREAKS[name][1])
    repaired = repair(document)
    assert (repaired.left, faults(repaired.deployment)) == ((), [])
    assert repaired.changes
    assert things(repaired.deployment) == things(document)


@pytest.mark.parametrize("name", BEYOND)
def test_what_is_not_certain_is_left(name: str) -> None:
    document = broken(BEYOND[name][1])
    repaired = repair(document)
    assert repaired.left
    assert len(repaired.deployment["resources"]) == len(document["resources"])


def test_of_two_default_providers_the_first_is_used_by_all() -> None:
    repaired = repair(broken(second_default_provider)).deployment["resources"]
    assert [one["id"] for one in repaired if one["type"] == "pulumi:providers:aws"] == ["one"]
    assert {one["provider"] for one in repaired if one.get("provider")} == {f"{AWS}::one"}


def test_what_is_to_be_deleted_may_stand_beside_its_successor() -> None:
    document = broken(lambda items: items.append(aws(SUBNET, "subnet-0", delete=True)))
    assert faults(document) == []


def test_what_waits_for_its_replacement_may_have_lost_its_provider() -> None:
    document = broken(lambda items: items[4].update(provider=f"{AWS}::gone", pendingReplacement=True))
    assert faults(document) == []


def test_another_magic_than_the_versions_is_seen_and_mended() -> None:
    document = whole()
    document["manifest"]["magic"] = "changed"
    assert [fault.rule for fault in faults(document)] == ["magic"]
    assert repair(document).left == ()


def test_snippets_are_told_apart() -> None:
    assert len(faults({**whole(), "snippets": [{"uuid": "a"}, {"uuid": "a"}, {}]})) == 2


def test_children_of_what_lost_its_parent_are_called_anew() -> None:
    inner = "urn:pulumi:dev::p::a:b:Group$a:b:Inner::inner"
    deep = "urn:pulumi:dev::p::a:b:Group$a:b:Inner$aws:ec2/vpc:Vpc::deep"

    def change(items: list[Item]) -> None:
        items.append({"urn": inner, "type": "a:b:Inner", "parent": GROUP})
        items.append(aws(deep, "vpc-2", parent=inner))
        items.pop(2)

    urns = [one["urn"] for one in repair(broken(change)).deployment["resources"]]
    assert urns[-2:] == ["urn:pulumi:dev::p::a:b:Inner::inner", "urn:pulumi:dev::p::a:b:Inner$aws:ec2/vpc:Vpc::deep"]


@given(st.permutations(whole()["resources"]))
def test_any_order_is_mended(resources: list[Item]) -> None:
    repaired = repair({**whole(), "resources": resources})
    assert repaired.left == ()
    assert things(repaired.deployment) == things(whole())


def test_the_engine_does_not_begin_on_a_broken_state(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    crypter = Crypter("correct horse battery staple")
    deployment = {**broken(second_default_provider), "secrets_providers": crypter.provider_state}
    path.write_text(json.dumps({"version": 3, "deployment": deployment}))
    with pytest.raises(BrokenStateError) as refusal:
        State(path, crypter)
    assert [fault.rule for fault in refusal.value.broken] == ["duplicate"]  # type: ignore[attr-defined]


def test_what_names_no_provider_keeps_the_default_one_that_the_cli_made(tmp_path: Path) -> None:
    """Also when the apply fails half-way: it was then that the CLI found two."""
    cloud = Cloud()

    def program() -> None:
        Thing("first", options(provider=provider()), of=pulumi.StackReference("organization/test/left").get_output("x"))

    workspace(tmp_path, cloud).apply("left", lambda: pulumi.export("x", "1"), {})
    workspace(tmp_path, cloud).apply("dev", program, {})
    path, default = tmp_path / "dev.json", "urn:pulumi:dev::test::pulumi:providers:pulumi::default"
    document = json.loads(path.read_bytes())
    items = document["deployment"]["resources"]
    (reference,) = [one for one in items if one["type"] == "pulumi:pulumi:StackReference"]
    reference["provider"] = f"{default}::theirs"
    items.insert(1, {"urn": default, "type": "pulumi:providers:pulumi", "custom": True, "id": "theirs"})
    path.write_text(json.dumps(document))

    workspace(tmp_path, cloud).apply("left", lambda: pulumi.export("x", "2"), {})
    for cloud.fail, ends in (({"first"}, pytest.raises(ResourceFailedError)), (set(), nullcontext())):
        with ends:
            workspace(tmp_path, cloud).apply("dev", program, {})
        after = json.loads(path.read_bytes())["deployment"]
        assert faults(after) == []
        assert [one["id"] for one in after["resources"] if one["urn"] == default] == ["theirs"]
        assert [one["provider"] for one in after["resources"] if "StackReference" in one["type"]] == [
            f"{default}::theirs"
        ]


@pytest.mark.parametrize("told", [{"region": "eu-west-1"}, {"arn": "arn:aws:sqs:eu-west-1:123456789012:queue"}])
def test_the_region_of_what_the_cli_imported_is_known(tmp_path: Path, told: Item) -> None:
    """Its default provider takes the region from the shell, and the state does not say it."""
    saved = State(tmp_path / "dev.json", Crypter("x"))
    saved.put(Resource(urn=AWS, type="pulumi:providers:aws", custom=True, id="one"))
    queue = Resource(urn=SUBNET, type="aws:ec2/subnet:Subnet", custom=True, provider=f"{AWS}::one", outputs=told)
    assert Providers(saved).region_of(queue) == "eu-west-1"
    with pytest.raises(StateError):
        Providers(saved).region_of(replace(queue, outputs={"arn": "arn:aws:iam::123456789012:role/x"}))


def test_every_moment_of_an_apply_is_a_whole_state(tmp_path: Path) -> None:
    cloud, seen = Cloud(), list[int]()

    def look(_: str) -> None:
        document = json.loads((tmp_path / "dev.json").read_bytes())
        assert faults(document["deployment"]) == []
        seen.append(len(document["deployment"]["resources"]))

    def program(kind: str) -> Callable[[], None]:
        def run() -> None:
            east = provider()
            first = Thing("first", options(provider=east), kind=kind)
            Thing("guest", options(provider=east, deleted_with=first), of=first.arn)

        return run

    cloud.on_create = cloud.on_delete = look
    for kind in ("a", "b", "c"):
        workspace(tmp_path, cloud).apply("dev", program(kind), {})
    assert len(seen) > 4
