"""Aliases, imports and targets: what is found under another name, taken in, or left out."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest

from provisioner.errors import ImportRefusedError, StateError, UnsupportedError
from provisioner.goal import Alias, Goal
from provisioner.program.aliases import former_urns
from provisioner.urns import make_urn
from tests.unit.provisioner.kit import Cloud, Group, Thing, deployment, options, provider, resource, workspace

Program = Callable[[], None]
URN = "urn:pulumi:dev::test::"
GROUP, THING = "test:index:Group", "test:index:Thing"


def goal(name: str, *aliases: Alias, parent: str = "") -> Goal:
    return Goal(make_urn("dev", "test", parent, THING, name), THING, name, custom=True, parent=parent, aliases=aliases)


@pytest.mark.parametrize(
    ("wanted", "renamed", "expected"),
    [
        (goal("new", Alias(name="old")), {}, [f"{URN}{THING}::old"]),
        (goal("new", Alias(urn="urn:pulumi:a::b::c::d")), {}, ["urn:pulumi:a::b::c::d"]),
        (goal("new", Alias(type="test:index:Old")), {}, [f"{URN}test:index:Old::new"]),
        (goal("new", Alias(stack="old", project="older")), {}, [f"urn:pulumi:old::older::{THING}::new"]),
        (goal("new", Alias(no_parent=True), parent=f"{URN}{GROUP}::g"), {}, [f"{URN}{THING}::new"]),
        (goal("new", Alias(parent=f"{URN}{GROUP}::g")), {}, [f"{URN}{GROUP}${THING}::new"]),
        (goal("new", Alias(name="new")), {}, []),
        (
            goal("new-thing", parent=f"{URN}{GROUP}::new"),
            {f"{URN}{GROUP}::new": f"{URN}test:index:Old::old"},
            [f"{URN}test:index:Old${THING}::old-thing"],
        ),
        (
            goal("thing", Alias(name="was"), parent=f"{URN}{GROUP}::new"),
            {f"{URN}{GROUP}::new": f"{URN}test:index:Old::old"},
            [f"{URN}{GROUP}${THING}::was", f"{URN}test:index:Old${THING}::thing", f"{URN}test:index:Old${THING}::was"],
        ),
    ],
)
def test_former_urns(wanted: Goal, renamed: dict[str, str], expected: list[str]) -> None:
    assert former_urns(wanted, stack="dev", project="test", renamed=renamed) == expected


def test_what_is_renamed_and_moved_is_found_with_its_children(tmp_path: Path) -> None:
    cloud = Cloud()

    def before() -> None:
        east = provider()
        group = Group("old")
        parent = Thing("parent", options(provider=east, parent=group))
        Thing("child", options(provider=east, parent=parent), of=parent.arn)
        Thing("loose", options(provider=east))

    def after() -> None:
        east = pulumi.ProviderResource(
            "test", "renamed", {"region": "us-east-1"}, options(aliases=[pulumi.Alias(name="aws-us-east-1")])
        )
        group = Group("new", options(aliases=[pulumi.Alias(name="old")]))
        parent = Thing("parent", options(provider=east, parent=group))
        Thing("child", options(provider=east, parent=parent), of=parent.arn)
        moved = options(provider=east, parent=group, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)])
        Thing("loose", moved)

    workspace(tmp_path, cloud).apply("dev", before, {})
    calls = list(cloud.writes)

    result = workspace(tmp_path, cloud).apply("dev", after, {})

    assert (result.unchanged, result.created, result.deleted) == (3, 0, 0)
    assert cloud.writes == calls
    urns = {one["urn"] for one in deployment(tmp_path)["resources"]}
    assert f"{URN}{GROUP}${THING}${THING}::child" in urns
    assert f"{URN}{GROUP}::old" not in urns
    mentioned = {
        urn
        for one in deployment(tmp_path)["resources"]
        for urn in (one.get("parent"), one.get("provider", "").rpartition("::")[0], *one.get("dependencies", ()))
    }
    assert mentioned - {None, ""} <= urns
    assert workspace(tmp_path, cloud).plan("dev", after, {}).changes.nothing


def test_a_renamed_thing_whose_name_is_an_input_is_replaced_not_doubled(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", lambda: Thing("old", options(provider=provider())) and None, {})

    def renamed() -> None:
        Thing("new", options(provider=provider(), aliases=[pulumi.Alias(name="old")]))

    result = workspace(tmp_path, cloud).apply("dev", renamed, {})
    assert (result.replaced, result.created, result.deleted) == (1, 0, 0)
    assert list(cloud.things) == ["new"]


def importing(name: str, resource_id: str, **inputs: object) -> Program:
    return lambda: Thing(name, options(provider=provider(), import_=resource_id), **inputs) and None


def test_an_import_takes_in_what_is_as_the_program_says(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.things["first"] = {"name": "first", "size": 5.0, "policy": '{"a": 1}', "tagsAll": {"aws:x": "y"}}
    program = importing("first", "id-first", size=5, policy='{"a":1}')

    plan = workspace(tmp_path, cloud).plan("dev", program, {})
    assert [one.action for one in plan.planned if one.in_cloud] == ["import"]
    result = workspace(tmp_path, cloud).apply("dev", program, {})

    assert (result.imported, result.created) == (1, 0)
    held = resource(tmp_path, "first")
    assert (held["id"], held["importID"], held["outputs"]["arn"]) == ("id-first", "id-first", "arn:first")
    assert workspace(tmp_path, cloud).apply("dev", program, {}).unchanged == 1
    assert workspace(tmp_path, cloud).apply("dev", importing("first", "", size=5, policy='{"a":1}'), {}).unchanged == 1


def test_an_import_that_differs_is_refused_in_words(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.things["first"] = {"name": "first", "size": 5, "tagsAll": {}}
    with pytest.raises(ImportRefusedError, match="size is 5, the program says 6"):
        workspace(tmp_path, cloud).apply("dev", importing("first", "id-first", size=6), {})
    with pytest.raises(StateError, match="id-second"):
        workspace(tmp_path, cloud).apply("dev", importing("second", "id-second"), {})
    assert not (tmp_path / "dev.json").exists()
    workspace(tmp_path, cloud).apply("dev", importing("first", "id-first", size=5), {})
    with pytest.raises(UnsupportedError, match="id-other"):
        workspace(tmp_path, cloud).apply("dev", importing("first", "id-other", size=5), {})


def test_a_resource_may_come_to_stand_for_another_of_aws(tmp_path: Path) -> None:
    cloud = Cloud()

    def program() -> None:
        Thing("first", options(provider=provider()), size=1)

    workspace(tmp_path, cloud).apply("dev", program, {})
    urn = resource(tmp_path, "first")["urn"]
    cloud.things["rebuilt"] = {"name": "first", "size": 2, "tagsAll": {}}

    (drift,) = workspace(tmp_path, cloud).import_("dev", urn, "id-rebuilt", program, {})

    assert [(one.path, one.expected, one.found) for one in drift.properties] == [("size", 1, 2)]
    assert resource(tmp_path, "first")["id"] == "id-rebuilt"
    assert resource(tmp_path, "first")["outputs"]["arn"] == "arn:rebuilt"
    assert workspace(tmp_path, cloud).apply("dev", program, {}).updated == 1
    assert cloud.things["rebuilt"]["size"] == 1
    for missing in ((urn, "id-nothing"), (f"{urn}x", "id-rebuilt")):
        with pytest.raises(StateError):
            workspace(tmp_path, cloud).import_("dev", *missing, program, {})
    assert deployment(tmp_path)["pending_operations"] == []


def test_what_the_program_declares_anew_may_be_what_is_there(tmp_path: Path) -> None:
    """No state knows it: it was made by hand, or its entry was lost."""
    cloud = Cloud()

    def program(*, both: bool) -> Program:
        def run() -> None:
            east = provider()
            first = Thing("first", options(provider=east), size=1)
            if both:
                Thing("second", options(provider=east), size=1, of=first.arn, tags={"Owner": "me"})

        return run

    workspace(tmp_path, cloud).apply("dev", program(both=False), {})
    cloud.things["by-hand"] = {"name": "second", "size": 2, "of": "arn:first", "tagsAll": {}}
    before, calls = (tmp_path / "dev.json").read_bytes(), list(cloud.writes)
    space = workspace(tmp_path, cloud)
    (urn,) = space.declared("dev", program(both=True), {}, type_="test:index:Thing", name="second")
    assert space.id_of("dev", urn) is None

    (drift,) = space.import_("dev", urn, "id-by-hand", program(both=True), {}, dry_run=True)

    assert [one.path for one in drift.properties] == ["size", "tags.Owner"]
    assert (tmp_path / "dev.json").read_bytes() == before
    space.import_("dev", urn, "id-by-hand", program(both=True), {})
    assert (space.id_of("dev", urn), cloud.writes) == ("id-by-hand", calls)
    assert space.declared("dev", program(both=True), {}, type_="test:index:Thing", name="second") == [urn]
    result = workspace(tmp_path, cloud).apply("dev", program(both=True), {})
    assert (result.created, result.updated, result.unchanged) == (0, 1, 1)
    assert (cloud.things["by-hand"]["size"], cloud.things["by-hand"]["tagsAll"]) == (1, {"Owner": "me"})


def test_what_needs_something_that_is_not_there_is_not_imported(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.things["second"] = {"name": "second", "tagsAll": {}}

    def program() -> None:
        east = provider()
        Thing("second", options(provider=east), of=Thing("first", options(provider=east)).arn)

    space = workspace(tmp_path, cloud)
    (urn,) = space.declared("dev", program, {}, type_="test:index:Thing", name="second")
    with pytest.raises(StateError, match="apply that first"):
        space.import_("dev", urn, "id-second", program, {})
    assert space.declared("dev", program, {}, type_="test:index:Thing", name="third") == []


def test_what_is_only_read_is_never_changed_or_deleted(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.things["other"] = {"name": "other", "size": 7, "tagsAll": {}}

    def program() -> None:
        east = provider()
        other = Thing("seen", options(provider=east, id="id-other"))
        Thing("first", options(provider=east), of=other.arn)

    workspace(tmp_path, cloud).apply("dev", program, {})
    assert cloud.things["first"]["of"] == "arn:other"
    assert (resource(tmp_path, "seen")["external"], deployment(tmp_path)["pending_operations"]) == (True, [])
    assert workspace(tmp_path, cloud).plan("dev", program, {}).changes.nothing
    assert workspace(tmp_path, cloud).drift("dev") == ()
    assert workspace(tmp_path, cloud).destroy("dev").deleted == 1
    assert list(cloud.things) == ["other"]

    cloud.things.clear()
    with pytest.raises(StateError, match="id-other"):
        workspace(tmp_path, cloud).apply("dev", program, {})


def test_what_was_only_read_may_become_ours(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.things["other"] = {"name": "other", "size": 7, "tagsAll": {}}

    def seen() -> None:
        Thing("other", options(provider=provider(), id="id-other"))

    workspace(tmp_path, cloud).apply("dev", seen, {})
    result = workspace(tmp_path, cloud).apply("dev", importing("other", "id-other", size=7), {})
    assert (result.imported, "external" in resource(tmp_path, "other")) == (1, False)


def test_a_killed_import_or_reading_leaves_nothing_to_settle(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.things["first"] = {"name": "first", "size": 5, "tagsAll": {}}
    reading = cloud.read

    def die(*_: object) -> None:
        cloud.read = reading  # type: ignore[method-assign]
        raise KeyboardInterrupt

    adopted, runs = importing("first", "id-first", size=5), itertools.count()

    def killed_after_its_plan() -> None:
        if next(runs):
            cloud.read = die  # type: ignore[assignment, method-assign]
        adopted()

    with pytest.raises(BaseException):  # noqa: B017 - a kill may surface as anything
        workspace(tmp_path, cloud).apply("dev", killed_after_its_plan, {})
    assert [one["type"] for one in deployment(tmp_path)["pending_operations"]] == ["importing"]
    workspace(tmp_path, cloud).apply("dev", lambda: None, {})
    assert deployment(tmp_path)["pending_operations"] == []
    assert list(cloud.things) == ["first"]
    assert workspace(tmp_path, cloud).apply("dev", adopted, {}).imported == 1
