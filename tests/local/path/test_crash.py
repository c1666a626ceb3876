"""breiqctl killed (SIGKILL) at journal writes of real operations: resume ends them well, abort undoes or is refused.

By default at a few writes; `BREIQ_CRASH_WRITES=all` walks every one, before and after (three hours). The unit tests of
sagas walk every one too, on a fake cloud.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.crash import DEPLOY_WRITES, FAILOVER_WRITES
from tests.local.path.conftest import ROOT, Cloud

pytestmark = [pytest.mark.local, pytest.mark.timeout(180)]

EVERY_WRITE = os.environ.get("BREIQ_CRASH_WRITES") == "all"


def points(writes: int, *few: int) -> list[tuple[int, str]]:
    """Return at which writes to kill: a few, or every one from the second on, before and after."""
    if EVERY_WRITE:
        return [(n, when) for n in range(2, writes + 1) for when in ("before", "after")]
    return [(n, "after" if n % 2 else "before") for n in few]


def killed_deploy(cloud: Cloud, write: int, when: str, tag: str) -> str:
    """Run a deploy that is killed, and return its id."""
    known = {one["operation_id"] for one in cloud.run("operation", "list")["operations"]}
    command = [sys.executable, "-m", "tests.local.crash", str(write), when]
    command += ["deploy", "--blue-green", tag, "--bake", "6", "--yes", "--json"]
    done = subprocess.run(
        command, env=cloud.environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    return next(
        line.partition(":")[0] for line in done.stderr.splitlines() if line.startswith("op-") and line[:16] not in known
    )


def live(cloud: Cloud) -> dict[str, Any]:
    regions = cloud.run("release", "show")["regions"]
    return {
        f"{region}/{name}": (service["live"], service)
        for region, services in regions.items()
        for name, service in services.items()
    }


def at_rest(cloud: Cloud) -> None:
    """Assert that one colour serves alone everywhere, and nobody holds the lock."""
    for colour, service in live(cloud).values():
        assert service[colour]["desired"] == 1
        assert service["green" if colour == "blue" else "blue"]["desired"] == 0
    assert all(one["status"] not in ("running", "stuck") for one in cloud.run("operation", "list")["operations"])


@pytest.fixture(scope="module")
def tags(cloud: Cloud) -> list[str]:
    for tag in ("crash-a", "crash-b"):
        cloud.run("local", "image", "build", "--tag", tag)
    return ["crash-a", "crash-b"]


@pytest.mark.parametrize(("write", "when"), points(DEPLOY_WRITES, 20, 45))
def test_resume_ends_a_killed_deploy_well(cloud: Cloud, tags: list[str], write: int, when: str) -> None:
    before = live(cloud)
    operation = killed_deploy(cloud, write, when, tags[write % 2])
    document = cloud.run("operation", "resume", operation, "--yes", code=None, timeout_s=150)
    if document["verdict"] == "rolled_back":  # it is watched as the first run was: a busy machine may slow it down
        assert "the old version's was" in document["reason"]
        assert live(cloud) == before
        at_rest(cloud)
        return
    assert document["verdict"] == "promoted"
    images = {service[colour]["image"].partition("@")[0] for colour, service in live(cloud).values()}
    assert images == {tags[write % 2]}
    at_rest(cloud)


@pytest.mark.parametrize(("write", "when"), points(DEPLOY_WRITES, 12))
def test_abort_undoes_a_killed_deploy_or_is_refused(cloud: Cloud, tags: list[str], write: int, when: str) -> None:
    before = live(cloud)
    operation = killed_deploy(cloud, write, when, tags[write % 2])
    document = cloud.run("operation", "abort", operation, "--yes", code=None, timeout_s=150)
    if document.get("code") == "past_no_return":
        assert cloud.run("operation", "resume", operation, "--yes", timeout_s=150)["verdict"] == "promoted"
    elif document.get("code") == "has_ended":
        assert write > DEPLOY_WRITES - 3
    else:
        assert document["verdict"] == "rolled_back"
        assert live(cloud) == before
    at_rest(cloud)


@pytest.fixture
def lost_region(restored_cloud: Cloud) -> Iterator[None]:
    """The primary region is lost, and comes back; the next test finds the local cloud as after `up`."""
    restored_cloud.run("local", "fault", "start", "region-loss", "--region", "us-east-1", "--for", "150")
    yield
    restored_cloud.run("local", "fault", "stop", code=None)
    restored_cloud.run("local", "wait", code=None)


def killed_failover(cloud: Cloud, write: int, when: str) -> str:
    command = [sys.executable, "-m", "tests.local.crash", str(write), when]
    command += ["failover", "--to", "us-west-2", "--accept-data-loss", "120", "--yes", "--json"]
    done = subprocess.run(
        command, env=cloud.environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    held = cloud.run("status", code=4)["operation"]
    operation: str = (held if held["under_way"] else cloud.run("operation", "list")["operations"][0])["operation_id"]
    return operation


@pytest.mark.usefixtures("lost_region")
@pytest.mark.parametrize(("write", "when"), points(FAILOVER_WRITES, 10))
def test_abort_gives_the_lease_back_or_is_refused(cloud: Cloud, write: int, when: str) -> None:
    operation = killed_failover(cloud, write, when)
    document = cloud.run("operation", "abort", operation, "--yes", code=None, timeout_s=150)
    if document.get("code") == "past_no_return":
        assert cloud.run("operation", "resume", operation, "--yes", timeout_s=150)["verdict"] == "done"
        return
    if document.get("code") == "has_ended":
        assert write > FAILOVER_WRITES - 3
        return
    assert document["verdict"] == "undone"
    now = cloud.run("status", code=4)
    lease = now["lease"]
    assert (lease["holder"], lease["state"], lease["traffic_region"]) == ("us-east-1", "open", "us-east-1")
    assert now["regions"]["us-east-1"]["next"].startswith("breiqctl failover --to us-west-2 --accept-data-loss ")


@pytest.mark.usefixtures("lost_region")
@pytest.mark.parametrize(("write", "when"), points(FAILOVER_WRITES, 20))
def test_resume_ends_a_killed_failover_well(cloud: Cloud, write: int, when: str) -> None:
    operation = killed_failover(cloud, write, when)
    assert cloud.run("operation", "resume", operation, "--yes", timeout_s=150)["verdict"] == "done"
    now = cloud.run("status", code=4)
    lease = now["lease"]
    assert (lease["holder"], lease["state"], lease["traffic_region"]) == ("us-west-2", "open", "us-west-2")
    assert not now["regions"]["us-east-1"]["next"].startswith("breiqctl failover")
