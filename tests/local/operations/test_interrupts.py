"""Ctrl-C on a terminal reaches every process of a command: it ends at once, says so, and leaves none behind."""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests.local.path.conftest import BREIQCTL, ROOT, Cloud

pytestmark = pytest.mark.local


def processes_of(session: int) -> list[int]:
    """Return the processes of a session that have not ended."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            state, *fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == session and state != "Z":
            found.append(int(entry.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_plan_ends_at_once(number: signal.Signals) -> None:
    process = subprocess.Popen(
        [str(BREIQCTL), "-e", "production", "estate", "plan"],
        cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while len(processes_of(process.pid)) < 3:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)  # well inside the program
    os.killpg(process.pid, number)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said.strip()) == (130, "interrupted")
    assert processes_of(process.pid) == []


def test_an_up_interrupted_while_its_servers_start_leaves_none() -> None:
    with tempfile.TemporaryDirectory(prefix="breiq-", dir="/var/tmp") as folder:
        cloud = Cloud(Path(folder))
        process = subprocess.Popen(
            [str(BREIQCTL), "local", "up"],
            cwd=ROOT, env=cloud.environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while not (cloud.folder / "supervisor.sock").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert (process.returncode, said.strip().splitlines()[-1]) == (130, "interrupted")
        assert cloud.processes() == []
