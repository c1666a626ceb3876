"""What a machine must have before a local cloud is started: each thing with what was found and what fixes it.

`judge` is pure; `machine_facts` reads. `serve` refuses where anything is missing, `breiqctl doctor` shows all.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from localcloud.core.errors import RefusedError
from localcloud.core.private import TASKS_OWN

DISK_BYTES: Final = 1 << 30
INODES: Final = 20_000
MEMORY_BYTES: Final = 3 << 29
"""A local cloud of the repository's local environment holds about 1.1 GB (measured 2026-11-30)."""
DESCRIPTORS: Final = 1024
"""A process: HAProxy sizes itself by it; the gate holds a connection a caller."""
PROCESSES: Final = 400
SHARED_MEMORY_BYTES: Final = 16 << 20
FOLDER_LENGTH: Final = 60
"""A Unix socket's path has at most 107 bytes, and the deepest one lies 42 below the folder (measured 2026-11-30)."""
MEANT_OTHERWISE: Final = "\"'\\#;:%$"

PACKAGES: Final[Mapping[str, str]] = {
    "haproxy": "haproxy",
    "nginx": "nginx",
    "redis-server": "redis-server",
    "/usr/lib/postgresql/15/bin/postgres": "postgresql-15",
    "/usr/lib/postgresql/15/bin/initdb": "postgresql-15",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "mount": "mount",
    "hostname": "hostname",
    "sh": "dash",
}
"""Program → Debian's package that holds it."""

CA_BUNDLE: Final = "/etc/ssl/certs/ca-certificates.crt"
PORTS: Final = {53: "DNS", 80: "HTTP", 443: "HTTPS", 4566: "AWS's API", 5432: "PostgreSQL", 6379: "Redis"}
"""Ports that a local cloud listens on, on loopback addresses of its own; tasks' ports come from the environment."""


@dataclass(frozen=True)
class Holder:
    """What waits on a port. `pid` is None for a process that this user cannot see."""

    address: str
    protocol: str
    pid: int | None
    program: str

    def __str__(self) -> str:
        """Return it in words."""
        who = f"{self.program} (pid {self.pid})" if self.pid else "a process of another user or container"
        return f"{who} on {self.address} ({self.protocol})"


@dataclass(frozen=True)
class Facts:
    """What was found. `refused_ports`: those that this user may not bind; `taken`: port → who holds it."""

    folder: str
    user: str
    is_root: bool
    programs: Mapping[str, str | None]
    has_ca_bundle: bool
    has_postgres_user: bool
    closed_folder: str | None
    """A folder above the instance's that others may not enter: PostgreSQL's own user could not."""
    unwritable_folder: str | None
    namespaces: str | None
    """What the kernel said against namespaces and mounts of our own; None: they can be had."""
    switch_user: str | None
    """What stood against running a program as PostgreSQL's user; None: it can be done."""
    refused_ports: Sequence[int]
    taken: Mapping[int, Sequence[Holder]]
    descriptors: int
    """The most open files that a process may ask for (the hard limit)."""
    processes: int | None
    free_disk_bytes: int
    free_inodes: int | None
    free_memory_bytes: int
    shared_memory_bytes: int


@dataclass(frozen=True)
class Check:
    """One thing that must be so. `code` is for programs; `remedy` is None where it is."""

    code: str
    name: str
    ok: bool
    found: str
    remedy: str | None


def judge(facts: Facts) -> list[Check]:
    """Return every check, in the order in which somebody would fix what is missing."""
    return [
        *_programs(facts),
        _check(
            "missing_ca_bundle",
            "trusted authorities",
            facts.has_ca_bundle,
            CA_BUNDLE if facts.has_ca_bundle else f"{CA_BUNDLE} is not there, or is empty",
            "apt-get install -y --no-install-recommends ca-certificates && update-ca-certificates",
        ),
        *_rights(facts),
        *_ports(facts),
        *_folders(facts),
        *_room(facts),
    ]


def refuse(checks: Sequence[Check]) -> None:
    """Raise RefusedError when anything is missing; it names all of it, with what fixes each."""
    missing = [check for check in checks if not check.ok]
    if missing:
        message = "; ".join(f"{check.name}: {check.found}" for check in missing)
        remedies = dict.fromkeys(check.remedy for check in missing if check.remedy)
        raise RefusedError(missing[0].code, message, "; then ".join(remedies))


def document(checks: Sequence[Check]) -> str:
    """Return the checks as a line of JSON."""
    listed: list[dict[str, Any]] = [asdict(check) for check in checks]
    return json.dumps({"ok": all(check.ok for check in checks), "checks": listed})


def _check(code: str, name: str, ok: bool, found: str, remedy: str) -> Check:
    return Check(code, name, ok, found, None if ok else remedy)


def _programs(facts: Facts) -> list[Check]:
    absent = [name for name, path in facts.programs.items() if path is None]
    packages = " ".join(dict.fromkeys(PACKAGES[name] for name in absent))
    install = f"run as root: apt-get update && apt-get install -y --no-install-recommends {packages}"
    return [
        _check("missing_program", f"program {name.rpartition('/')[2]}", path is not None, path or "absent", install)
        for name, path in facts.programs.items()
    ]


def _rights(facts: Facts) -> list[Check]:
    if facts.is_root:
        own = "start the container with --privileged, or with --cap-add SYS_ADMIN --security-opt apparmor=unconfined"
    else:
        own = (
            "as root: sysctl -w kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0 "
            "(each where it exists), or run it as root"
        )
    checks = [_check("no_namespaces", "namespaces and mounts", facts.namespaces is None, facts.namespaces or "ok", own)]
    if facts.is_root:
        checks += [
            _check(
                "no_postgres_user",
                "user postgres",
                facts.has_postgres_user,
                "there" if facts.has_postgres_user else "absent",
                "adduser --system --group --no-create-home postgres",
            ),
            _check(
                "cannot_switch_user",
                "run programs as another user",
                facts.switch_user is None or not facts.has_postgres_user,
                facts.switch_user or "ok",
                "start the container with --cap-add SETUID --cap-add SETGID (Docker's default has them)",
            ),
        ]
    return checks


def _ports(facts: Facts) -> list[Check]:
    refused = ", ".join(map(str, facts.refused_ports))
    checks = [
        _check(
            "ports_not_allowed",
            "ports below 1024",
            not facts.refused_ports,
            f"{facts.user} may not use {refused}" if refused else "may be used",
            "start the container with --cap-add NET_BIND_SERVICE"
            if facts.is_root
            else "sudo sysctl -w net.ipv4.ip_unprivileged_port_start=0",
        )
    ]
    for port, who in facts.taken.items():
        pids = " ".join(str(one.pid) for one in who if one.pid)
        stop = f"stop it: kill {pids}" if pids else f"as root: ss -ltnup 'sport = :{port}' names it; stop it"
        found = f"{', '.join(map(str, who)) or 'somebody'} holds it on every address"
        remedy = f"{stop}, or let it listen on 127.0.0.1 alone"
        checks.append(_check("port_taken", f"port {port} ({PORTS.get(port, 'tasks')})", False, found, remedy))
    if not facts.taken:
        checks.append(_check("port_taken", "ports", True, "free", ""))
    return checks


def _why_unusable(folder: str) -> str | None:
    """Return why an instance cannot live in a folder of this name."""
    length = len(folder.encode())
    if length > FOLDER_LENGTH:
        return f"{folder} has {length} bytes, more than {FOLDER_LENGTH}: sockets in it could not be named"
    if any(letter.isspace() or letter in MEANT_OTHERWISE for letter in folder):
        return f"{folder} holds a space, or a character that HAProxy's and nginx's files give a meaning to"
    if Path(folder).is_relative_to(TASKS_OWN):
        return f"tasks have folders of their own in place of {TASKS_OWN}: they could not reach {folder}"
    return None


def _folders(facts: Facts) -> list[Check]:
    unusable = _why_unusable(facts.folder)
    elsewhere = "set BREIQ_LOCAL_DIR to a folder like /var/tmp/breiq-local"
    return [
        _check("folder_unusable", "folder of the local cloud", unusable is None, unusable or facts.folder, elsewhere),
        _check(
            "folder_unwritable",
            "its place may be written to",
            facts.unwritable_folder is None,
            "yes" if facts.unwritable_folder is None else f"{facts.user} may not write to {facts.unwritable_folder}",
            f"chown {facts.user} {facts.unwritable_folder}, or {elsewhere}",
        ),
        _check(
            "folder_closed",
            "others may enter the folders above it",
            facts.closed_folder is None,
            "yes" if facts.closed_folder is None else f"{facts.closed_folder} is closed to PostgreSQL's user",
            f"chmod o+x {facts.closed_folder}, or {elsewhere}",
        ),
    ]


def _room(facts: Facts) -> list[Check]:
    return [*_limits(facts), *_disk(facts), *_memory(facts)]


def _limits(facts: Facts) -> list[Check]:
    processes = facts.processes is None or facts.processes >= PROCESSES
    return [
        _check(
            "few_descriptors",
            "open files",
            facts.descriptors >= DESCRIPTORS,
            f"{facts.descriptors} a process (hard limit), {DESCRIPTORS} are needed",
            f"as root: ulimit -Hn {4 * DESCRIPTORS} in the shell that starts it; lasting: `{facts.user} hard nofile "
            f"{4 * DESCRIPTORS}` in /etc/security/limits.conf; in Docker: --ulimit nofile={4 * DESCRIPTORS}",
        ),
        _check(
            "few_processes",
            "processes",
            processes,
            "no limit" if facts.processes is None else f"{facts.processes} more may run, {PROCESSES} are needed",
            f"ulimit -u {10 * PROCESSES}; in Docker: --pids-limit {10 * PROCESSES}",
        ),
    ]


def _disk(facts: Facts) -> list[Check]:
    inodes = facts.free_inodes is None or facts.free_inodes >= INODES
    return [
        _check(
            "no_disk",
            "disk",
            facts.free_disk_bytes >= DISK_BYTES,
            f"{_mib(facts.free_disk_bytes)} free for {facts.folder}, {_mib(DISK_BYTES)} are needed",
            f"free space there, or set BREIQ_LOCAL_DIR to a folder on a larger disk (df -h {facts.folder})",
        ),
        _check(
            "no_inodes",
            "files on the disk",
            inodes,
            "no limit" if facts.free_inodes is None else f"{facts.free_inodes} more, {INODES} are needed",
            "remove files there (df -i shows them)",
        ),
    ]


def _memory(facts: Facts) -> list[Check]:
    return [
        _check(
            "no_memory",
            "memory",
            facts.free_memory_bytes >= MEMORY_BYTES,
            f"{_mib(facts.free_memory_bytes)} available, {_mib(MEMORY_BYTES)} are needed",
            "end other programs (another checkout's `breiqctl local down`), or give the container more memory",
        ),
        _check(
            "no_shared_memory",
            "shared memory",
            facts.shared_memory_bytes >= SHARED_MEMORY_BYTES,
            f"{_mib(facts.shared_memory_bytes)} free in /dev/shm, {_mib(SHARED_MEMORY_BYTES)} are needed",
            "mount -o remount,size=256m /dev/shm; in Docker: --shm-size=256m",
        ),
    ]


def _mib(amount: int) -> str:
    return f"{amount >> 20} MiB"
