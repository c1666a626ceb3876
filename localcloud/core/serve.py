"""`serve`: checks first, then a PID and mount namespace of its own, then the supervisor in it."""

import argparse
import asyncio
import fcntl
import json
import logging
import os
import resource
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from localcloud.core import machine, settings, snapshot
from localcloud.core.addresses import take_ranges
from localcloud.core.errors import RefusedError
from localcloud.core.instance import Instance
from localcloud.core.keys import make_keys
from localcloud.core.machine_facts import read_facts
from localcloud.core.private import PASSABLE, ensure_own_folder

UMASK: Final = 0o077
"""Whatever the caller's is: what is written here is its owner's alone, unless it is given another mode."""
DESCRIPTORS: Final = 4096


def main(arguments: Sequence[str]) -> int:
    """Run an instance in the foreground until it is taken down. Exit code 3: refused, nothing was started."""
    options = _parse(arguments)
    os.umask(UMASK)
    _allow_descriptors()
    try:
        if options.outer_proc_fd is None:
            machine.refuse(machine.judge(read_facts(Path(options.dir), options.task_port)))
            _refuse_closed_environment()
            settings.parse(options.setting)
            _reexecute(arguments, options.lease_fd)
        return _supervise(options)
    except RefusedError as refused:
        sys.stdout.write(json.dumps(refused.document()) + "\n")
        return 3


def check(arguments: Sequence[str]) -> int:
    """Print what this machine has for an instance, one JSON document; exit code 3 when something is missing."""
    parser = argparse.ArgumentParser(prog="python -m localcloud check")
    _add_place(parser)
    options = parser.parse_args(arguments)
    checks = machine.judge(read_facts(Path(options.dir), options.task_port))
    sys.stdout.write(machine.document(checks) + "\n")
    return 0 if all(each.ok for each in checks) else 3


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dir", required=True, help="the instance's folder; short, and traversable by user postgres")
    parser.add_argument(
        "--task-port", type=int, action="append", default=[], help="a port that tasks listen on: it must be free"
    )


def _refuse_closed_environment() -> None:
    """Raise RefusedError when tasks, which run as another user, could not read the interpreter's files."""
    if os.geteuid():
        return
    looked_at = (Path(sys.prefix), Path(sys.base_prefix), Path(os.__file__), Path(msgspec.__file__))
    closed = [path for path in looked_at if not path.stat().st_mode & 0o004]
    if closed:
        raise RefusedError(
            "environment_closed",
            f"tasks run as a user without rights, who cannot read {closed[0]}",
            f"run: chmod -R go+rX {sys.prefix} {sys.base_prefix}",
        )


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m localcloud serve")
    _add_place(parser)
    parser.add_argument("--registry", required=True, help="the local image registry")
    parser.add_argument("--region", action="append", required=True, help="twice: the regions")
    parser.add_argument("--witness", required=True, help="a region that has an API only")
    parser.add_argument("--lease-fd", type=int, help="until ready, its end of file ends the instance")
    parser.add_argument("--restore", metavar="KEY", help="begin from the snapshot of this key, if there is one")
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


def _allow_descriptors() -> None:
    """Raise the limit of open files as far as is needed and may be: shells often give fewer than they could."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    maximum = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < maximum:
        resource.setrlimit(resource.RLIMIT_NOFILE, (maximum, hard))


def _supervise(options: argparse.Namespace) -> int:
    from localcloud.core.supervisor import Supervisor

    folder = ensure_own_folder(Path(options.dir))
    own = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
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
        keys=make_keys(),
    )
    kept = snapshot.find(wanted, options.restore) if options.restore else None
    base, _lock = take_ranges(first=kept.base if kept else None)
    restored = kept is not None and kept.base == base
    instance = kept if kept is not None and restored else replace(wanted, base=base)
    try:
        _prepare_folders(instance, restored=restored)
    except OSError as error:
        raise RefusedError(
            "folder_unusable",
            f"{error.filename or folder} cannot be used: {error.strerror}",
            f"remove {error.filename or folder}, or set BREIQ_LOCAL_DIR to another folder",
        ) from error
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    return asyncio.run(Supervisor(instance, options.lease_fd, options.outer_proc_fd, restored=restored).run())


def _prepare_folders(instance: Instance, *, restored: bool) -> None:
    """Remove what an earlier instance left; make the folders, or put the snapshot's back. What holds states, logs and
    keys is ours alone.
    """
    for old in (instance.run, instance.logs):
        shutil.rmtree(old, ignore_errors=True)
    instance.logs.mkdir(mode=0o700)
    if restored:
        snapshot.put_back(instance)
        return
    scopes = [instance.scope_folder(region) for region in (*instance.regions, None)]
    servers = [scope / "pg" for scope in scopes]
    for folder in (instance.run, *scopes, *servers, instance.folder / "template", instance.authority.folder):
        folder.mkdir(exist_ok=True)
        folder.chmod(PASSABLE)
    for private in ("state", "pulumi"):
        (instance.run / private).mkdir(mode=0o700)
    instance.save()
