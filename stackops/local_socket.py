"""Speaks to the supervisor of this checkout's local cloud over its socket; knows nothing of what runs inside."""

import hashlib
import json
import os
import shlex
import socket
import stat
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from estate.errors import BreiqError, Category
from estate.files import ROOT

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
            f"BREIQ_LOCAL_DIR is {str(folder)!r}, a relative path, which depends on the working directory",
            remedy=f"use an absolute path: export BREIQ_LOCAL_DIR={shlex.quote(str(folder.absolute()))}",
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
        f"{folder} can be accessed by other users",
        cause=f"user {found.st_uid} owns it, its mode is {stat.filemode(found.st_mode)}",
        remedy=f"check its contents, then remove it: rm -r {folder}   (or choose another: BREIQ_LOCAL_DIR)",
    )


def state_dir() -> Path:
    """Return the folder of the stacks' states: they live and end with the local cloud that they describe."""
    return instance_dir() / "run" / "state"


def socket_path() -> Path:
    """Return where the supervisor listens."""
    return instance_dir() / "supervisor.sock"


def ask(op: str, *, timeout_s: float = 30.0, **fields: Any) -> dict[str, Any]:
    """Send one request to the supervisor and return its answer.

    Raises BreiqError `local_cloud_down` when none runs, or the supervisor's own refusal in its words.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout_s)
        try:
            connection.connect(str(socket_path()))
        except OSError as error:
            raise _down() from error
        refuse_foreign_peer(connection)
        try:
            connection.sendall(json.dumps({"op": op, **fields}).encode() + b"\n")
            with connection.makefile("rb") as stream:
                line = stream.readline()
        except OSError as error:
            raise silent(op) from error
    if not line:
        raise silent(op)
    answer: dict[str, Any] = json.loads(line)
    if not answer.get("ok"):
        raise _refusal(answer["error"])
    return answer


def refuse_foreign_peer(connection: socket.socket) -> int:
    """Return the process that answers; raise BreiqError `foreign_local_cloud` when it is another user's."""
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, user, _ = struct.unpack("3i", peer)
    if user != os.geteuid():
        raise BreiqError(
            "foreign_local_cloud",
            "refused",
            f"a process of user {user} answers on {socket_path()}",
            cause="its keys and addresses cannot be trusted",
            remedy="choose a folder of your own: BREIQ_LOCAL_DIR",
        )
    return int(pid)


def _down() -> BreiqError:
    return BreiqError(
        "local_cloud_down",
        "refused",
        "no local cloud runs for this checkout",
        cause=f"nothing listens on {socket_path()}",
        remedy="breiqctl local up",
    )


def silent(op: str) -> BreiqError:
    """Return the error of a supervisor that did not answer."""
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
