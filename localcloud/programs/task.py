"""A task as a process tree in a mount and a UTS namespace of its own: no container, but AWS's names and a folder.

Interpreter and dependencies are this checkout's environment (first on PATH); the image's files are bound into its
working directory, and the program starts there, as a user that owns nothing and without any capability.
"""

import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CA_BUNDLE: Final = "/etc/ssl/certs/ca-certificates.crt"
HOME: Final = "/tmp"  # noqa: S108 - the one folder that everybody may write to
_READABLE: Final = 0o644


@dataclass(frozen=True)
class Mounts:
    """What lies over the machine's folders in a task. `covered` are laid under empty ones, `kept` shine through."""

    covered: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True)
class TaskProgram:
    """What to run. `root` holds the image's files, `working_directory` is a path in it, `files` its own folder.

    `user`: the user id that the program runs as; None: ours, who are not root.
    """

    argv: Sequence[str]
    environment: Mapping[str, str]
    root: Path
    working_directory: str
    files: Path
    address: str
    dns: str
    ca_file: Path
    user: int | None = None

    @property
    def host_name(self) -> str:
        """The name that resolves to the task's address inside it, as a Fargate task's does."""
        return f"ip-{self.address.replace('.', '-')}"

    def write_files(self) -> None:
        """Write what is bound over the host's own: resolver, hosts, trusted authorities."""
        self.files.mkdir(parents=True, exist_ok=True)
        for name, content in (
            ("resolv.conf", f"nameserver {self.dns}\noptions timeout:2 attempts:2\n".encode()),
            ("hosts", f"127.0.0.1 localhost\n{self.address} {self.host_name}\n".encode()),
            ("ca.pem", self.ca_file.read_bytes()),
        ):
            (self.files / name).write_bytes(content)
            (self.files / name).chmod(_READABLE)

    def command(self) -> list[str]:
        """Return the command line; the program ends up with the pid of what is started."""
        prefixes = [Path(sys.prefix), Path(sys.base_prefix)]
        needed = sorted({str(path) for prefix in prefixes for path in (prefix, prefix.resolve())})
        mounts = plan_mounts(needed, self.working_directory, is_open if self.user is not None else _anything)
        script = "\n".join(["set -e", *self._mounting(mounts), f"exec {self._dropping()} -- {shlex.join(self.argv)}"])
        return ["unshare", "--mount", "--uts", "--propagation", "private", "sh", "-c", script, "task"]

    def variables(self) -> dict[str, str]:
        """Return the whole environment; the checkout's interpreter comes first on PATH."""
        path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
        return {"HOME": HOME, "HOSTNAME": self.host_name, **self.environment, "PATH": path}

    def _mounting(self, mounts: Mounts) -> list[str]:
        """Return the shell's lines: each is a system call away from the host's own files, for mounts are private."""
        files, target = shlex.quote(str(self.files)), shlex.quote(self.working_directory)
        source = shlex.quote(str(self.root / self.working_directory.lstrip("/")))
        kept = [(shlex.quote(path), f"{files}/kept-{number}") for number, path in enumerate(mounts.kept)]
        return [
            f"hostname {shlex.quote(self.host_name)}",
            f"mount --bind {files}/resolv.conf /etc/resolv.conf",
            f"mount --bind {files}/hosts /etc/hosts",
            f"mount --bind {files}/ca.pem {CA_BUNDLE}",
            f"mkdir -p {files}/image {' '.join(place for _, place in kept)}",
            f"mount --bind {source} {files}/image",
            *(f"mount --bind {path} {place}" for path, place in kept),
            "umask 022",
            *(f"mount -t tmpfs -o size=1m,mode=755 task {shlex.quote(path)}" for path in mounts.covered),
            *(f"mkdir -p {path} && mount --bind -o ro {place} {path}" for path, place in kept),
            f"mkdir -p {target} && mount --bind -o ro {files}/image {target}",
            f"cd {target}",
        ]

    def _dropping(self) -> str:
        rights = "setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all"
        return rights if self.user is None else f"{rights} --reuid={self.user} --regid={self.user} --clear-groups"


def plan_mounts(needed: Sequence[str], working_directory: str, is_open: Callable[[str], bool]) -> Mounts:
    """Return what is covered, so that the program reaches its interpreter and its own folder, and nothing more.

    `needed` are the interpreter's folders; `is_open` says whether everybody may pass through a folder. Raises
    ValueError when the working directory has no folder above it on this machine but `/`.
    """
    covers = {next(filter(lambda path: not is_open(path), _folders_to(path)), None) for path in needed}
    if not Path(working_directory).is_dir():
        covers.add(existing_ancestor(working_directory))
    covered = sorted(path for path in covers if path is not None)
    outer = [
        path for path in covered if not any(Path(path) != Path(o) and Path(path).is_relative_to(o) for o in covered)
    ]
    return Mounts(tuple(outer), tuple(path for path in needed if any(Path(path).is_relative_to(o) for o in outer)))


def _folders_to(path: str) -> list[str]:
    return [str(folder) for folder in [*reversed(Path(path).parents)][1:]]


def is_open(path: str) -> bool:
    """Return whether everybody may pass through a folder."""
    return bool(Path(path).stat().st_mode & 0o001)


def _anything(_: str) -> bool:
    return True


def existing_ancestor(directory: str) -> str:
    """Return the nearest folder above that this machine has: a folder of the task's own can be laid over it.

    Raises ValueError when that is `/`: nothing can be laid over everything.
    """
    path = Path(directory)
    while not path.is_dir():
        path = path.parent
    if path == Path("/"):
        raise ValueError(f"{directory} has no folder above it on this machine but /; use one below /srv")
    return str(path)
