"""Updates, replacements, tags, protection and options: what an apply does to what is there."""

import threading
from pathlib import Path

import pulumi
import pytest

from provisioner.aws import Aws, Clients
from provisioner.errors import (
    DeadlineError,
    InputsError,
    ResourceFailedError,
    StoppedError,
    UnsupportedError,
)
from provisioner.events import Event
from tests.unit.provisioner.apply.things import Program, changes, thing
from tests.unit.provisioner.kit import Cloud, Group, Thing, deployment, options, provider, resource, workspace


def test_a_changed_input_is_updated_alone(tmp_path: Path) -> None:
    cloud, events = Cloud(), list[Event]()
    workspace(tmp_path, cloud).apply("dev", thing(1, colour="red"), {})
    created = resource(tmp_path, "first")["created"]

    result = workspace(tmp_path, cloud, events).apply("dev", thing(2, colour="red"), {})

    assert (result.updated, result.created, result.resources) == (1, 0, 1)
    assert changes(cloud)[-1] == "update first size"
    assert cloud.things["first"]["size"] == 2
    assert resource(tmp_path, "first")["inputs"]["size"] == 2
    assert resource(tmp_path, "first")["outputs"]["arn"] == "arn:first"
    assert resource(tmp_path, "first")["created"] == created
    assert [(event.action, event.done, event.total) for event in events] == [("updating", 0, 1), ("updated", 1, 1)]
    assert workspace(tmp_path, cloud).apply("dev", thing(2, colour="red"), {}).unchanged == 1


def test_an_input_taken_away_is_an_update_too(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", thing(1, colour="red"), {})
    workspace(tmp_path, cloud).apply("dev", thing(1), {})
    assert changes(cloud)[-1] == "update first colour"
    assert "colour" not in resource(tmp_path, "first")["outputs"]


def test_tags_alone_are_retagged_and_more_is_both(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", thing(1, tags={"a": "1", "b": "1"}), {})
    workspace(tmp_path, cloud).apply("dev", thing(1, tags={"a": "2", "c": "1"}), {})
    assert changes(cloud)[1:] == ["retag first +a,c -b"]
    assert cloud.things["first"]["tagsAll"] == {"a": "2", "c": "1"}
    workspace(tmp_path, cloud).apply("dev", thing(5, tags={"a": "2"}), {})
    assert changes(cloud)[2:] == ["update first size", "retag first + -c"]


def test_ignored_paths_keep_what_the_state_has(tmp_path: Path) -> None:
    cloud = Cloud()
    ignoring = {"ignore_changes": ["rules[*].weight", "count", "tags.Owner"]}

    def program(weight: int, size: int) -> Program:
        rules = [{"name": "a", "weight": weight}, {"name": f"b{size}", "weight": weight}]
        return thing(size, rules=rules, count=weight, tags={"Owner": str(weight)}, opts=ignoring)

    workspace(tmp_path, cloud).apply("dev", program(1, 1), {})
    assert workspace(tmp_path, cloud).apply("dev", program(2, 1), {}).unchanged == 1
    assert workspace(tmp_path, cloud).apply("dev", program(3, 2), {}).updated == 1
    held = resource(tmp_path, "first")["inputs"]
    assert held["rules"] == [{"name": "a", "weight": 1}, {"name": "b2", "weight": 1}]
    assert (held["count"], held["size"], held["tagsAll"]) == (1, 2, {"Owner": "1"})
    assert cloud.things["first"]["rules"] == held["rules"]


def test_outputs_are_secret_when_the_program_says_so(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", thing(opts={"additional_secret_outputs": ["arn"]}), {})
    assert "arn:first" not in (tmp_path / "dev.json").read_text()
    workspace(tmp_path, cloud).apply("dev", thing(), {})
    workspace(tmp_path, cloud).apply("dev", thing(opts={"additional_secret_outputs": ["size"]}), {})
    assert resource(tmp_path, "first")["outputs"]["size"] != 1


def test_an_input_that_becomes_secret_is_encrypted_from_then_on(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", thing(word="hunter2"), {})
    assert "hunter2" in (tmp_path / "dev.json").read_text()

    def secretive() -> None:
        thing(word=pulumi.Output.secret("hunter2"))()

    result = workspace(tmp_path, cloud).apply("dev", secretive, {})
    assert result.unchanged == 1
    assert "hunter2" not in (tmp_path / "dev.json").read_text()


def test_wrong_inputs_are_refused_by_line_before_anything_is_created(tmp_path: Path) -> None:
    cloud = Cloud()

    def program() -> None:
        east = provider()
        Thing("first", options(provider=east))
        Thing("second", options(provider=east), typo=1)
        Thing("third", options(provider=east), typo=pulumi.Output.secret("hunter2"))

    with pytest.raises(InputsError) as refused:
        workspace(tmp_path, cloud).apply("dev", program, {})
    assert [wrong.urn.rpartition("::")[2] for wrong in refused.value.wrong] == ["second", "third"]
    assert refused.value.wrong[0].reasons == ("typo: there is no such input",)
    assert refused.value.wrong[0].source.partition(":")[0].endswith("test_changes.py")
    assert "hunter2" not in str(refused.value)
    assert not cloud.calls


def test_every_failure_is_named_and_what_was_done(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.fail = {"b", "c"}

    def program() -> None:
        east = provider()
        first = Thing("a", options(provider=east))
        Thing("b", options(provider=east, depends_on=[first]))
        Thing("c", options(provider=east, depends_on=[first]))

    together = threading.Barrier(2, timeout=10)
    cloud.on_create = lambda name: (together.wait(), None)[1] if name in cloud.fail else None
    with pytest.raises(ResourceFailedError) as failed:
        workspace(tmp_path, cloud).apply("dev", program, {})
    names = sorted(
        error.urn.rpartition("::")[2]
        for error in (failed.value, *failed.value.also)
        if isinstance(error, ResourceFailedError)
    )
    assert names == ["b", "c"]
    assert failed.value.done == "1 created"


def test_a_failed_update_is_repeated_even_when_the_program_takes_it_back(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", thing(1), {})
    cloud.fail = {"first"}
    with pytest.raises(ResourceFailedError):
        workspace(tmp_path, cloud).apply("dev", thing(2), {})
    assert [one["type"] for one in deployment(tmp_path)["pending_operations"]] == ["updating"]
    cloud.fail, cloud.things["first"]["size"] = set(), 2  # AWS had taken it, and failed to say so

    assert workspace(tmp_path, cloud).apply("dev", thing(1), {}).updated == 1

    assert cloud.things["first"]["size"] == 1
    assert deployment(tmp_path)["pending_operations"] == []


def test_changed_outputs_of_the_stack_are_saved_by_themselves(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", lambda: pulumi.export("a", 1), {})
    workspace(tmp_path, cloud).apply("dev", lambda: pulumi.export("a", 2), {})
    assert workspace(tmp_path, cloud).outputs("dev") == {"a": 2}


def test_a_missing_timeout_or_option_is_told_from_one_that_is_not_known(tmp_path: Path) -> None:
    cloud = Cloud()
    timeouts = pulumi.CustomTimeouts(create="20m", delete="1h30m")
    workspace(tmp_path, cloud).apply("dev", thing(opts={"custom_timeouts": timeouts}), {})
    assert resource(tmp_path, "first")["customTimeouts"] == {"create": 1200.0, "delete": 5400.0}
    with pytest.raises(UnsupportedError, match="soon"):
        workspace(tmp_path, cloud).plan(
            "dev", thing(opts={"custom_timeouts": pulumi.CustomTimeouts(create="soon")}), {}
        )


def test_a_plan_is_a_record_of_every_resource(tmp_path: Path) -> None:
    cloud = Cloud()

    def program(size: int) -> Program:
        def run() -> None:
            group = Group("group")
            first = Thing(
                "first",
                options(provider=provider(), parent=group, protect=True),
                size=size,
                word=pulumi.Output.secret("hunter2"),
            )
            Thing("second", options(provider=provider("us-west-2"), parent=group), of=first.arn, on=first.token)

        return run

    plan = workspace(tmp_path, cloud, offline=True).plan("dev", program(1), {})
    by_name = {one.name: one for one in plan.planned}
    first, second = by_name["first"], by_name["second"]
    assert (first.action, first.region, first.protect, first.in_cloud) == ("create", "us-east-1", True, True)
    assert first.inputs == {"name": "first", "size": 1, "word": "[secret]", "tagsAll": {}}
    assert first.source.partition(":")[0].endswith("test_changes.py")
    assert first.parent == by_name["group"].urn
    assert (second.region, second.inputs["of"]) == ("us-west-2", "[unknown]")
    assert second.property_dependencies == {"of": (first.urn,), "on": (first.urn,)}
    assert not by_name["group"].in_cloud

    workspace(tmp_path, cloud).apply("dev", program(1), {})
    again = workspace(tmp_path, cloud, offline=True).plan("dev", program(2), {})
    assert {one.name: (one.action, one.changed) for one in again.planned if one.in_cloud} == {
        "first": ("update", ("size",)),
        "second": ("same", ()),
    }
    gone = workspace(tmp_path, cloud).plan("dev", lambda: None, {})
    assert {one.name: one.action for one in gone.planned if one.in_cloud} == {"first": "delete", "second": "delete"}
    assert "hunter2" not in str((plan, again, gone))


def test_a_deletion_that_aws_refused_is_not_repeated_when_the_program_wants_it_back(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", thing(), {})
    cloud.fail = {"first"}
    with pytest.raises(ResourceFailedError):
        workspace(tmp_path, cloud).apply("dev", lambda: None, {})
    assert deployment(tmp_path)["pending_operations"] == []
    assert workspace(tmp_path, cloud).apply("dev", thing(), {}).unchanged == 1
    assert changes(cloud) == ["create first in us-east-1", "delete first"]


@pytest.mark.parametrize("protect", [True, False])
def test_a_deletion_that_had_begun_is_dropped_when_the_resource_is_wanted_again(
    tmp_path: Path, *, protect: bool
) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", thing(), {})
    cloud.on_delete = lambda _: cloud.killed.add("first")
    real, cloud.things = cloud.things, {"first": dict(cloud.things["first"])}
    with pytest.raises(KeyboardInterrupt):
        workspace(tmp_path, cloud).apply("dev", lambda: None, {})
    cloud.things, cloud.on_delete = real, lambda _: None  # the kill came before AWS had heard of it
    assert [one["type"] for one in deployment(tmp_path)["pending_operations"]] == ["deleting"]

    result = workspace(tmp_path, cloud).apply("dev", thing(opts={"protect": protect}), {})

    assert (result.unchanged, result.replaced, result.created) == (1, 0, 0)
    assert changes(cloud) == ["create first in us-east-1", "delete first"]
    assert list(cloud.things) == ["first"]
    assert deployment(tmp_path)["pending_operations"] == []


def test_two_that_are_to_be_deleted_may_have_one_id(tmp_path: Path) -> None:
    """As revisions of a task definition do: a kill between a replacement and its end must not lose the first."""
    cloud = Cloud()
    beside = {"delete_before_replace": False}
    workspace(tmp_path, cloud).apply("dev", thing(kind="a", opts=beside), {})
    cloud.fail = {"first"}
    cloud.on_create = lambda _: cloud.fail.clear()
    cloud.on_delete = lambda _: cloud.fail.add("first")
    for kind in ("b", "c"):
        with pytest.raises(ResourceFailedError, match="will not go"):
            workspace(tmp_path, cloud).apply("dev", thing(kind=kind, opts=beside), {})
    held = [one for one in deployment(tmp_path)["resources"] if one["urn"].endswith("::first")]
    assert [(one["inputs"]["kind"], one.get("delete", False)) for one in held] == [
        ("c", False),
        ("a", True),
        ("b", True),
    ]


def test_a_stopped_run_deletes_nothing_more_and_the_next_ends_it(tmp_path: Path) -> None:
    cloud = Cloud()

    def program() -> None:
        first = Thing("first", options(provider=provider()))
        Thing("second", options(provider=provider("us-west-2"), depends_on=[first]))

    workspace(tmp_path, cloud).apply("dev", program, {})
    space = workspace(tmp_path, cloud)
    cloud.on_delete = lambda _: space.stop()
    with pytest.raises(StoppedError) as stopped:
        space.apply("dev", lambda: None, {})
    assert stopped.value.done == "1 deleted"
    assert list(cloud.things) == ["first"]
    assert workspace(tmp_path, cloud).apply("dev", lambda: None, {}).deleted == 1


def test_the_programs_own_limit_bounds_each_wait() -> None:
    clients = Clients("http://127.0.0.1:1", access_key="x", secret_key="x")
    with pytest.raises(DeadlineError) as passed:
        Aws(clients, "us-east-1", 0.01).wait_for("never", lambda: False, deadline_s=1000)
    assert passed.value.deadline_s == 0.01
