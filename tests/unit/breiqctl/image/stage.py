"""A machine in memory on which images are built: programs that note their commands and leave what buildah would."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from breiqctl.image.building import Build, Request, Workshop
from breiqctl.image.store import Store

STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9

Package: perl-base
Status: purge ok not-installed
Architecture: amd64
Version: 5.36

Package: libc-bin
Status: install ok triggers-pending
Architecture: amd64
Version: 2.36-9
Description: binaries
 more of it
"""
METADATA = "Metadata-Version: 2.4\nName: msgspec\nVersion: 0.22.0\nLicense-Expression: BSD-3-Clause\n\nLong text"


def layer(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def write_plain(folder: Path, layers: Sequence[bytes], config: Mapping[str, Any]) -> None:
    """Write an image as `buildah push dir:` does."""
    folder.mkdir(parents=True)

    def put(content: bytes) -> dict[str, Any]:
        name = hashlib.sha256(content).hexdigest()
        (folder / name).write_bytes(content)
        return {"digest": f"sha256:{name}", "size": len(content)}

    manifest = {"config": put(json.dumps(config).encode()), "layers": [put(one) for one in layers]}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def config(order: Mapping[str, str], architecture: str = "amd64") -> dict[str, Any]:
    labels = {
        "org.opencontainers.image.revision": order["REVISION"],
        "org.opencontainers.image.created": order["CREATED"],
        "org.opencontainers.image.version": order["VERSION"],
    }
    return {
        "architecture": architecture,
        "os": "linux",
        "created": "1980-01-01T00:00:00Z",
        "config": {"User": "10001:10001", "Labels": labels, "Env": [f"APP_VERSION={order['VERSION']}"]},
    }


class Machine:
    """The programs of a machine. `fails` is a word of the command that fails."""

    def __init__(self, *names: str, fails: str | None = None, architecture: str = "amd64") -> None:
        self.names, self.fails, self.architecture = set(names), fails, architecture
        self.commands: list[Sequence[str]] = []
        self.answers: dict[str, str] = {"rev-parse": "abc123\n", "log": "1700000000\n", "status": ""}
        self.order: dict[str, str] = {}

    def has(self, name: str) -> bool:
        return name in self.names

    def output(self, command: Sequence[str]) -> str | None:
        if command[0] == "git":
            verb = command[3]
            if verb == "ls-files":
                folder = Path(command[2])
                found = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
                return "\0".join(found) if self.answers else None
            return self.answers.get(verb)
        return None

    def run(self, what: str, command: Sequence[str], variables: Mapping[str, str] | None = None) -> None:
        from estate.errors import BreiqError

        self.commands.append(command)
        if self.fails and self.fails in command:
            raise BreiqError("image_step_failed", "permanent", what)
        if command[0] == "mmdebstrap":
            assert variables is not None and "SOURCE_DATE_EPOCH" in variables
            Path(command[-1]).write_bytes(b"a root file system")
        elif "build" in command:
            self.order = dict(part.split("=", 1) for part in command if "=" in part and part[:1].isupper())
        elif "push" in command:
            files = {"./var/lib/dpkg/status": STATUS, "srv/packages/msgspec-0.22.0.dist-info/METADATA": METADATA}
            folder = Path(command[-1].removeprefix("dir:"))
            write_plain(folder, [layer(files)], config(self.order, self.architecture))


def app(folder: Path) -> Path:
    """Make a folder that is an app."""
    folder.mkdir(parents=True)
    for name in ("__init__.py", "__main__.py", "installer.lock", "rds-global-bundle.pem", "requirements.lock"):
        (folder / name).write_text(f"# {name}\n")
    (folder / "Dockerfile").write_text("ARG BASE=registry.example/python:3.11\n")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    return folder


def workshop(folder: Path, machine: Machine) -> Workshop:
    return Workshop(Store(folder / "images"), folder / "cache", machine, lambda _: None)


def built(folder: Path, machine: Machine, tag: str = "v1", **more: Any) -> dict[str, Any]:
    source = folder / "app"
    if not source.exists():
        app(source)
    return Build(Request(tag, source, **more), workshop(folder, machine)).run()
