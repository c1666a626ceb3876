"""A task as a process tree in a mount and a UTS namespace of its own: no container, but AWS's names and a folder.

Interpreter and dependencies are this checkout's environment (first on PATH); the image's files are bound into its
working directory, and the program starts there.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"

_SCRIPT = """\
set -e
files=$1 source=$2 target=$3 ancestor=$4 name=$5
shift 5
hostname "$name"
mount --bind "$files/resolv.conf" /etc/resolv.conf
mount --bind "$files/hosts" /etc/hosts
mount --bind "$files/ca.pem" /etc/ssl/certs/ca-certificates.crt
if [ ! -d "$target" ]; then
    mount -t tmpfs -o size=1m,mode=755 task "$ancestor"
    mkdir -p "$target"
fi
mount --bind -o ro "$source" "$target"
cd "$target"
exec "$@"
"""
"""Every step is a system call away from the host's own files: the namespace's mounts are private."""


@dataclass(frozen=True)
class TaskProgram:
    """What to run. `root` holds the image's files, `working_directory` is a path in it, `files` its own folder."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    root: Path
    working_directory: str
    files: Path
    address: str
    dns: str
    ca_file: Path

    @property
    def host_name(self) -> str:
        """The name that resolves to the task's address inside it, as a Fargate task's does."""
        return f"ip-{self.address.replace('.', '-')}"

    def write_files(self) -> None:
        """Write what is bound over the host's own: resolver, hosts, trusted authorities."""
        self.files.mkdir(parents=True, exist_ok=True)
        (self.files / "resolv.conf").write_text(f"nameserver {self.dns}\noptions timeout:2 attempts:2\n")
        (self.files / "hosts").write_text(f"127.0.0.1 localhost\n{self.address} {self.host_name}\n")
        (self.files / "ca.pem").write_bytes(self.ca_file.read_bytes())

    def command(self) -> list[str]:
        """Return the command line; the program ends up with the pid of what is started."""
        target = self.working_directory
        source = self.root / target.lstrip("/")
        arguments = [str(self.files), str(source), target, existing_ancestor(target), self.host_name, *self.argv]
        return ["unshare", "--mount", "--uts", "--propagation", "private", "sh", "-c", _SCRIPT, "task", *arguments]

    def variables(self) -> dict[str, str]:
        """Return the whole environment; the checkout's interpreter comes first on PATH."""
        path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
        return {"HOME": "/root", "HOSTNAME": self.host_name, **self.environment, "PATH": path}


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
