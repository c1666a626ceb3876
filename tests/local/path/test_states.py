"""Either region is lost, and the other's stack is planned and applied all the same; the states follow."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.local.path.conftest import Cloud
from tests.local.running_cloud import eventually

pytestmark = [pytest.mark.local, pytest.mark.timeout(300)]

EAST, HOME = "us-east-1", "us-west-2"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
AS_DECLARED_DAYS, OTHER_DAYS = 30, 7


@contextmanager
def lost(cloud: Cloud, region: str) -> Iterator[None]:
    """Lose a region inside of a `with`, and wait at its end until it is well again."""
    fault = cloud.run("local", "fault", "start", "region-loss", "--region", region, "--for", "240")
    try:
        yield
    finally:
        cloud.run("local", "fault", "stop", fault["fault_id"])
    cloud.run("local", "wait", "--timeout", "60")


def are_current(cloud: Cloud) -> bool:
    """Whether both regions hold each stack's current state, and this machine too."""
    stacks = cloud.run("estate", "state")["stacks"].values()
    copies = [copy for stack in stacks for copy in stack["copies"]]
    return all(one["current"] for one in copies) and {one["working_copy"] for one in stacks} == {"level"}


class Retention:
    """How long a log group of a region keeps its logs: in AWS, and as the stack's state has it."""

    def __init__(self, cloud: Cloud, region: str) -> None:
        self._path = cloud.folder / "run" / "state" / f"local-{region}.json"
        self._client = cloud.client("logs", region)

    @property
    def days(self) -> int:
        found = self._client.describe_log_groups(logGroupNamePrefix="/aws/ecs/breiq-local-video")["logGroups"]
        return int(found[0]["retentionInDays"])

    def change(self) -> None:
        """Let it be another: the next apply has something to do."""
        name = "/aws/ecs/breiq-local-video"
        document: dict[str, Any] = json.loads(self._path.read_text())
        (one,) = [
            resource
            for resource in document["deployment"]["resources"]
            if resource["type"] == LOG_GROUP and resource["inputs"]["name"] == name
        ]
        one["inputs"]["retentionInDays"] = one["outputs"]["retentionInDays"] = OTHER_DAYS
        self._path.write_text(json.dumps(document))
        self._client.put_retention_policy(logGroupName=name, retentionInDays=OTHER_DAYS)


def test_the_states_region_is_lost(cloud: Cloud) -> None:
    stack, retention = f"local-{EAST}", Retention(cloud, EAST)
    eventually(lambda: are_current(cloud), deadline_s=30)
    with lost(cloud, HOME):
        error = cloud.run("estate", "plan", code=3)
        assert error["code"] == "state_region_lost"
        assert error["remedy"].endswith(f"--state-region {EAST} --stack {stack}")
        retention.change()
        done = cloud.run("estate", "up", "--state-region", EAST, "--stack", stack, "--yes")
        assert (done["verdict"], done["stacks"][stack]["updated"]) == ("done", 1)
        assert retention.days == AS_DECLARED_DAYS

    error = cloud.run("estate", "up", "--stack", stack, "--yes", code=3)
    assert error["code"] == "state_older"
    assert f"estate state copy --from {EAST} --to {HOME} --yes" in error["remedy"]
    copied = cloud.run("estate", "state", "copy", "--from", EAST, "--to", HOME, "--yes")["stacks"]
    assert [name for name, one in copied.items() if one["outcome"] == "copied"] == [stack]
    done = cloud.run("estate", "up", "--stack", stack, "--yes")
    assert (done["verdict"], done["stacks"][stack]["updated"]) == ("done", 0)
    eventually(lambda: are_current(cloud), deadline_s=30)


def test_the_other_region_is_lost(cloud: Cloud) -> None:
    stack, retention = f"local-{HOME}", Retention(cloud, HOME)
    with lost(cloud, EAST):
        error = cloud.run("estate", "plan", code=3)
        assert (error["code"], error["remedy"].endswith(f" --stack {stack}")) == ("region_lost", True)
        retention.change()
        done = cloud.run("estate", "up", "--stack", stack, "--yes")
        assert (done["verdict"], done["stacks"][stack]["updated"]) == ("done", 1)
        assert retention.days == AS_DECLARED_DAYS
    eventually(lambda: are_current(cloud), deadline_s=30)
