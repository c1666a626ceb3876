"""The processes of an instance, as process 1 of its PID namespace sees them: start, watch, stop, leave nothing."""

import asyncio
import os
import pwd
import signal as signals
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from localcloud.core.errors import RefusedError

KEPT: Final = 300
WHOLE_TREE: Final = frozenset({"SIGKILL", "SIGSTOP", "SIGCONT"})


def search_path() -> str:
    """Return where programs are looked for; servers are in sbin, which users often have not in their PATH."""
    return f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"


def now() -> str:
    """Return the time as RFC 3339, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Order:
    """What is to be started. `region` None: it belongs to no region and survives the loss of any."""

    name: str
    argv: tuple[str, ...]
    region: str | None = None
    env: dict[str, str] = field(default_factory=dict)
    cwd: str = "/"
    user: str | None = None
    address: str | None = None
    kind: str = "program"
    stop_signal: str = "SIGTERM"
    stdin: bool = False

    @property
    def full_name(self) -> str:
        """The name that is unique in the instance."""
        return f"{self.name}.{self.region}" if self.region else self.name


@dataclass
class Process:
    """A started process; `exit_code` is None while it runs, negative when a signal ended it."""

    order: Order
    popen: "subprocess.Popen[bytes]"
    since: str
    exit_code: int | None = None
    started_s: float = field(default_factory=time.monotonic)
    exited: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def pid(self) -> int:
        """The process id inside the namespace."""
        return self.popen.pid

    def document(self) -> dict[str, Any]:
        """Return what `status` and the followers see."""
        return {
            "name": self.order.full_name,
            "key": self.order.name,
            "region": self.order.region,
            "kind": self.order.kind,
            "pid": self.pid,
            "address": self.order.address,
            "since": self.since,
            "state": "running" if self.exit_code is None else "exited",
            "exit_code": self.exit_code,
        }


class ProcessTable:
    """Owns all processes. Only the main thread may use it. `on_change` hears of every start and every end."""

    def __init__(self, logs: Path, on_change: Callable[[Process], None]) -> None:
        self._logs = logs
        self._on_change = on_change
        self.by_name: dict[str, Process] = {}

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Reap every child from now on, orphans too."""
        loop.add_signal_handler(signals.SIGCHLD, self._reap)

    def running(self) -> list[Process]:
        """Return what runs now."""
        return [process for process in self.by_name.values() if process.exit_code is None]

    def spawn(self, order: Order, pass_fds: Iterable[int] = ()) -> Process:
        """Start a process whose output goes to its log file. Raises RefusedError if it runs already or cannot start."""
        known = self.by_name.get(order.full_name)
        if known is not None and known.exit_code is None:
            raise RefusedError("already_running", f"process {order.full_name} runs already")
        identity: dict[str, Any] = {}
        if order.user and os.getuid() == 0:
            entry = pwd.getpwnam(order.user)
            identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        environment = {"PATH": search_path(), "LANG": "C.UTF-8", "HOME": "/", **order.env}
        with (self._logs / f"{order.full_name}.log").open("ab") as log:
            try:
                popen = subprocess.Popen(
                    order.argv,
                    stdin=subprocess.PIPE if order.stdin else subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=environment,
                    cwd=order.cwd,
                    start_new_session=True,
                    pass_fds=tuple(pass_fds),
                    **identity,
                )
            except OSError as error:
                raise RefusedError("cannot_start", f"{order.full_name}: {error}") from error
        process = Process(order, popen, now())
        self._forget_old()
        self.by_name[order.full_name] = process
        self._on_change(process)
        return process

    def _forget_old(self) -> None:
        """Forget the oldest ended processes beyond KEPT: tasks come and go all day."""
        ended = [name for name, process in self.by_name.items() if process.exit_code is not None]
        for name in ended[: max(0, len(ended) - KEPT)]:
            del self.by_name[name]

    def write_line(self, process: Process, line: str) -> None:
        """Send a line to the process's standard input, if it still reads."""
        stream = process.popen.stdin
        if stream is None or process.exit_code is not None:
            return
        try:
            stream.write(line.encode() + b"\n")
            stream.flush()
        except OSError:
            return

    def send_signal(self, process: Process, name: str) -> None:
        """Send a signal; SIGKILL, SIGSTOP and SIGCONT go to everything that descends from the process too."""
        if process.exit_code is not None:
            return
        targets = [process.pid]
        if name in WHOLE_TREE:
            targets += descendants(targets)
        for pid in targets:
            _send(pid, signals.Signals[name])

    def kill(self, processes: Iterable[Process]) -> None:
        """SIGKILL these processes and all that descends from them."""
        roots = [process.pid for process in processes if process.exit_code is None]
        to_kill = [*roots, *descendants(roots)]
        for pid in to_kill:
            _send(pid, signals.SIGKILL)

    async def stop(self, process: Process, name: str, timeout_s: float) -> int:
        """Send the signal, wait, SIGKILL after `timeout_s`. Return the exit code."""
        if process.exit_code is None:
            self.send_signal(process, name)
            try:
                await asyncio.wait_for(process.exited.wait(), timeout_s)
            except TimeoutError:
                self.kill([process])
                await process.exited.wait()
        assert process.exit_code is not None
        return process.exit_code

    def _reap(self) -> None:
        by_pid = {process.pid: process for process in self.by_name.values() if process.exit_code is None}
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            process = by_pid.get(pid)
            if process is None:
                continue
            process.exit_code = process.popen.returncode = os.waitstatus_to_exitcode(status)
            if process.popen.stdin:
                process.popen.stdin.close()
            for orphan in session_members(pid):
                _send(orphan, signals.SIGKILL)
            process.exited.set()
            self._on_change(process)


def _send(pid: int, signal: signals.Signals) -> None:
    try:
        os.kill(pid, signal)
    except ProcessLookupError:
        return


def _stats() -> list[tuple[int, int, int]]:
    """Return (pid, parent, session) of every process that this /proc shows."""
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            fields = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found.append((int(entry.name), int(fields[1]), int(fields[3])))
    return found


def descendants(roots: Iterable[int]) -> list[int]:
    """Return all that descends from these processes, parents first."""
    children: dict[int, list[int]] = {}
    for pid, parent, _ in _stats():
        children.setdefault(parent, []).append(pid)
    found: list[int] = []
    queue = list(roots)
    while queue:
        below = children.get(queue.pop(0), [])
        found += below
        queue += below
    return found


def session_members(leader: int) -> list[int]:
    """Return what is left of the session that a process led (nginx's workers outlive a killed master)."""
    return [pid for pid, _, session in _stats() if session == leader and pid != leader]


def memory_bytes() -> int:
    """Return the proportional set size (PSS) of all processes of this namespace together."""
    total = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                rollup = Path(entry.path, "smaps_rollup").read_text()
            except OSError:
                continue
            total += sum(int(line.split()[1]) << 10 for line in rollup.splitlines() if line.startswith("Pss:"))
    return total
