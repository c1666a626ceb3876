"""Speaks to the supervisor of this checkout's local cloud over its socket; knows nothing of what runs inside."""

import hashlib
import json
import os
import shlex
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Final

from estate.errors import BreiqError, Category
from estate.files import ROOT

_DIR_OVERRIDE: Final = os.environ.get("BREIQ_LOCAL_DIR")
REGISTRY: Final = Path(_DIR_OVERRIDE) / "registry" if _DIR_OVERRIDE else ROOT / ".breiq" / "registry"
START_DEADLINE_S: Final = 30.0
END_DEADLINE_S: Final = 30.0
USAGE_CODES: Final = frozenset(
    {"unknown_setting", "bad_setting", "unknown_fault", "unknown_region", "bad_deadline", "bad_tag"}
)
"""The supervisor's words for what the caller wrote wrongly; all other refusals are about the state of things."""


def instance_dir() -> Path:
    """Return the folder of this checkout's instance: short (socket paths), and readable for PostgreSQL's user."""
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]
    folder = Path(os.environ.get("BREIQ_LOCAL_DIR") or f"/var/tmp/breiq-{name}")  # noqa: S108 - a fixed place is meant
    if not folder.is_absolute():
        raise BreiqError(
            "bad_local_dir",
            "usage",
            f"BREIQ_LOCAL_DIR is {str(folder)!r}, which is another folder in every working directory",
            remedy=f"write it whole: export BREIQ_LOCAL_DIR={shlex.quote(str(folder.absolute()))}",
        )
    _refuse_foreign(folder)
    return folder


def _refuse_foreign(folder: Path) -> None:
    """Raise BreiqError `foreign_folder` when somebody else made the folder, could write to it, or put a link there."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022:
        return
    raise BreiqError(
        "foreign_folder",
        "refused",
        f"{folder} is not yours alone",
        cause=f"user {found.st_uid} owns it, its mode is {stat.filemode(found.st_mode)}",
        remedy=f"look at what is in it, and remove it: rm -r {folder}   (or choose another: BREIQ_LOCAL_DIR)",
    )


def state_dir() -> Path:
    """Return the folder of the stacks' states: they live and end with the local cloud that they describe."""
    return instance_dir() / "run" / "state"


def _socket_path() -> Path:
    return instance_dir() / "supervisor.sock"


def ask(op: str, *, timeout_s: float = 30.0, **fields: Any) -> dict[str, Any]:
    """Send one request to the supervisor and return its answer.

    Raises BreiqError `local_cloud_down` when none runs, or the supervisor's own refusal in its words.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout_s)
        try:
            connection.connect(str(_socket_path()))
        except OSError as error:
            raise _down() from error
        _refuse_foreign_peer(connection)
        try:
            connection.sendall(json.dumps({"op": op, **fields}).encode() + b"\n")
            with connection.makefile("rb") as stream:
                line = stream.readline()
        except OSError as error:
            raise _silent(op) from error
    if not line:
        raise _silent(op)
    answer: dict[str, Any] = json.loads(line)
    if not answer.get("ok"):
        raise _refusal(answer["error"])
    return answer


def _refuse_foreign_peer(connection: socket.socket) -> int:
    """Return the process that answers; raise BreiqError `foreign_local_cloud` when it is another user's."""
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, user, _ = struct.unpack("3i", peer)
    if user != os.geteuid():
        raise BreiqError(
            "foreign_local_cloud",
            "refused",
            f"user {user} runs what answers on {_socket_path()}",
            cause="its keys and addresses would be believed",
            remedy="choose a folder of your own: BREIQ_LOCAL_DIR",
        )
    return int(pid)


def _down() -> BreiqError:
    return BreiqError(
        "local_cloud_down",
        "refused",
        "no local cloud runs for this checkout",
        cause=f"nothing listens on {_socket_path()}",
        remedy="breiqctl local up",
    )


def _silent(op: str) -> BreiqError:
    return BreiqError(
        "local_cloud_silent",
        "permanent",
        f"the local cloud did not answer {op!r}",
        cause="its supervisor ended, or is overloaded",
        remedy="breiqctl local down && breiqctl local up",
        retryable=True,
    )


def _refusal(error: Mapping[str, Any]) -> BreiqError:
    category: Category = "usage" if error["code"] in USAGE_CODES else "refused"
    return BreiqError(error["code"], category, error["message"], cause=error.get("cause"), remedy=error.get("remedy"))


def printed_refusal(output: str) -> BreiqError | None:
    """Return the refusal that a program of the local cloud printed last (a JSON line), or None."""
    for line in reversed(output.splitlines()):
        try:
            return _refusal(json.loads(line)["error"])
        except (ValueError, KeyError, TypeError):
            continue
    return None


def status() -> dict[str, Any]:
    """Return the supervisor's status; its endpoints name the public address as `site`."""
    answer = ask("status")
    answer["endpoints"]["site"] = f"https://{answer['endpoints']['edge']}"
    return answer


def credentials() -> tuple[str, str]:
    """Return key id and secret key that the running local cloud takes: it makes its own at each start."""
    endpoints = ask("endpoints")["endpoints"]
    return endpoints["access_key_id"], endpoints["secret_access_key"]


def running() -> dict[str, Any] | None:
    """Return the supervisor's status, or None when no local cloud runs."""
    try:
        return status()
    except BreiqError as error:
        if error.code == "local_cloud_down":
            return None
        raise


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


def start(regions: list[str], witness: str, settings: Mapping[str, str], task_ports: Iterable[int] = ()) -> "Starting":
    """Start a local cloud and return when its AWS API answers. It ends with the caller until `Starting.ready()`.

    Raises BreiqError with the local cloud's own words when a program, a right or disk space is missing.
    """
    folder = instance_dir()
    REGISTRY.mkdir(parents=True, exist_ok=True)
    read_end, write_end = os.pipe()
    arguments = ["--dir", str(folder), "--registry", str(REGISTRY), "--witness", witness, "--lease-fd", str(read_end)]
    for region in regions:
        arguments += ["--region", region]
    arguments += _ports(task_ports)
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

    def wait(self) -> None:
        """Return when the supervisor answers; raise BreiqError when it ended or the deadline has passed."""
        deadline = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise self._failed()
            found = running()
            if found is not None and found["serving"]:
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
            connection.connect(str(_socket_path()))
        except OSError:
            return False
        supervisor = _refuse_foreign_peer(connection)
    parent = int(_stat(supervisor)[1])
    try:
        ask("down", timeout_s=END_DEADLINE_S)
    except BreiqError as error:
        if error.code != "local_cloud_silent":
            raise  # silence is no news: the supervisor may end before its answer has left, so its process is the truth
    deadline = time.monotonic() + END_DEADLINE_S
    while any(_runs(pid) for pid in (supervisor, parent)):
        if time.monotonic() > deadline:
            raise _silent("down")
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
