"""Reads what `localcloud.core.machine` judges: asks the kernel rather than guessing, and leaves nothing behind."""

import contextlib
import errno
import os
import pwd
import resource
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from localcloud.core.listeners import Listener, holders, listeners
from localcloud.core.machine import CA_BUNDLE, PACKAGES, PORTS, Facts, Holder
from localcloud.core.processes import search_path

POSTGRES_USER: Final = "postgres"
TRIAL_S: Final = 15
DNS_PORT: Final = 53
TRIAL: Final = (
    "unshare --mount --uts --propagation private sh -c 'hostname trial && mount --bind /etc/hosts /etc/hosts "
    "&& mount -t tmpfs -o size=1m trial /mnt'"
)
"""What a task does before it starts (`programs.task`); the mounts end with the namespace."""


def read_facts(folder: Path, task_ports: Iterable[int] = ()) -> Facts:
    """Return what this machine has for an instance in `folder`, whose tasks listen on `task_ports`."""
    is_root = os.geteuid() == 0
    there = existing(folder)
    programs = {name: shutil.which(name, path=search_path()) for name in PACKAGES}
    has_tools = programs["unshare"] is not None
    refused, taken = _ports(sorted({*PORTS, *task_ports}))
    disk = os.statvfs(there)
    return Facts(
        folder=str(folder),
        user=_user_name(),
        is_root=is_root,
        programs=programs,
        has_ca_bundle=_has_content(Path(CA_BUNDLE)),
        has_postgres_user=_is_user(POSTGRES_USER),
        closed_folder=_closed(folder) if is_root else None,
        unwritable_folder=None if os.access(there, os.W_OK | os.X_OK) else str(there),
        namespaces=_why_no_namespaces(is_root) if has_tools else None,
        switch_user=_why_no_switch() if is_root and programs["setpriv"] and _is_user(POSTGRES_USER) else None,
        refused_ports=refused,
        taken=taken,
        descriptors=resource.getrlimit(resource.RLIMIT_NOFILE)[1] % (1 << 63),
        processes=_processes_left(),
        free_disk_bytes=disk.f_bavail * disk.f_frsize,
        free_inodes=disk.f_favail if disk.f_files else None,
        free_memory_bytes=_free_memory(),
        shared_memory_bytes=_free_shared_memory(),
    )


def existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above that is there."""
    while not folder.exists():
        folder = folder.parent
    return folder


def _user_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _closed(folder: Path) -> str | None:
    """Return the first existing folder above that others may not enter; the folder's own mode is ours to set."""
    for above in reversed(folder.resolve().parents):
        if above.exists() and not above.stat().st_mode & stat.S_IXOTH:
            return str(above)
    return None


def _why_no_namespaces(is_root: bool) -> str | None:
    rights = [] if is_root else ["--user", "--map-current-user", "--keep-caps"]
    return _complaint(
        ["unshare", *rights, "--pid", "--fork", "--kill-child=KILL", "--mount", "--mount-proc", "sh", "-c", TRIAL]
    )


def _why_no_switch() -> str | None:
    return _complaint(["setpriv", f"--reuid={POSTGRES_USER}", f"--regid={POSTGRES_USER}", "--init-groups", "true"])


def _complaint(command: list[str]) -> str | None:
    """Return the last line that a command wrote when it failed, or None."""
    environment = {**os.environ, "PATH": search_path(), "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=TRIAL_S, env=environment, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = done.stderr.strip().splitlines()
    return (said[-1] if said else f"{command[0]} ended with {done.returncode}") if done.returncode else None


def _ports(ports: list[int]) -> tuple[list[int], dict[int, list[Holder]]]:
    """Return the ports that may not be bound, and those that somebody holds on every address.

    Tried on a loopback address that no instance has: only a listener on all addresses stands in the way there.
    """
    refused, taken = [], []
    address = f"127.250.{os.getpid() >> 8 & 255}.{os.getpid() & 255 | 1}"
    for port in ports:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)[: 2 if port == DNS_PORT else 1]:
            with socket.socket(socket.AF_INET, kind) as trial:
                if kind == socket.SOCK_STREAM:
                    trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    trial.bind((address, port))
                except PermissionError:
                    refused.append(port)
                except OSError as error:
                    if error.errno == errno.EADDRINUSE:
                        taken.append(port)
    return list(dict.fromkeys(refused)), _holders(set(taken))


def _holders(ports: set[int]) -> dict[int, list[Holder]]:
    if not ports:
        return {}
    waiting: list[Listener] = [one for one in listeners() if one.port in ports and one.takes_all]
    known = holders({one.inode for one in waiting})
    found: dict[int, list[Holder]] = {port: [] for port in sorted(ports)}
    for one in waiting:
        pid, program = known.get(one.inode, (None, ""))
        found[one.port].append(Holder(one.address, one.protocol, pid, program))
    return found


def _processes_left() -> int | None:
    """Return how many more processes may run by the cgroup's limit and, but for root, by the user's; None: any."""
    left = []
    with contextlib.suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        left.append(int((group / "pids.max").read_text()) - int((group / "pids.current").read_text()))
    limit = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    if os.geteuid() != 0 and limit != resource.RLIM_INFINITY:
        left.append(limit - _own_threads())
    return min(left) if left else None


def _own_threads() -> int:
    """Return how many threads of this user run: the limit of processes counts threads."""
    count = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                if folder.stat().st_uid == os.geteuid():
                    count += sum(1 for _ in (folder / "task").iterdir())
    return count


def _free_memory() -> int:
    """Return the lesser of what the machine and what the cgroup has left."""
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines() if ":" in line)
    free = int(lines["MemAvailable"].split()[0]) << 10
    with contextlib.suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        used = int((group / "memory.current").read_text()) - _file_cache(group)
        free = min(free, int((group / "memory.max").read_text()) - used)
    return free


def _file_cache(group: Path) -> int:
    """Return what the kernel gives back when it is asked to: pages of files."""
    for line in (group / "memory.stat").read_text().splitlines():
        name, _, value = line.partition(" ")
        if name == "inactive_file":
            return int(value)
    return 0


def _free_shared_memory() -> int:
    try:
        disk = os.statvfs("/dev/shm")  # noqa: S108 - PostgreSQL's own place
    except OSError:
        return 0
    return disk.f_bavail * disk.f_frsize
