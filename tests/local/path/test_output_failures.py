"""Real operations with foul outputs and signals: the end state and the exit code are those of a quiet run.

The combinations are tried with fakes (`unit/breiqctl/test_output.py`); here are some of them on real processes.
"""

import contextlib
import os
import pty
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.path.conftest import BREIQCTL, ROOT, Cloud

pytestmark = [pytest.mark.local, pytest.mark.timeout(240)]

TAGS = ("foul-a", "foul-b")
REPORTS = ROOT / ".breiq" / "reports"


class Foul:
    """breiqctl on the shared local cloud, by a shell line in which `$B` is breiqctl. Each release has another image."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.number = cloud, 0
        self.environment = {**cloud.environment, "B": str(BREIQCTL)}

    def deploy(self) -> str:
        """Return the words of a short release."""
        self.number += 1
        return f"deploy --blue-green {TAGS[self.number % 2]} --bake 5 --yes"

    def start(self, line: str, **more: Any) -> subprocess.Popen[bytes]:
        environment = {**self.environment, **more.pop("environment", {})}
        return subprocess.Popen(["bash", "-c", line], env=environment, cwd=ROOT, start_new_session=True, **more)

    def shell(self, line: str, **more: Any) -> int:
        """Run a shell line and return its exit code."""
        process = self.start(line, **more)
        try:
            return process.wait(150)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def last(self) -> dict[str, Any]:
        operation: dict[str, Any] = self.cloud.run("operation", "list")["operations"][0]
        return operation

    def at_rest(self, kind: str, status: str) -> None:
        """Assert how the last operation ended, that nothing is under way, and that some region can write."""
        last = self.last()
        assert (last["kind"], last["status"]) == (kind, status)
        now = self.cloud.run("status")
        assert not now["operation"]["under_way"]
        assert now["lease"]["state"] == "open"

    def released(self, code: int) -> None:
        """Assert that the last release ended as its exit code says: done, or undone by what a busy machine was judged by."""
        events = self.cloud.run("operation", "show", self.last()["operation_id"])["events"]
        why = next((str(one["data"]["reason"]) for one in events if one["kind"] == "turned"), None)
        assert code in ((0, 5) if why is None else (1,))
        assert why is None or why.startswith(
            ("the new version has failed the checks", "the release has failed the checks", "requests failed")
        )
        self.at_rest("deploy", "undone" if why else "done")

    def wait_for_step(self, before: str, step: str) -> str:
        """Return the operation that began after `before`, as soon as its journal has begun a step."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            last = self.last()
            if last["operation_id"] != before:
                events = self.cloud.run("operation", "show", last["operation_id"])["events"]
                if any((one["step"] or "").endswith(step) and one["kind"] == "started" for one in events):
                    return str(last["operation_id"])
        pytest.fail(f"{step} never began")


@pytest.fixture(scope="module")
def foul(cloud: Cloud) -> Foul:
    for tag in TAGS:
        cloud.run("local", "image", "build", "--tag", tag)
    return Foul(cloud)


@pytest.fixture
def full_disk() -> Iterator[None]:
    """A file system of 64 KiB, full, in the place of the folder of reports."""
    if os.geteuid():
        pytest.skip("mounts a file system: needs root")
    REPORTS.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(REPORTS)], check=False)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        with contextlib.suppress(OSError):
            Path(REPORTS, "full").write_bytes(b"x" * 2**20)
        yield
    finally:
        subprocess.run(["umount", "-l", str(REPORTS)], check=True)


@pytest.mark.usefixtures("full_disk")
def test_a_release_ends_as_its_code_says_with_a_reader_that_leaves_and_full_devices(foul: Foul) -> None:
    foul.released(foul.shell(f"$B {foul.deploy()} 2>/dev/full | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}"))
    assert not (REPORTS / foul.last()["operation_id"] / "report.html").exists()


def test_a_release_outlives_a_terminal_in_latin_1_that_is_closed(foul: Foul) -> None:
    master, slave = pty.openpty()
    latin = {"LC_ALL": "C", "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    before = foul.last()["operation_id"]
    process = foul.start(f"exec $B {foul.deploy()}", stdout=slave, stderr=slave, environment=latin)
    os.close(slave)
    foul.wait_for_step(before, "/scale")
    os.close(master)
    os.killpg(process.pid, signal.SIGHUP)
    foul.released(process.wait(120))


@pytest.mark.parametrize(
    ("signals", "line"),
    [
        ((signal.SIGINT,), "exec $B {} >&- 2>&- <&-"),
        ((signal.SIGTERM, signal.SIGTERM), "exec $B {}"),
        ((signal.SIGINT,), "trap : INT; $B {} 2>&1 | tee /dev/null; exit ${{PIPESTATUS[0]}}"),
    ],
    ids=["SIGINT, closed descriptors", "SIGTERM twice", "SIGINT | tee"],
)
def test_a_release_that_is_interrupted_is_undone_and_says_130(foul: Foul, signals: tuple[int, ...], line: str) -> None:
    before = foul.last()["operation_id"]
    process = foul.start(line.format(foul.deploy()), stdout=subprocess.DEVNULL)
    foul.wait_for_step(before, "/scale")
    for one in signals:
        os.killpg(process.pid, one)
    assert process.wait(120) == 130
    foul.at_rest("deploy", "undone")


def test_an_apply_is_done_without_output(foul: Foul) -> None:
    assert foul.shell("exec $B estate up --yes >&- 2>/dev/full") == 0
    foul.at_rest("estate-up", "done")


def eventually(problem: Callable[[], Any], deadline_s: float = 60) -> None:
    end = time.monotonic() + deadline_s
    while (found := problem()) is not None and time.monotonic() < end:
        time.sleep(0.5)
    assert found is None


def test_a_failover_is_done_although_its_reader_left_and_its_terminal_hung_up(foul: Foul) -> None:
    before = foul.last()["operation_id"]
    words = "failover --to us-west-2 --accept-data-loss 120 --yes --json"
    process = foul.start(f"exec $B {words} 2>&1 | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}")
    foul.wait_for_step(before, "/wait")
    os.killpg(process.pid, signal.SIGHUP)
    operation = foul.last()["operation_id"]
    eventually(lambda: "running" if foul.cloud.run("operation", "show", operation)["status"] == "running" else None)
    foul.at_rest("failover", "done")
    assert foul.cloud.run("status")["lease"]["holder"] == "us-west-2"
