"""Starts and ends this checkout's local cloud, and says what this machine has for one."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Final

from breiqctl.folders import REGISTRY
from estate.errors import BreiqError
from estate.files import ROOT
from stackops.local_socket import (
    ask,
    instance_dir,
    printed_refusal,
    refuse_foreign_peer,
    running,
    silent,
    socket_path,
)

START_DEADLINE_S: Final = 30.0
END_DEADLINE_S: Final = 30.0


def machine_checks(task_ports: Iterable[int]) -> list[dict[str, Any]]:
    """Return what this machine has for a local cloud: `code`, `name`, `ok`, `found` and `remedy` of each thing."""
    command = [sys.executable, "-I", "-m", "localcloud", "check", "--dir", str(instance_dir()), *_ports(task_ports)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    try:
        checks: list[dict[str, Any]] = json.loads(done.stdout)["checks"]
    except (ValueError, KeyError):
        said = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        return [{"code": "not_checked", "name": "machine", "ok": False, "found": said, "remedy": "make setup"}]
    return checks


def _ports(task_ports: Iterable[int]) -> list[str]:
    return [argument for port in sorted(set(task_ports)) for argument in ("--task-port", str(port))]


def start(
    regions: list[str], witness: str, settings: Mapping[str, str], task_ports: Iterable[int] = (), *, restore: str = ""
) -> "Starting":
    """Start a local cloud and return when its AWS API answers. It ends with the caller until `Starting.ready()`.

    It begins from the snapshot with the key `restore`, if there is one whose addresses are free: `Starting.restored`.

    Raises BreiqError with the local cloud's own words when a program, a right or disk space is missing.
    """
    folder = instance_dir()
    REGISTRY.mkdir(parents=True, exist_ok=True)
    read_end, write_end = os.pipe()
    arguments = ["--dir", str(folder), "--registry", str(REGISTRY), "--witness", witness, "--lease-fd", str(read_end)]
    for region in regions:
        arguments += ["--region", region]
    arguments += _ports(task_ports)
    if restore:
        arguments += ["--restore", restore]
    for name, value in settings.items():
        arguments += ["--setting", f"{name}={value}"]
    log = tempfile.TemporaryFile()  # noqa: SIM115 - read when the start fails, closed with this process
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "localcloud", "serve", *arguments],
        pass_fds=(read_end,),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        cwd=ROOT,
    )
    os.close(read_end)
    starting = Starting(process, write_end, log, folder / "logs")
    try:
        starting.wait()
    except BaseException:
        starting.abandon()
        raise
    return starting


class Starting:
    """A local cloud that is being started: it ends when this process ends, unless `ready` was called."""

    def __init__(self, process: subprocess.Popen[bytes], lease_fd: int, said: IO[bytes], logs: Path) -> None:
        self._process, self._lease_fd, self._said, self._logs = process, lease_fd, said, logs
        self.restored = False
        """Whether it began from a snapshot: then all is there already."""

    def wait(self) -> None:
        """Return when the supervisor answers; raise BreiqError when it ended or the deadline has passed."""
        deadline = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise self._failed()
            found = running()
            if found is not None and found["serving"]:
                self.restored = bool(found["restored"])
                return
            time.sleep(0.05)
        raise self._failed()

    def ready(self) -> None:
        """Let the local cloud live on without this process."""
        ask("ready")
        os.close(self._lease_fd)

    def abandon(self) -> None:
        """End everything that was started, and return when it has ended."""
        os.close(self._lease_fd)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _failed(self) -> BreiqError:
        self._said.seek(0)
        text = self._said.read().decode(errors="replace").strip()
        refusal = printed_refusal(text)
        if refusal is not None:
            return refusal
        return BreiqError(
            "local_cloud_failed",
            "permanent",
            "the local cloud did not start",
            cause=text.splitlines()[-1] if text else "it printed nothing",
            remedy=f"read the logs in {self._logs}",
        )


def take_down() -> bool:
    """Stop everything, and return when no process is left; False when nothing was up.

    Raises BreiqError when the local cloud has not ended within the deadline.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(socket_path()))
        except OSError:
            return False
        supervisor = refuse_foreign_peer(connection)
    parent = int(_stat(supervisor)[1])
    try:
        ask("down", timeout_s=END_DEADLINE_S)
    except BreiqError as error:
        if error.code != "local_cloud_silent":
            raise  # silence is no news: the supervisor may end before its answer has left, so its process is the truth
    deadline = time.monotonic() + END_DEADLINE_S
    while any(_runs(pid) for pid in (supervisor, parent)):
        if time.monotonic() > deadline:
            raise silent("down")
        time.sleep(0.02)
    return True


def _stat(pid: int) -> list[str]:
    """Return state, parent, … of a process (proc(5)). The supervisor's parent made its PID namespace, and ends last."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _runs(pid: int) -> bool:
    """Return whether a process runs. One that has ended and waits for its parent (for us, after a reset) does not."""
    try:
        return _stat(pid)[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
