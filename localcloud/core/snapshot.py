"""A snapshot of an instance: its record, its run folder and its databases, as they were at one moment.

It is taken while all runs: the databases are stopped (SIGSTOP) as long as their folders are copied, so that the copy is
what a crash at that moment would leave. It holds for the same addresses, keys and settings alone.
"""

import asyncio
import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from localcloud.core import instance as instances
from localcloud.core.errors import RefusedError
from localcloud.core.instance import Instance
from localcloud.core.wire import http_json

if TYPE_CHECKING:
    from localcloud.core.processes import ProcessTable

KEY_FILE: Final = "key"
RECORD_FILE: Final = "record"
RUN_FOLDER: Final = "run"


def folder(instance: Instance) -> Path:
    """Return where an instance's snapshot is; it outlives the instance."""
    return instance.folder / "snapshot"


def record_file(instance: Instance) -> Path:
    """Return the file with the record's part."""
    return folder(instance) / RECORD_FILE


async def take(instance: Instance, table: "ProcessTable", key: str) -> None:
    """Take a snapshot in place of an earlier one; `key` says of what. Raises RefusedError when it cannot be taken."""
    final = folder(instance)
    new = final.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    answer = await http_json(instance.api_socket, "POST", "/_local/snapshot", {"file": str(new / RECORD_FILE)})
    if answer.get("error"):
        raise RefusedError("no_snapshot", f"the record cannot be written: {answer['error']}")
    servers = [process for process in table.running() if process.order.kind == "postgres"]
    try:
        for process in servers:
            table.send_signal(process, signal.SIGSTOP.name)
        await asyncio.to_thread(_copy, instance.run, new / RUN_FOLDER)
    finally:
        for process in servers:
            table.send_signal(process, signal.SIGCONT.name)
    (new / KEY_FILE).write_text(key)
    shutil.rmtree(final, ignore_errors=True)
    new.rename(final)


def find(wanted: Instance, key: str) -> Instance | None:
    """Return the instance that a snapshot of this key holds, if it is one of what is wanted; None: there is none."""
    place = folder(wanted)
    try:
        if (place / KEY_FILE).read_text() != key:
            return None
        held = instances.load(str(place / RUN_FOLDER / "instance.json"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return held if replace(wanted, base=held.base, keys=held.keys) == held else None


def put_back(instance: Instance) -> None:
    """Make the run folder what the snapshot holds."""
    _copy(folder(instance) / RUN_FOLDER, instance.run)


def _copy(source: Path, target: Path) -> None:
    """Copy a folder with owners, modes and times, but without sockets: whoever listens makes them anew."""
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True, capture_output=True)
    for path in target.rglob("*"):
        if path.is_socket():
            path.unlink()
