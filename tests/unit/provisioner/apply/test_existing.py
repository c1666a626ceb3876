"""What is there already, what is gone already, and what was as it should be: done as little as told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from provisioner.aws import Aws
from provisioner.errors import ExistsError, ResourceFailedError
from provisioner.events import Event
from provisioner.execution.existing import says_that_it_exists
from provisioner.handlers.common.base import Created, Properties
from tests.unit.provisioner.kit import Cloud, Thing, deployment, options, provider, workspace


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "CreateThing")


class Strict(Cloud):
    """Creates nothing twice, changes and deletes nothing that is not there; AWS is asked by each call."""

    def create(self, aws: Aws, inputs: Properties) -> Created:
        if inputs["name"] in self.things:
            raise refusal("InvalidPermission.Duplicate")
        return super().create(aws, inputs)

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        if resource_id.removeprefix("id-") not in self.things:
            raise refusal("NoSuchThing")
        return super().update(aws, resource_id, old, new, changed)

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        if resource_id.removeprefix("id-") not in self.things:
            raise refusal("NoSuchThing")
        super().delete(aws, resource_id, outputs)


class Idle(Cloud):
    """Looks before each change, and finds that it is made already: AWS is asked, and nothing is written."""

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        aws.client("sqs")
        return {}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        aws.client("sqs")
        self.things.clear()


def thing(**properties: Any) -> Callable[[], None]:
    return lambda: _declare(**properties)


def _declare(**properties: Any) -> None:
    Thing("first", options(provider=provider()), **properties)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("InvalidPermission.Duplicate", True),
        ("RouteAlreadyExists", True),
        ("EntityAlreadyExists", True),
        ("ResourceInUseException", True),
        ("BucketAlreadyOwnedByYou", True),
        ("QueueNameExists", True),
        ("PriorityInUse", True),
        ("ResourceConflictException", True),
        ("AWS.SimpleQueueService.NonExistentQueue", False),
        ("QueueDoesNotExist", False),
        ("ThrottlingException", False),
        ("ValidationError", False),
    ],
)
def test_what_may_mean_that_it_is_there(code: str, *, expected: bool) -> None:
    assert says_that_it_exists(refusal(code)) is expected


def test_anything_else_does_not_mean_it() -> None:
    assert not says_that_it_exists(ValueError("already exists"))


def test_what_stands_as_it_is_wanted_is_taken_over_and_not_called_created(tmp_path: Path) -> None:
    """As a security group's rule whose entry in the state is missing."""
    cloud, events = Strict(), list[Event]()
    cloud.things["first"] = {"name": "first", "size": 1, "tagsAll": {}}

    result = workspace(tmp_path, cloud, events).apply("dev", thing(size=1), {})

    assert (result.imported, result.created, cloud.writes) == (1, 0, [])
    assert [event.action for event in events] == ["creating", "adopted"]
    assert deployment(tmp_path)["pending_operations"] == []
    assert workspace(tmp_path, cloud).plan("dev", thing(size=1), {}).changes.nothing


def test_what_stands_otherwise_is_not_taken_over(tmp_path: Path) -> None:
    cloud = Strict()
    cloud.things["first"] = {"name": "first", "size": 2, "tagsAll": {"Owner": "else"}}
    with pytest.raises(ResourceFailedError, match="size is 2, the program says 1") as caught:
        workspace(tmp_path, cloud).apply("dev", thing(size=1), {})
    assert isinstance(caught.value.__cause__, ExistsError)
    assert cloud.things["first"]["size"] == 2


def test_a_part_of_what_is_ours_is_taken_over_with_other_tags(tmp_path: Path) -> None:
    cloud = Strict()
    cloud.part_of = "size"  # type: ignore[misc]
    cloud.things["first"] = {"name": "first", "size": 1, "tagsAll": {"Old": "x"}}
    result = workspace(tmp_path, cloud).apply("dev", thing(size=1, tags={"Owner": "me"}), {})
    assert (result.imported, cloud.writes) == (1, ["retag first +Owner -Old"])


def test_what_vanished_before_its_update_is_created(tmp_path: Path) -> None:
    """It stood when it was read, and is gone when it is to be changed."""
    cloud = Strict()
    workspace(tmp_path, cloud).apply("dev", thing(size=1), {})
    update = cloud.update

    def vanish(*args: Any) -> Properties:
        cloud.things.clear()
        return update(*args)

    cloud.update = vanish  # type: ignore[method-assign]
    result = workspace(tmp_path, cloud).apply("dev", thing(size=2), {})
    assert (result.created, result.updated) == (1, 0)
    assert cloud.things["first"]["size"] == 2
    assert workspace(tmp_path, cloud).plan("dev", thing(size=2), {}).changes.nothing


def test_what_vanished_before_its_deletion_is_gone_and_not_called_deleted(tmp_path: Path) -> None:
    cloud = Strict()
    workspace(tmp_path, cloud).apply("dev", thing(size=1), {})
    delete = cloud.delete

    def vanish(*args: Any) -> None:
        cloud.things.clear()
        delete(*args)

    cloud.delete = vanish  # type: ignore[method-assign]
    workspace(tmp_path, cloud).destroy("dev")
    assert not (tmp_path / "dev.json").exists()


@pytest.mark.parametrize("code", ["DependencyViolation", "AccessDenied"])
def test_what_aws_refuses_to_delete_is_still_there(tmp_path: Path, code: str) -> None:
    cloud = Strict()
    workspace(tmp_path, cloud).apply("dev", thing(size=1), {})

    def refuse(*_: Any) -> None:
        raise refusal(code)

    cloud.delete = refuse  # type: ignore[method-assign]
    with pytest.raises(ResourceFailedError, match=code):
        workspace(tmp_path, cloud).apply("dev", lambda: None, {})
    assert deployment(tmp_path)["pending_operations"] == []


def test_an_update_that_wrote_nothing_is_none(tmp_path: Path) -> None:
    cloud, events = Idle(), list[Event]()
    workspace(tmp_path, cloud).apply("dev", thing(size=1), {})
    result = workspace(tmp_path, cloud, events).apply("dev", thing(size=2), {})
    assert (result.updated, result.unchanged) == (0, 1)
    assert "updated" not in {event.action for event in events}


def test_a_deletion_that_wrote_nothing_is_none(tmp_path: Path) -> None:
    cloud, events = Idle(), list[Event]()
    workspace(tmp_path, cloud).apply("dev", thing(size=1), {})
    assert workspace(tmp_path, cloud, events).apply("dev", lambda: None, {}).deleted == 0
    assert "deleted" not in {event.action for event in events}
