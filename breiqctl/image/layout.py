"""An image of an OCI layout, as it lies in a folder: manifest, configuration, sizes, and files of its layers.

https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Final

DPKG: Final = "var/lib/dpkg/status"
"""Where Debian's packages are listed."""

_WHITEOUT: Final = ".wh."
"""How a layer says that a file of the layers below is gone."""


@dataclass(frozen=True)
class Layout:
    """The image of a layout folder."""

    folder: Path

    @cached_property
    def digest(self) -> str:
        """The manifest's digest: what a registry calls the image."""
        [entry] = json.loads((self.folder / "index.json").read_text())["manifests"]
        return str(entry["digest"])

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest."""
        return self._json(self.digest)

    @cached_property
    def config(self) -> dict[str, Any]:
        """The configuration: platform, user, variables, command, labels."""
        return self._json(self.manifest["config"]["digest"])

    @property
    def platform(self) -> str:
        """The platform, as `linux/amd64`."""
        return f"{self.config['os']}/{self.config['architecture']}"

    @property
    def labels(self) -> dict[str, str]:
        """The labels."""
        return dict(self.config["config"].get("Labels") or {})

    @property
    def layers(self) -> list[dict[str, Any]]:
        """The layers from the lowest on: digest, and compressed size in bytes."""
        return [{"digest": one["digest"], "size_bytes": one["size"]} for one in self.manifest["layers"]]

    @property
    def size_bytes(self) -> int:
        """What a registry stores and a task's host pulls: compressed layers, configuration and manifest."""
        parts = [*self.manifest["layers"], self.manifest["config"]]
        return sum(int(one["size"]) for one in parts) + self.blob(self.digest).stat().st_size

    def texts(self, wanted: Callable[[str], bool]) -> dict[str, str]:
        """Return the files whose path (without a leading /) is wanted, as the layers together show them."""
        found: dict[str, str] = {}
        for layer in self.manifest["layers"]:
            with tarfile.open(self.blob(layer["digest"])) as tar:
                for entry in tar:
                    path = PurePosixPath(entry.name)
                    if path.name.startswith(_WHITEOUT):
                        gone = str(path.with_name(path.name.removeprefix(_WHITEOUT)))
                        found = {name: text for name, text in found.items() if not f"{name}/".startswith(f"{gone}/")}
                    elif entry.isfile() and wanted(str(path)):
                        file = tar.extractfile(entry)
                        assert file is not None
                        found[str(path)] = file.read().decode(errors="replace")
        return found

    def _json(self, digest: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.blob(digest).read_text())
        return document

    def blob(self, digest: str) -> Path:
        """Return the file of a blob."""
        return self.folder / "blobs" / "sha256" / digest.removeprefix("sha256:")


class PlainFolder(Layout):
    """An image as `buildah push … dir:FOLDER` writes it: the manifest, and a file for each blob."""

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest."""
        document: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text())
        return document

    def blob(self, digest: str) -> Path:
        """Return the file of a blob."""
        return self.folder / digest.removeprefix("sha256:")


def package_texts(layout: Layout) -> dict[str, str]:
    """Return the files that say which packages an image holds: Debian's list, and each Python package's metadata."""
    return layout.texts(lambda path: path == DPKG or path.endswith(".dist-info/METADATA"))
