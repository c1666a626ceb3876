"""One local cloud for the tests of the whole path, brought up by breiqctl as a user would."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from breiqctl.reference.documents import undescribed

ROOT = Path(__file__).resolve().parents[3]
BREIQCTL = Path(sys.executable).with_name("breiqctl")


class Cloud:
    """A local cloud of its own folder; `run` is one call of breiqctl."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "BREIQ_LOCAL_DIR": str(folder)}

    def run(self, *arguments: str, code: int | None = 0, timeout_s: float = 120) -> dict[str, Any]:
        """Run breiqctl with `--json`, check its exit code, and return its document, which is as docs/cli.md says."""
        done = subprocess.run(
            [str(BREIQCTL), *arguments, "--json"],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False,
        )  # fmt: skip
        if code is not None:
            assert done.returncode == code, f"exit {done.returncode}: {done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        document: dict[str, Any] = json.loads(done.stdout)
        assert undescribed(document) == [], "breiqctl/reference/documents.yaml"
        return document

    def endpoints(self) -> dict[str, Any]:
        """Return where everything answers, and the keys that `local env` gives."""
        variables = self.run("local", "env")["variables"]
        keys = {name: variables[f"AWS_{name.upper()}"] for name in ("access_key_id", "secret_access_key")}
        found: dict[str, Any] = self.run("local", "status")["endpoints"]
        return {**found, **keys}

    def client(self, service: str, region: str) -> Any:
        """Return boto3's client of a service in a region."""
        there = self.endpoints()
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=region,
            endpoint_url=there["aws"],
            aws_access_key_id=there["access_key_id"],
            aws_secret_access_key=there["secret_access_key"],
        )

    def processes(self) -> list[int]:
        """Return the processes that belong to this local cloud, by their command line or working folder."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                text = (entry / "cmdline").read_bytes().decode(errors="replace")
                inside = str(entry.joinpath("cwd").readlink()).startswith(str(self.folder))
            except OSError:
                continue
            if inside or str(self.folder) in text:
                found.append(int(entry.name))
        return found

    def restore(self) -> None:
        """Reset it, unless it is as `up` leaves it."""
        if not self.is_as_after_up():
            self.run("local", "reset", timeout_s=180)

    def is_as_after_up(self) -> bool:
        """Whether all is healthy where `up` puts it, nothing is broken, and no operation is running."""
        status = self.run("local", "status")
        roles = {name: region["role"] for name, region in status["regions"].items()}
        healthy = all(region["healthy"] for region in status["regions"].values())
        now = self.run("status", code=None)
        settled = now["writes"]["state"] == "open" and not (now["operation"] or {"under_way": True})["under_way"]
        return (
            healthy and settled and not status["faults"] and roles == {"us-east-1": "primary", "us-west-2": "standby"}
        )


def make_cloud() -> Cloud:
    folder = Path("/var/tmp") / f"breiq-test-{uuid.uuid4().hex[:8]}"
    folder.mkdir(mode=0o755)
    return Cloud(folder)


@pytest.fixture(scope="session")
def shared_cloud() -> Iterator[Cloud]:
    """A local cloud that is up; taken down at the end, and then no process may be left."""
    made = make_cloud()
    try:
        made.run("local", "up", timeout_s=180)
        yield made
    finally:
        made.run("local", "down", code=None)
        left = made.processes()
        shutil.rmtree(made.folder, ignore_errors=True)
        assert left == []


@pytest.fixture(scope="module")
def cloud(shared_cloud: Cloud) -> Cloud:
    """The shared local cloud; reset when the file before has left it otherwise than `up` does."""
    shared_cloud.restore()
    return shared_cloud


@pytest.fixture
def restored_cloud(cloud: Cloud) -> Cloud:
    """The shared local cloud; reset when the test before has left it otherwise than `up` does."""
    cloud.restore()
    return cloud


@pytest.fixture
def fresh_cloud() -> Iterator[Cloud]:
    """A folder for a local cloud that the test starts itself."""
    made = make_cloud()
    yield made
    made.run("local", "down", code=None)
    shutil.rmtree(made.folder, ignore_errors=True)
