"""Who owns an operation: user@host:pid, and whether that process can be proven dead from here."""

import getpass
import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Owner:
    """A process that owns an operation. `scope` names the kernel and PID namespace that `pid` counts in."""

    name: str
    scope: str
    pid: int
    started: str

    @property
    def text(self) -> str:
        """Return the form that is stored: `user@host:pid|scope|started`."""
        return f"{self.name}:{self.pid}|{self.scope}|{self.started}"


def this_process() -> Owner:
    """Return this process as an owner."""
    return Owner(f"{_user()}@{socket.gethostname()}", _scope(), os.getpid(), _started(os.getpid()) or "")


def shown(text: str) -> str:
    """Return the part of an owner's stored form that people read: `user@host:pid`."""
    return text.partition("|")[0]


def is_proven_dead(text: str) -> bool:
    """Whether the owner (its stored form) ran under this kernel and PID namespace, and runs no more."""
    name, scope, started = [*text.split("|"), "", ""][:3]
    pid = name.rpartition(":")[2]
    if not scope or scope != _scope() or not pid.isdigit():
        return False
    return _started(int(pid)) != started


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _scope() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _started(pid: int) -> str | None:
    """Return when a process was started, in clock ticks after boot; None when there is none, or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else fields[19]
