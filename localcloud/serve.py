"""`serve`: checks first, then a PID and mount namespace of its own, then the supervisor in it."""

import argparse
import asyncio
import fcntl
import json
import logging
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from localcloud import settings
from localcloud.addresses import take_ranges
from localcloud.errors import RefusedError
from localcloud.instance import Instance
from localcloud.processes import search_path

POSTGRES = Path("/usr/lib/postgresql/15/bin/postgres")
DISK_BYTES = 1 << 30


def main(arguments: Sequence[str]) -> int:
    """Run an instance in the foreground until it is taken down. Exit code 3: refused, nothing was started."""
    options = _parse(arguments)
    try:
        if options.outer_proc_fd is None:
            check_machine(Path(options.dir))
            settings.parse(options.setting)
            _reexecute(arguments, options.lease_fd)
        return _supervise(options)
    except RefusedError as refused:
        sys.stdout.write(json.dumps(refused.document()) + "\n")
        return 3


def check_machine(folder: Path) -> None:
    """Raise RefusedError when a program, a right or disk space is missing; nothing is started before."""
    missing = [
        package
        for program, package in (
            ("haproxy", "haproxy"),
            ("nginx", "nginx"),
            ("redis-server", "redis-server"),
            ("unshare", "util-linux"),
        )
        if shutil.which(program, path=search_path()) is None
    ]
    if not POSTGRES.exists():
        missing.append("postgresql-15")
    if missing:
        line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
        raise RefusedError("missing_program", f"not installed: {', '.join(missing)}", f"run as root: {line}")
    first_port = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    if os.geteuid() != 0 and first_port > 53:
        raise RefusedError(
            "ports_not_allowed",
            f"ports below {first_port} (53, 80, 443) need root here",
            "run: sudo sysctl -w net.ipv4.ip_unprivileged_port_start=0",
        )
    parent = folder
    while not parent.exists():
        parent = parent.parent
    free = shutil.disk_usage(parent).free
    if free < DISK_BYTES:
        raise RefusedError(
            "no_disk",
            f"{parent} has {free >> 20} MiB free, {DISK_BYTES >> 20} MiB are needed",
            f"free space on {parent}",
        )


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m localcloud serve")
    parser.add_argument("--dir", required=True, help="the instance's folder; short, and traversable by user postgres")
    parser.add_argument("--registry", required=True, help="the local image registry")
    parser.add_argument("--region", action="append", required=True, help="twice: the regions")
    parser.add_argument("--witness", required=True, help="a region that has an API only")
    parser.add_argument("--lease-fd", type=int, help="until ready, its end of file ends the instance")
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--outer-proc-fd", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if len(options.region) != 2 or options.witness in options.region or len(set(options.region)) != 2:
        parser.error("two different --region and another --witness are needed")
    return options


def _reexecute(arguments: Sequence[str], lease_fd: int | None) -> None:
    """Become `unshare`, whose child is this program again as process 1 of a PID namespace. Does not return."""
    outer_proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    for descriptor in (outer_proc, lease_fd):
        if descriptor is not None:
            os.set_inheritable(descriptor, True)
    rights = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    itself = [sys.executable, "-m", "localcloud", "serve", *arguments, "--outer-proc-fd", str(outer_proc)]
    namespace = ["--pid", "--fork", "--kill-child=KILL", "--mount", "--mount-proc"]
    os.execvp("unshare", ["unshare", *rights, *namespace, *itself])  # noqa: S606


def _supervise(options: argparse.Namespace) -> int:
    from localcloud.supervisor import Supervisor

    folder = Path(options.dir).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    own = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RefusedError("already_up", f"a local cloud runs in {folder}", "take it down first") from None
    wanted = Instance(
        folder=folder,
        registry=Path(options.registry).resolve(),
        regions=tuple(options.region),
        witness=options.witness,
        base=0,
        settings=settings.parse(options.setting),
    )
    base, _lock = take_ranges()
    instance = replace(wanted, base=base)
    _prepare_folders(instance)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    return asyncio.run(Supervisor(instance, options.lease_fd, options.outer_proc_fd).run())


def _prepare_folders(instance: Instance) -> None:
    """Remove what an earlier instance left; make the folders."""
    shutil.rmtree(instance.run, ignore_errors=True)
    shutil.rmtree(instance.logs, ignore_errors=True)
    instance.logs.mkdir(parents=True)
    for region in (*instance.regions, None):
        instance.scope_folder(region).mkdir(parents=True)
    for folder in (instance.folder, instance.run, *(instance.scope_folder(r) for r in (*instance.regions, None))):
        folder.chmod(0o755)
    instance.save()
