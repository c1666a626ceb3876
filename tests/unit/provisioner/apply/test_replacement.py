"""What is replaced: in which order, and what goes with it."""

from pathlib import Path

import pulumi
import pytest

from provisioner.events import Event
from tests.unit.provisioner.apply.things import Program, changes, thing
from tests.unit.provisioner.kit import Cloud, Thing, deployment, options, provider, resource, workspace


def test_what_cannot_be_updated_is_replaced_old_one_first(tmp_path: Path) -> None:
    cloud, events = Cloud(), list[Event]()
    workspace(tmp_path, cloud).apply("dev", thing(kind="a"), {})
    result = workspace(tmp_path, cloud, events).apply("dev", thing(kind="b"), {})
    assert result.replaced == 1
    assert changes(cloud)[1:] == ["delete first", "create first in us-east-1"]
    assert [event.action for event in events] == ["deleting", "deleted", "replacing", "replaced"]
    assert "pendingReplacement" not in resource(tmp_path, "first")


def test_the_program_may_want_the_new_one_first(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", thing(kind="a"), {})
    seen: list[list[bool]] = []
    cloud.on_delete = lambda _: seen.append([bool(r.get("delete")) for r in deployment(tmp_path)["resources"]])
    workspace(tmp_path, cloud).apply("dev", thing(kind="b", opts={"delete_before_replace": False}), {})
    assert changes(cloud)[1:] == ["create first in us-east-1", "delete first"]
    assert seen[0].count(True) == 1
    assert [one["id"] for one in deployment(tmp_path)["resources"] if one["urn"].endswith("::first")] == ["id-first"]


def test_the_program_may_force_a_replacement(tmp_path: Path) -> None:
    cloud = Cloud()
    forced = {"replace_on_changes": ["shape.*.width"]}
    for width in (1, 2):
        shape = {"base": {"width": width, "height": 1}}
        result = workspace(tmp_path, cloud).apply("dev", thing(shape=shape, opts=forced), {})
    assert result.replaced == 1
    shape = {"base": {"width": 2, "height": 2}}
    assert workspace(tmp_path, cloud).apply("dev", thing(shape=shape, opts=forced), {}).updated == 1


@pytest.mark.parametrize("through", ["provider", "input"])
def test_another_region_is_another_resource_deleted_where_it_was(tmp_path: Path, through: str) -> None:
    cloud = Cloud()
    where: list[str] = []

    def program(region: str) -> Program:
        def run() -> None:
            if through == "provider":
                Thing("first", options(provider=pulumi.ProviderResource("test", "aws", {"region": region})))
            else:
                Thing("first", options(provider=provider()), region=region)

        return run

    real = cloud.delete
    cloud.delete = lambda aws, *rest: (where.append(aws.region), real(aws, *rest))[1]  # type: ignore[method-assign]
    workspace(tmp_path, cloud).apply("dev", program("us-east-1"), {})
    plan = workspace(tmp_path, cloud).plan("dev", program("us-west-2"), {})
    assert [(one.action, one.region) for one in plan.planned if one.in_cloud] == [("replace", "us-west-2")]
    result = workspace(tmp_path, cloud).apply("dev", program("us-west-2"), {})
    assert result.replaced == 1
    assert where == ["us-east-1"]
    assert changes(cloud)[-1] == "create first in us-west-2"
    assert not [one for one in deployment(tmp_path)["resources"] if one.get("delete")]
    assert workspace(tmp_path, cloud).plan("dev", program("us-west-2"), {}).changes.nothing


def test_a_region_named_where_it_was_meant_changes_nothing_in_aws(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", thing(), {})
    before = changes(cloud)
    workspace(tmp_path, cloud).apply("dev", thing(region="us-east-1"), {})
    assert changes(cloud) == before


def linked(kind: str, *, tied: str = "of_kind") -> Program:
    """A root, what is tied to its ARN, and what only mentions it."""

    def run() -> None:
        east = provider()
        root = Thing("root", options(provider=east), kind=kind)
        second = Thing("tied", options(provider=east), **{tied: root.arn})
        Thing("tied-again", options(provider=east), of_kind=second.arn)
        Thing("mentions", options(provider=east), of=root.arn)
        Thing("after", options(provider=east, depends_on=[root]))

    return run


def test_what_cannot_outlive_a_replaced_resource_goes_before_it_and_comes_after_it(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", linked("a"), {})
    created = len(cloud.calls)

    plan = workspace(tmp_path, cloud).plan("dev", linked("b"), {})
    result = workspace(tmp_path, cloud).apply("dev", linked("b"), {})

    by_name = {one.name: one for one in plan.planned}
    assert {name: by_name[name].action for name in ("root", "tied", "tied-again", "mentions", "after")} == {
        "root": "replace",
        "tied": "replace",
        "tied-again": "replace",
        "mentions": "update",
        "after": "same",
    }
    assert by_name["root"].because == ("kind",)
    assert by_name["mentions"].inputs["of"] == "[unknown]"
    assert (result.replaced, result.unchanged + result.updated) == (3, 2)
    done = [call for call in cloud.calls[created:] if call.split()[0] in ("create", "delete")]
    assert done[:3] == ["delete tied-again", "delete tied", "delete root"]
    assert [call.split()[1] for call in done[3:]] == ["root", "tied", "tied-again"]


@pytest.mark.parametrize("first", [True, False])
def test_what_is_retained_stays_when_another_takes_its_place(tmp_path: Path, *, first: bool) -> None:
    cloud = Cloud()
    opts = {"retain_on_delete": True, "delete_before_replace": first}
    workspace(tmp_path, cloud).apply("dev", thing(kind="a", opts=opts), {})
    assert workspace(tmp_path, cloud).apply("dev", thing(kind="b", opts=opts), {}).replaced == 1
    assert changes(cloud) == ["create first in us-east-1", "create first in us-east-1"]
    assert len([one for one in deployment(tmp_path)["resources"] if one["urn"].endswith("::first")]) == 1
