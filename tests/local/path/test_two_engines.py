"""The Pulumi CLI and the engine in process on one estate: one lock, one journal, one valid state.

The CLI is in no package registry: where it is not on PATH the tests that need it say so and are skipped.
"""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from provisioner.state.integrity import faults
from tests.local.path.conftest import BREIQCTL, ROOT, Cloud
from tests.local.path.test_states import EAST, Retention
from tests.local.running_cloud import eventually

pytestmark = [pytest.mark.local, pytest.mark.timeout(600)]

needs_cli = pytest.mark.skipif(
    not (shutil.which("pulumi") and shutil.which("pulumi-language-python")),
    reason="Pulumi's CLI is not on PATH (https://www.pulumi.com/docs/iac/download-install/)",
)

STACK = f"local-{EAST}"
CLI_DEADLINE_S = 300.0


def deployment(cloud: Cloud) -> dict[str, object]:
    document: dict[str, object] = json.loads((cloud.folder / "run" / "state" / f"{STACK}.json").read_bytes())
    return document["deployment"]  # type: ignore[return-value]


def test_what_is_protected_is_listed_and_nothing_is_deleted(cloud: Cloud) -> None:
    before = deployment(cloud)
    refusal = cloud.run("estate", "destroy", "--yes", code=3)
    assert refusal["code"] == "protected"
    assert "aws:rds/instance:Instance" in refusal["cause"]
    assert deployment(cloud) == before
    assert not under_way(cloud)


@needs_cli
def test_an_apply_of_the_cli_is_locked_dies_with_us_and_is_resumed(cloud: Cloud) -> None:
    retention = Retention(cloud, EAST)
    retention.change()
    command = [str(BREIQCTL), "estate", "up", "--engine", "pulumi", "--stack", STACK, "--yes", "--quiet"]
    ours = subprocess.Popen(command, env=cloud.environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    locks = cloud.folder / "run" / "pulumi" / ".pulumi" / "locks" / "organization" / "breiq" / STACK
    eventually(lambda: under_way(cloud) and any(locks.glob("*.json")), deadline_s=CLI_DEADLINE_S)
    holder = int(json.loads(next(locks.glob("*.json")).read_bytes())["pid"])
    os.kill(holder, signal.SIGSTOP)  # so that it does not end before the others are refused
    try:
        for words in (["release", "rollback", "--yes"], ["estate", "up", "--stack", STACK, "--yes"]):
            refusal = cloud.run(*words, code=3, timeout_s=CLI_DEADLINE_S)
            assert refusal["code"] in {"locked", "operation_alive", "pulumi_locked", "stack_locked"}
        ours.send_signal(signal.SIGKILL)
        ours.wait()
    finally:
        os.kill(holder, signal.SIGCONT)
    eventually(lambda: not Path(f"/proc/{holder}").exists(), deadline_s=60)
    (stopped,) = [one for one in cloud.run("operation", "list")["operations"] if one["status"] == "running"]
    done = cloud.run("operation", "resume", stopped["operation_id"], "--yes", timeout_s=CLI_DEADLINE_S)
    assert (done["schema"], done["verdict"], done["engine"]) == ("breiq.estate-up/1", "done", "pulumi")
    assert faults(deployment(cloud)) == []
    again = cloud.run("estate", "up", "--stack", STACK, "--yes", timeout_s=CLI_DEADLINE_S)
    assert again["verdict"] == "done"
    assert faults(deployment(cloud)) == []


@needs_cli
def test_an_apply_by_hand_is_refused_by_the_program(cloud: Cloud) -> None:
    cloud.run("estate", "plan", "--engine", "pulumi", "--stack", STACK, code=None, timeout_s=CLI_DEADLINE_S)
    variables = cloud.run("local", "env")["variables"]
    done = subprocess.run(
        ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", STACK],
        env={**os.environ, **variables}, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert f"estate up --engine pulumi --stack {STACK}" in done.stdout + done.stderr
    assert cloud.run("estate", "up", "--stack", STACK, "--yes", timeout_s=CLI_DEADLINE_S)["verdict"] == "done"


def under_way(cloud: Cloud) -> bool:
    operation = cloud.run("status", code=None)["operation"]
    return bool(operation and operation["under_way"])
