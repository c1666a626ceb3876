"""Images from the local registry: OCI layouts, one folder a repository, unpacked once a digest."""

import asyncio
import json
import os
import shutil
import sys
import tarfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class CannotPullError(Exception):
    """An image cannot be had; the message is what ECS puts behind CannotPullContainerError."""


@dataclass(frozen=True)
class Image:
    """An unpacked image: its files under `root` and what its configuration says about running it."""

    digest: str
    root: Path
    entry_point: list[str]
    command: list[str]
    environment: dict[str, str]
    working_directory: str


@dataclass(frozen=True)
class Reference:
    """An image's name, taken apart: repository, and a digest or a tag."""

    repository: str
    digest: str | None
    tag: str | None


def parsed(name: str) -> Reference:
    """Return the parts of `<account>.dkr.ecr.<region>.amazonaws.com/<repository>(@sha256:…|:tag)`."""
    registry, slash, rest = name.partition("/")
    path = rest if slash and "." in registry else name
    repository, at, digest = path.partition("@")
    if at:
        return Reference(repository.partition(":")[0], digest, None)
    repository, _, tag = path.partition(":")
    return Reference(repository, None, tag or "latest")


_unpacking: dict[Path, asyncio.Lock] = {}
"""A lock an image: the tasks of a new version all start at once, and compiling it once for each of them took longer
than starting them.
"""


def _one_at_a_time(root: Path) -> asyncio.Lock:
    return _unpacking.setdefault(root, asyncio.Lock())


async def pulled(registry: Path, name: str, into: Path) -> Image:
    """Return the image, unpacked under `into` unless it already is. Raises CannotPullError."""
    reference = parsed(name)
    layout = registry / reference.repository
    digest = reference.digest or _tagged(layout, reference.tag or "", name)
    manifest = _blob(layout, digest, name)
    root = into / digest.replace(":", "-")
    async with _one_at_a_time(root):
        if not root.exists():
            await _unpack(layout, [layer["digest"] for layer in manifest["layers"]], root, name)
    return _image(digest, root, _blob(layout, manifest["config"]["digest"], name))


def _image(digest: str, root: Path, configuration: dict[str, Any]) -> Image:
    config = configuration.get("config") or {}
    pairs = (entry.partition("=") for entry in config.get("Env") or [])
    return Image(
        digest=digest,
        root=root,
        entry_point=config.get("Entrypoint") or [],
        command=config.get("Cmd") or [],
        environment={key: value for key, _, value in pairs},
        working_directory=config.get("WorkingDir") or "/",
    )


def _tagged(layout: Path, tag: str, name: str) -> str:
    try:
        index = json.loads((layout / "index.json").read_text())
    except OSError as error:
        raise CannotPullError(f"{name}: repository does not exist") from error
    for manifest in index["manifests"]:
        if (manifest.get("annotations") or {}).get("org.opencontainers.image.ref.name") == tag:
            return str(manifest["digest"])
    raise CannotPullError(f"{name}: not found")


def _blob_path(layout: Path, digest: str) -> Path:
    kind, _, name = digest.partition(":")
    return layout / "blobs" / kind / name


def _blob(layout: Path, digest: str, name: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(_blob_path(layout, digest).read_text())
    except OSError as error:
        raise CannotPullError(f"{name}: not found") from error
    return document


async def _unpack(layout: Path, layers: list[str], root: Path, name: str) -> None:
    """Unpack all layers and compile Python's modules: a task's root is read-only."""
    partial = root.with_name(f"{root.name}.{uuid.uuid4().hex[:8]}")
    partial.mkdir(parents=True)
    try:
        for layer in layers:
            with tarfile.open(_blob_path(layout, layer)) as archive:
                archive.extractall(partial, filter="tar")
        await _compile(partial)
        _open_to_all(partial)
        partial.rename(root)
    except (OSError, tarfile.TarError) as error:
        raise CannotPullError(f"{name}: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


async def _compile(folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "compileall", "-q", str(folder), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await process.wait()
    except asyncio.CancelledError:
        process.kill()
        raise


def _open_to_all(root: Path) -> None:
    """Let every user read what is below: a task's user is not ours. The folder above is closed to all others."""
    for folder, _, files in os.walk(root):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | 0o444 | (0o111 if path.stat().st_mode & 0o100 else 0))
