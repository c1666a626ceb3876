"""From buildah's folder with plain layers to the image's own: layers compressed once each, and the commit's time.

buildah compresses every layer again at every push. Kept by the digest of their content they cost nothing in the next
image, and an equal layer is the same blob whatever buildah's version.
"""

import gzip
import hashlib
import json
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from breiqctl.image.layout import Layout

_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
_LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
_LEVEL: Final = 6
_PIECE: Final = 1 << 20


@dataclass(frozen=True)
class Blob:
    """A file of a layout, by its digest."""

    path: Path
    digest: str
    size: int

    def entry(self, media_type: str) -> dict[str, Any]:
        """Return how a manifest or an index names it."""
        return {"mediaType": media_type, "digest": self.digest, "size": self.size}


def pack(plain: Layout, into: Path, tag: str, created: str, kept: Path) -> None:
    """Write the image of `plain` to a new layout folder; `kept` is the folder of compressed layers."""
    kept.mkdir(parents=True, exist_ok=True)
    blobs = into / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    with ThreadPoolExecutor(2) as pool:  # zlib lets other threads run
        layers = list(pool.map(lambda one: _compressed(plain.blob(one["digest"]), kept), plain.manifest["layers"]))
    for layer in layers:
        shutil.copyfile(layer.path, blobs / layer.digest.removeprefix("sha256:"))
    config = _write(blobs, {**plain.config, "created": created})
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": config.entry(_CONFIG),
        "layers": [layer.entry(_LAYER) for layer in layers],
    }
    entry = _write(blobs, manifest).entry(_MANIFEST)
    entry["annotations"] = {"org.opencontainers.image.ref.name": tag}
    (into / "index.json").write_bytes(_text({"schemaVersion": 2, "manifests": [entry]}))
    (into / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def _compressed(plain: Path, kept: Path) -> Blob:
    """Return a layer's compressed form, made if it is not kept."""
    path = kept / f"{plain.name}.gz"
    if not path.exists():
        new = path.with_suffix(".new")
        with (
            plain.open("rb") as source,
            new.open("wb") as target,
            gzip.GzipFile("", "wb", compresslevel=_LEVEL, fileobj=target, mtime=0) as packed,
        ):
            shutil.copyfileobj(source, packed, _PIECE)
        new.replace(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Blob(path, f"sha256:{digest}", path.stat().st_size)


def _write(blobs: Path, document: Mapping[str, Any]) -> Blob:
    text = _text(document)
    name = hashlib.sha256(text).hexdigest()
    (blobs / name).write_bytes(text)
    return Blob(blobs / name, f"sha256:{name}", len(text))


def _text(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
