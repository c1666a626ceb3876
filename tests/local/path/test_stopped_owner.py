"""breiqctl stopped (SIGSTOP) right before one of its calls, or with that on its way; others abort, resume and fail over;
then it goes on: nothing that it writes late has an effect, it says who took over, and what comes next works.

The unit tests stop every kind of operation before each of its calls; here are the few that mattered most, on real ones.
They take five minutes on a machine with nothing else to do, and belong to `make crash-test`: beside other local clouds on
two cores a release is judged slow or failing, as it is for its users then, and is rolled back before it can be stopped.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.local.path.conftest import ROOT, Cloud

pytestmark = [
    pytest.mark.local,
    pytest.mark.timeout(360),
    pytest.mark.skipif(os.environ.get("BREIQ_CRASH_WRITES") != "all", reason="make crash-test runs it, alone"),
]

EAST, WEST = "us-east-1", "us-west-2"
FAILOVER = ("failover", "--to", WEST, "--accept-data-loss", "120")
STOPS_WITHIN_S = 90.0


class Stopped:
    """A breiqctl that stops itself at a call. `operation` is the one that held the lock then."""

    def __init__(self, cloud: Cloud, when: str, call: str, *arguments: str) -> None:
        self._cloud, self._call = cloud, call
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.local.stop", when, call, *arguments, "--yes", "--json"],
            env=cloud.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.operation = ""

    def wait_until_stopped(self) -> None:
        deadline = time.monotonic() + STOPS_WITHIN_S
        while self._state() != "T":
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                pytest.fail(f"it was not stopped at {self._call}: {self.process.communicate()}")
            time.sleep(0.1)
        held = self._cloud.run("status", code=None)["operation"]
        assert held["under_way"]
        self.operation = str(held["operation_id"])

    def go_on(self) -> tuple[dict[str, Any], str]:
        """Let it go on to its end, as one that was replaced; return its error, and what it told."""
        os.kill(self.process.pid, signal.SIGCONT)
        out, told = self.process.communicate(timeout=90)
        error: dict[str, Any] = json.loads(out)
        assert (self.process.returncode, error.get("code")) == (4, "superseded"), (out, told)
        assert f"another process now owns {self.operation}" in error["message"]
        words = error["remedy"].removeprefix("breiqctl ").split()
        assert self._cloud.run(*words)["operation_id"] == self.operation, "what it recommends works"
        return error, told

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def _state(self) -> str:
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]


@contextmanager
def stopped(cloud: Cloud, when: str, call: str, *arguments: str) -> Iterator[Stopped]:
    one = Stopped(cloud, when, call, *arguments)
    try:
        one.wait_until_stopped()
        yield one
    finally:
        one.end()


def lease(cloud: Cloud) -> tuple[str, str, str]:
    found = cloud.run("status", code=None)["lease"]
    return found["holder"], found["state"], found["traffic_region"]


def status_of(cloud: Cloud, operation: str) -> str:
    return str(cloud.run("operation", "show", operation)["status"])


def nothing_under_way(cloud: Cloud) -> bool:
    held = cloud.run("status", code=None)["operation"]
    return held is None or not held["under_way"]


def test_a_deploy_before_its_weights_and_its_resume_before_it_retires(cloud: Cloud) -> None:
    """Ann's change of weights is on its way, Bob's resume is about to scale the old colour down, Cem aborts."""
    cloud.run("local", "image", "build", "--tag", "stopped-a")
    before = cloud.run("release", "show")["regions"]
    deploy = ("deploy", "--blue-green", "stopped-a", "--bake", "5")
    with stopped(cloud, "sent", "elastic-load-balancing-v2:ModifyRule", *deploy) as ann:
        with stopped(cloud, "before", "journal:retire", "operation", "resume", ann.operation) as bob:
            assert bob.operation == ann.operation
            undone = cloud.run("operation", "abort", ann.operation, "--yes")
            assert undone["verdict"] == "rolled_back"
            bob.go_on()
            assert cloud.run("release", "show")["regions"] == before
        _, told = ann.go_on()
    assert "may have arrived" in told
    assert cloud.run("release", "show")["regions"] == before, "its late weights were set back"
    assert (status_of(cloud, ann.operation), nothing_under_way(cloud)) == ("undone", True)
    assert lease(cloud) == (EAST, "open", EAST)
    assert cloud.run(*deploy, "--dry-run")["refusal"] is None, "the next one may begin"


def test_an_apply_before_a_call_and_a_failover_that_takes_the_lease(cloud: Cloud) -> None:
    """Ann's apply is about to make a queue; Bob's failover takes its lock, and its lease is on its way; Cem aborts."""
    queues, up = cloud.client("sqs", EAST), ("estate", "up", "--stack", f"local-{EAST}")
    url = sorted(queues.list_queues()["QueueUrls"])[0]
    queues.delete_queue(QueueUrl=url)
    with stopped(cloud, "before", "sqs:CreateQueue", *up) as ann:
        with stopped(cloud, "sent", "lease:taken", *FAILOVER) as bob:
            assert bob.operation != ann.operation, "a failover needs no flag where the owner is silent"
            assert status_of(cloud, ann.operation) == "superseded"
            undone = cloud.run("operation", "abort", bob.operation, "--yes")
            assert undone["verdict"] == "undone"
            bob.go_on()
        assert lease(cloud) == (EAST, "open", EAST), "the late write took nothing"
        ann.go_on()
    assert url not in queues.list_queues().get("QueueUrls", []), "the late call was not made"
    assert nothing_under_way(cloud)
    assert cloud.run(*up, "--yes")["verdict"] == "done"
    assert url in queues.list_queues()["QueueUrls"]


def test_a_drill_before_its_failover_and_a_failover_before_it_promotes(cloud: Cloud) -> None:
    """Ann's drill has lost a region; Bob's failover takes its lock and is about to promote; Cem resumes it."""
    with stopped(cloud, "before", "lease:taken", "drill", "run", "region-loss") as ann:
        with stopped(cloud, "before", "lease:promoting", *FAILOVER) as bob:
            assert status_of(cloud, ann.operation) == "superseded"
            refused = cloud.run("operation", "abort", bob.operation, "--yes", code=3)
            assert refused["code"] == "past_no_return"
            done = cloud.run(*refused["remedy"].removeprefix("breiqctl ").split(), "--yes")
            assert done["verdict"] == "done"
            bob.go_on()
            assert lease(cloud) == (WEST, "open", WEST), "an open lease was not closed"
        ann.go_on()
    assert lease(cloud) == (WEST, "open", WEST)
    assert nothing_under_way(cloud)
    assert cloud.run("local", "status")["faults"] == [], "the region is back, since the drill's process has ended"
