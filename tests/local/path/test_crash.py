"""breiqctl killed (SIGKILL) at journal writes of a real deploy: resume ends it well, abort undoes or is refused.

By default a few writes, spread over the whole; `BREIQ_CRASH_WRITES=all` walks every one, before and after (an hour).
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.path.conftest import ROOT, Cloud

pytestmark = [pytest.mark.local, pytest.mark.timeout(180)]

WRITES = 57
"""Journal writes of a deploy: lock, journal, index; three a step, seventeen steps; end, index, lock."""

SPREAD = (1, 2, 12, 20, 33, 41, 44, 49, 56)
"""Begun, registered, scaled, smoke task, standby switched, primary switched, baked, promoted, ended."""


def points() -> list[tuple[int, str]]:
    if os.environ.get("BREIQ_CRASH_WRITES") == "all":
        return [(n, when) for n in range(1, WRITES + 1) for when in ("before", "after")]
    return [(n, "after" if n % 2 else "before") for n in SPREAD]


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
    return {region: (services["backend"]["live"], services["backend"]) for region, services in regions.items()}


def at_rest(cloud: Cloud) -> None:
    """Assert that one colour serves alone everywhere, and nobody holds the lock."""
    for colour, service in live(cloud).values():
        assert service[colour]["desired"] == 2
        assert service["green" if colour == "blue" else "blue"]["desired"] == 0
    assert all(one["status"] not in ("running", "stuck") for one in cloud.run("operation", "list")["operations"])


@pytest.fixture(scope="session")
def tags(cloud: Cloud) -> list[str]:
    for tag in ("crash-a", "crash-b"):
        cloud.run("local", "image", "build", "--tag", tag)
    return ["crash-a", "crash-b"]


@pytest.mark.parametrize(("write", "when"), points())
def test_resume_ends_a_killed_deploy_well(cloud: Cloud, tags: list[str], write: int, when: str) -> None:
    operation = killed_deploy(cloud, write, when, tags[write % 2])
    if (write, when) == (1, "before"):
        assert cloud.run("operation", "resume", operation, "--yes", code=3)["code"] == "unknown_operation"
    else:
        document = cloud.run("operation", "resume", operation, "--yes", timeout_s=150)
        assert document["verdict"] == "promoted"
        assert {service[colour]["image"].partition("@")[0] for colour, service in live(cloud).values()} == {
            tags[write % 2]
        }
    at_rest(cloud)


@pytest.mark.parametrize(("write", "when"), points())
def test_abort_undoes_a_killed_deploy_or_is_refused(cloud: Cloud, tags: list[str], write: int, when: str) -> None:
    before = live(cloud)
    operation = killed_deploy(cloud, write, when, tags[write % 2])
    document = cloud.run("operation", "abort", operation, "--yes", code=None, timeout_s=150)
    if document.get("code") == "past_no_return":
        assert cloud.run("operation", "resume", operation, "--yes", timeout_s=150)["verdict"] == "promoted"
    elif document.get("code") == "unknown_operation":
        assert (write, when) == (1, "before")
    elif document.get("code") == "has_ended":
        assert write > WRITES - 3
    else:
        assert document["verdict"] == "rolled_back"
        assert live(cloud) == before
    at_rest(cloud)


def test_the_number_of_writes_is_known(cloud: Cloud, tags: list[str], tmp_path: Path) -> None:
    file = tmp_path / "count"
    command = [sys.executable, "-m", "tests.local.crash", "count", str(file)]
    command += ["deploy", "--blue-green", tags[0], "--bake", "6", "--yes", "--json"]
    subprocess.run(command, env=cloud.environment, cwd=ROOT, capture_output=True, timeout=120, check=True)
    assert int(file.read_text()) == WRITES


FAILOVER_WRITES = 33
"""Journal writes of a failover: lock, journal, index; three a step, nine steps; end, index, lock."""

FAILOVER_SPREAD = (10, 20, 21)
"""The lease is being taken; the promotion was asked for; it is done."""


def failover_points() -> list[tuple[int, str]]:
    if os.environ.get("BREIQ_CRASH_WRITES") == "all":
        return [(n, when) for n in range(2, FAILOVER_WRITES + 1) for when in ("before", "after")]
    return [(n, "after" if n % 2 else "before") for n in FAILOVER_SPREAD]


@pytest.fixture
def lost_region(cloud: Cloud) -> Iterator[None]:
    """The primary region is lost; afterwards the local cloud is as after `up` again."""
    cloud.run("local", "fault", "start", "region-loss", "--region", "us-east-1", "--for", "150")
    yield
    cloud.run("local", "fault", "stop", code=None)
    cloud.run("local", "reset", timeout_s=120)


def killed_failover(cloud: Cloud, write: int, when: str) -> str:
    command = [sys.executable, "-m", "tests.local.crash", str(write), when]
    command += ["failover", "--to", "us-west-2", "--accept-data-loss", "120", "--yes", "--json"]
    done = subprocess.run(
        command, env=cloud.environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    held = cloud.run("status")["operation"]
    operation: str = (held or cloud.run("operation", "list")["operations"][0])["operation_id"]
    return operation


@pytest.mark.usefixtures("lost_region")
@pytest.mark.parametrize(("write", "when"), failover_points())
def test_resume_ends_a_killed_failover_well(cloud: Cloud, write: int, when: str) -> None:
    operation = killed_failover(cloud, write, when)
    assert cloud.run("operation", "resume", operation, "--yes", timeout_s=150)["verdict"] == "done"
    lease = cloud.run("status")["lease"]
    assert (lease["holder"], lease["state"], lease["traffic_region"]) == ("us-west-2", "open", "us-west-2")


@pytest.mark.usefixtures("lost_region")
@pytest.mark.parametrize(("write", "when"), failover_points())
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
    lease = cloud.run("status")["lease"]
    assert (lease["holder"], lease["state"], lease["traffic_region"]) == ("us-east-1", "open", "us-east-1")
