import fcntl
import json
import threading
from pathlib import Path

import pulumi
import pytest

from provisioner.errors import (
    LockedError,
    ProgramError,
    ProtectedError,
    ResourceFailedError,
    StateError,
    StoppedError,
    UnsupportedError,
)
from provisioner.events import Event
from tests.unit.provisioner.apply.things import two_things
from tests.unit.provisioner.kit import Cloud, Thing, deployment, options, provider, resource, workspace


def test_creates_what_is_new_and_says_what_it_did(tmp_path: Path) -> None:
    cloud, events = Cloud(), list[Event]()

    result = workspace(tmp_path, cloud, events).apply("dev", two_things, {})

    assert (result.created, result.unchanged, result.deleted) == (2, 0, 0)
    assert cloud.things["second"]["of"] == "arn:first"
    assert [event.action for event in events] == ["creating", "created"] * 2
    assert workspace(tmp_path, cloud).outputs("dev") == {"arn": "arn:first"}


def test_a_stack_that_pulumi_destroyed_is_as_if_it_had_never_been(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", two_things, {})
    exported = {name: value for name, value in deployment(tmp_path).items() if name != "resources"}
    (tmp_path / "dev.json").write_text(json.dumps({"version": 3, "deployment": exported}))
    assert workspace(tmp_path, cloud).outputs("dev") is None
    assert workspace(tmp_path, cloud).apply("dev", two_things, {}).created == 2


def test_state_has_the_form_of_an_export(tmp_path: Path) -> None:
    workspace(tmp_path, Cloud()).apply("dev", two_things, {})

    second = resource(tmp_path, "second")
    assert second["urn"] == "urn:pulumi:dev::test::test:index:Group$test:index:Thing::second"
    assert second["type"] == "test:index:Thing"
    assert second["custom"] is True
    assert second["id"] == "id-second"
    assert second["parent"] == "urn:pulumi:dev::test::test:index:Group::group"
    assert second["provider"].startswith("urn:pulumi:dev::test::pulumi:providers:test::aws-us-east-1::")
    assert second["dependencies"] == [resource(tmp_path, "first")["urn"]]
    assert second["propertyDependencies"] == {"of": [resource(tmp_path, "first")["urn"]]}
    order = [r["urn"] for r in deployment(tmp_path)["resources"]]
    assert all(order.index(need) < order.index(second["urn"]) for need in (second["parent"], *second["dependencies"]))
    assert deployment(tmp_path)["pending_operations"] == []
    assert deployment(tmp_path)["secrets_providers"]["type"] == "passphrase"


def test_the_same_inputs_touch_nothing(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", two_things, {})
    before, calls = (tmp_path / "dev.json").read_bytes(), list(cloud.writes)

    result = workspace(tmp_path, cloud).apply("dev", two_things, {})

    assert (result.created, result.unchanged, result.deleted) == (0, 2, 0)
    assert cloud.writes == calls
    assert (tmp_path / "dev.json").read_bytes() == before


def test_ignored_changes_are_no_changes(tmp_path: Path) -> None:
    cloud = Cloud()

    def program(count: int, weight: int) -> None:
        Thing(
            "first",
            options(provider=provider(), ignore_changes=["count", "groups[*].weight"]),
            count=count,
            groups=[{"name": "a", "weight": weight}, {"name": "b", "weight": 100 - weight}],
        )

    workspace(tmp_path, cloud).apply("dev", lambda: program(0, 100), {})
    result = workspace(tmp_path, cloud).apply("dev", lambda: program(7, 0), {})

    assert result.unchanged == 1
    assert resource(tmp_path, "first")["inputs"]["count"] == 0


def test_what_the_program_no_longer_wants_is_deleted_dependents_first(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", two_things, {})

    result = workspace(tmp_path, cloud).apply("dev", lambda: None, {})

    assert result.deleted == 2
    assert [call for call in cloud.calls if call.startswith("delete")] == ["delete second", "delete first"]
    assert [r["type"] for r in deployment(tmp_path)["resources"]] == ["pulumi:pulumi:Stack"]


def test_protected_resources_are_not_deleted(tmp_path: Path) -> None:
    cloud = Cloud()

    def program() -> None:
        Thing("data", options(provider=provider(), protect=True))

    workspace(tmp_path, cloud).apply("dev", program, {})
    with pytest.raises(ProtectedError):
        workspace(tmp_path, cloud).apply("dev", lambda: None, {})
    with pytest.raises(ProtectedError):
        workspace(tmp_path, cloud).destroy("dev")
    assert "data" in cloud.things

    assert workspace(tmp_path, cloud).destroy("dev", even_protected=True).deleted == 1
    assert not cloud.things
    assert not (tmp_path / "dev.json").exists()


def test_a_plan_counts_and_touches_nothing(tmp_path: Path) -> None:
    cloud = Cloud()

    plan = workspace(tmp_path, cloud, offline=True).plan("dev", two_things, {})

    assert (plan.resources, plan.by_type) == (2, {"test:index:Thing": 2})
    assert [urn.rpartition("::")[2] for urn in plan.changes.create] == ["first", "second"]
    assert not cloud.calls
    assert not (tmp_path / "dev.json").exists()


def test_a_failure_names_resource_and_line_and_keeps_what_was_done(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.fail = {"second"}

    with pytest.raises(ResourceFailedError) as failed:
        workspace(tmp_path, cloud).apply("dev", two_things, {})

    assert failed.value.urn.endswith("::second")
    assert "no room for second" in str(failed.value)
    assert failed.value.source.partition(":")[0].endswith("things.py")
    assert resource(tmp_path, "first")["id"] == "id-first"
    pending = deployment(tmp_path)["pending_operations"]
    assert [(p["type"], p["resource"]["urn"].rpartition("::")[2]) for p in pending] == [("creating", "second")]

    cloud.fail = set()
    assert workspace(tmp_path, cloud).apply("dev", two_things, {}).created == 1
    assert cloud.calls.count("create first in us-east-1") == 1
    assert deployment(tmp_path)["pending_operations"] == []


def test_default_tags_are_merged(tmp_path: Path) -> None:
    cloud = Cloud()

    def program() -> None:
        tagging = provider(defaultTags={"tags": {"Project": "p", "Owner": "nobody"}})
        Thing("first", options(provider=tagging), tags={"Owner": "me"})

    workspace(tmp_path, cloud).apply("dev", program, {})
    assert cloud.things["first"]["tagsAll"] == {"Project": "p", "Owner": "me"}


def test_the_region_is_the_providers_unless_the_resource_says_another(tmp_path: Path) -> None:
    cloud = Cloud()

    def program() -> None:
        Thing("first", options(provider=provider("us-west-2")))
        Thing("second", options(provider=provider()), region="eu-central-1")

    workspace(tmp_path, cloud).apply("dev", program, {})
    assert sorted(cloud.calls) == ["create first in us-west-2", "create second in eu-central-1"]


def test_independent_resources_are_created_at_the_same_time(tmp_path: Path) -> None:
    cloud = Cloud()
    together = threading.Barrier(3, timeout=10)
    cloud.on_create = lambda _: (together.wait(), None)[1]

    def program() -> None:
        east = provider()
        for name in ("a", "b", "c"):
            Thing(name, options(provider=east))

    assert workspace(tmp_path, cloud).apply("dev", program, {}).created == 3


def test_a_default_provider_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError):
        workspace(tmp_path, Cloud()).apply("dev", lambda: Thing("first") and None, {})


def test_an_unknown_type_is_refused_in_words(tmp_path: Path) -> None:
    def program() -> None:
        pulumi.CustomResource("test:index:Unheard", "thing", {}, options(provider=provider()))

    with pytest.raises(UnsupportedError, match="test:index:Unheard"):
        workspace(tmp_path, Cloud()).apply("dev", program, {})


def test_a_program_that_raises_is_told_from_aws(tmp_path: Path) -> None:
    def program() -> None:
        raise RuntimeError("bad arithmetic")

    with pytest.raises(ProgramError, match="bad arithmetic"):
        workspace(tmp_path, Cloud()).apply("dev", program, {})


def test_configuration_reaches_the_program(tmp_path: Path) -> None:
    cloud = Cloud()

    def program() -> None:
        Thing(pulumi.Config("test").require("word"), options(provider=provider()))

    workspace(tmp_path, cloud).apply("dev", program, {"test:word": "hello"})
    assert list(cloud.things) == ["hello"]


def test_a_stack_reads_the_outputs_of_another(tmp_path: Path) -> None:
    cloud = Cloud()

    def left() -> None:
        thing = Thing("left", options(provider=provider()))
        pulumi.export("arn", thing.arn)
        pulumi.export("token", thing.token)

    def right() -> None:
        other = pulumi.StackReference("organization/test/left")
        Thing("right", options(provider=provider()), of=other.require_output("arn"), key=other.get_output("token"))

    space = workspace(tmp_path, cloud)
    assert space.plan("right", right, {}).resources == 1
    with pytest.raises(StateError, match="apply it first"):
        space.apply("right", right, {})
    space.apply("left", left, {})
    space.apply("right", right, {})

    assert cloud.things["right"]["of"] == "arn:left"
    assert cloud.things["right"]["key"] == "token-of-left"
    assert "token-of-left" not in (tmp_path / "right.json").read_text()
    assert space.apply("right", right, {}).unchanged == 1
    assert resource(tmp_path, "organization/test/left", "right")["external"] is True


def test_two_stacks_may_be_applied_at_once(tmp_path: Path) -> None:
    cloud = Cloud()
    space = workspace(tmp_path, cloud)
    together = threading.Barrier(2, timeout=10)
    cloud.on_create = lambda _: (together.wait(), None)[1]
    threads = [
        threading.Thread(
            target=space.apply, args=(stack, lambda s=stack: Thing(s, options(provider=provider())) and None, {})
        )
        for stack in ("one", "two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert resource(tmp_path, "one", "one")["id"] == "id-one"
    assert resource(tmp_path, "two", "two")["id"] == "id-two"


def test_a_stopped_run_creates_nothing_more_and_deletes_nothing(tmp_path: Path) -> None:
    cloud = Cloud()
    workspace(tmp_path, cloud).apply("dev", two_things, {})

    def more() -> None:
        before = Thing("before", options(provider=provider()))
        two_things_after(before)

    def two_things_after(before: Thing) -> None:
        Thing("third", options(provider=provider("us-west-2"), depends_on=[before]))

    space = workspace(tmp_path, cloud)
    cloud.on_create = lambda _: space.stop()
    with pytest.raises(StoppedError):
        space.apply("dev", more, {})

    assert sorted(cloud.things) == ["before", "first", "second"]
    assert not [call for call in cloud.calls if call.startswith("delete")]
    assert resource(tmp_path, "before")["id"] == "id-before"


def test_two_processes_do_not_apply_one_stack(tmp_path: Path) -> None:
    with (tmp_path / "dev.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(LockedError):
            workspace(tmp_path, Cloud()).apply("dev", two_things, {})
        with pytest.raises(LockedError):
            workspace(tmp_path, Cloud()).destroy("dev")
    assert workspace(tmp_path, Cloud()).apply("dev", two_things, {}).created == 2
