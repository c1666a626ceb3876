"""Images: `python -m localcloud image build` packs a folder into the local registry, one OCI layout a repository.

The same files and the same tag always give the same digest. A tag is never moved to other content.
https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

import argparse
import fcntl
import gzip
import hashlib
import io
import json
import re
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from localcloud.core.errors import RefusedError

TAG_KEY: Final = "org.opencontainers.image.ref.name"
MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
WORKING_DIRECTORY: Final = "/srv/app"
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_REPOSITORY = re.compile(r"[a-z0-9]+(?:[._/-][a-z0-9]+)*")
_SKIPPED: Final = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".git"})


@dataclass(frozen=True)
class Tagged:
    """An image of a repository: a tag, the manifest's digest (`sha256:…`) and its text."""

    tag: str | None
    digest: str
    manifest: str


class Repository:
    """An OCI layout folder of the local registry."""

    def __init__(self, registry: Path, name: str) -> None:
        if not _REPOSITORY.fullmatch(name):
            raise RefusedError(
                "bad_repository", f"{name!r} is no repository name", "lower-case words, joined by - _ . or /"
            )
        self.name = name
        self._registry = registry
        self.folder = registry / name
        self._index = self.folder / "index.json"

    def images(self) -> list[Tagged]:
        """Return the images in the order in which they were added; none when the repository does not exist."""
        found = []
        for entry in self._entries():
            manifest = self._blob(entry["digest"]).read_text()
            found.append(Tagged(entry.get("annotations", {}).get(TAG_KEY), entry["digest"], manifest))
        return found

    def changed_at(self) -> float:
        """Return when an image was last added (unix seconds), 0 when never."""
        return self._index.stat().st_mtime if self._index.exists() else 0.0

    def sizes(self) -> dict[str, int]:
        """Return the size in bytes of each blob that the repository has, by digest."""
        blobs = self.folder / "blobs" / "sha256"
        if not blobs.exists():
            return {}
        return {f"sha256:{path.name}": path.stat().st_size for path in blobs.iterdir() if not path.suffix}

    def put(self, tag: str, config: dict[str, Any], layer: bytes) -> Tagged:
        """Add an image of one layer. Raises RefusedError when the tag names other content already."""
        if not _TAG.fullmatch(tag):
            raise RefusedError("bad_tag", f"{tag!r} is no image tag", "letters, digits, _ . -; at most 128 characters")
        with self._locked():
            packed = gzip.compress(layer, compresslevel=6, mtime=0)
            layer_digest = self._write(packed)
            config = {**config, "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]}}
            config_text = _text(config)
            config_digest = self._write(config_text)
            manifest = {
                "schemaVersion": 2,
                "mediaType": MANIFEST_TYPE,
                "config": {"mediaType": CONFIG_TYPE, "digest": config_digest, "size": len(config_text)},
                "layers": [{"mediaType": LAYER_TYPE, "digest": layer_digest, "size": len(packed)}],
            }
            text = _text(manifest)
            digest = _digest(text)
            entries = self._entries()
            for entry in entries:
                if entry.get("annotations", {}).get(TAG_KEY) == tag:
                    if entry["digest"] == digest:
                        return Tagged(tag, digest, text.decode())
                    message = f"{self.name}:{tag} is {entry['digest']} already, and tags do not move"
                    raise RefusedError("tag_exists", message, "choose another tag")
            self._write(text)
            new = {"mediaType": MANIFEST_TYPE, "digest": digest, "size": len(text), "annotations": {TAG_KEY: tag}}
            index = _text({"schemaVersion": 2, "manifests": [*entries, new]})
            temporary = self._index.with_suffix(".new")
            temporary.write_bytes(index)
            temporary.replace(self._index)
            return Tagged(tag, digest, text.decode())

    def _entries(self) -> list[dict[str, Any]]:
        if not self._index.exists():
            return []
        entries: list[dict[str, Any]] = json.loads(self._index.read_text())["manifests"]
        return entries

    def _blob(self, digest: str) -> Path:
        return self.folder / "blobs" / "sha256" / digest.removeprefix("sha256:")

    def _write(self, content: bytes) -> str:
        digest = _digest(content)
        path = self._blob(digest)
        if not path.exists():
            temporary = path.with_suffix(".new")
            temporary.write_bytes(content)
            temporary.replace(path)
        return digest

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._registry.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _text(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def layer_of(source: Path, package: str) -> bytes:
    """Return a tar of the package's files under /srv/app/<package>, the same bytes for the same files."""
    buffer = io.BytesIO()
    base = Path(WORKING_DIRECTORY.lstrip("/")) / package
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(source.rglob("*")):
            relative = path.relative_to(source)
            if not path.is_file() or path.suffix == ".pyc" or _SKIPPED & set(relative.parts):
                continue
            entry = tarfile.TarInfo(str(base / relative))
            entry.size = path.stat().st_size
            entry.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            with path.open("rb") as file:
                tar.addfile(entry, file)
    return buffer.getvalue()


def build(registry: Path, repository: str, tag: str, source: Path) -> dict[str, str]:
    """Pack a Python package's folder as an image; return its tag, digest and path (of the OCI layout).

    Raises RefusedError when the folder is no package, or the tag names other content.
    """
    if not (source / "__init__.py").is_file():
        raise RefusedError(
            "no_package", f"{source} holds no Python package", "name the folder that has the app's __init__.py"
        )
    environment = [
        f"APP_VERSION={tag}",
        "PYTHONUNBUFFERED=1",
        "PYTHONDONTWRITEBYTECODE=1",
        "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
    ]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["python", "-m", "app", "serve"], "WorkingDir": WORKING_DIRECTORY, "Env": environment},
    }
    images = Repository(registry, repository)
    image = images.put(tag, config, layer_of(source, "app"))
    return {"tag": tag, "digest": image.digest, "path": str(images.folder)}


def main(arguments: Sequence[str]) -> int:
    """Run `image build`; exit code 3: refused, nothing was changed."""
    parser = argparse.ArgumentParser(prog="python -m localcloud image")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("build", help="pack a folder as an image of the local registry")
    one.add_argument("--registry", type=Path, required=True)
    one.add_argument("--repository", required=True)
    one.add_argument("--tag", required=True)
    one.add_argument("--from", dest="source", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        built = build(options.registry.resolve(), options.repository, options.tag, options.source.resolve())
    except RefusedError as refused:
        sys.stdout.write(json.dumps(refused.document()) + "\n")
        return 3
    sys.stdout.write(json.dumps(built) + "\n")
    return 0
