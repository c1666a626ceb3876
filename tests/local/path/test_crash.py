"""breiqctl killed (SIGKILL) at journal writes of a real deploy: resume ends it well, abort undoes or is refused.

By default a few writes, spread over the whole; `BREIQ_CRASH_WRITES=all` walks every one, before and after (an hour).
"""

import os
import signal
import subprocess
import sys
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
