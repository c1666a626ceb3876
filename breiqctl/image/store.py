"""The images that were built here: a folder for each tag, with an OCI layout, its bill of materials and its record."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from breiqctl.image.layout import Layout
from estate.errors import BreiqError
from estate.words import known_names

_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
RECORD: Final = "image.json"
LAYOUT: Final = "oci"
SBOM: Final = "sbom.cdx.json"


def check_tag(tag: str) -> None:
    """Return when `tag` is one. Raises BreiqError `bad_tag` (usage)."""
    if not _TAG.fullmatch(tag):
        raise BreiqError(
            "bad_tag", "usage", f"{tag!r} is no image tag", remedy="letters, digits, _ . -; at most 128 characters"
        )


@dataclass(frozen=True)
class Store:
    """The folder of the images."""

    folder: Path

    def tags(self) -> list[str]:
        """Return the tags of all complete images, sorted."""
        return sorted(path.parent.name for path in self.folder.glob(f"*/{RECORD}") if _TAG.fullmatch(path.parent.name))

    def find(self, tag: str) -> dict[str, Any] | None:
        """Return the image of a tag, as `breiq.image/1`; None when there is none."""
        if tag not in self.tags():
            return None
        folder = self.folder / tag
        record: dict[str, Any] = json.loads((folder / RECORD).read_text())
        layout = Layout(folder / LAYOUT)
        return {
            "schema": "breiq.image/1",
            "tag": tag,
            "digest": layout.digest,
            "path": str(layout.folder),
            "platform": layout.platform,
            "size_bytes": layout.size_bytes,
            "layers": layout.layers,
            "revision": layout.labels.get("org.opencontainers.image.revision"),
            "created_at": layout.labels.get("org.opencontainers.image.created"),
            "user": layout.config["config"].get("User"),
            "sbom": str(folder / SBOM),
            **record,
        }

    def get(self, tag: str) -> dict[str, Any]:
        """Return the image of a tag. Raises BreiqError `no_such_image` (usage)."""
        found = self.find(tag)
        if found is None:
            known = self.tags()
            remedy = known_names(tag, known, listing="breiqctl image list") if known else None
            raise BreiqError(
                "no_such_image",
                "usage",
                f"no image {tag!r} was built here",
                remedy=remedy or f"breiqctl image build --tag {tag}",
            )
        return found

    def add(self, tag: str, made: Path, record: dict[str, Any]) -> None:
        """Move a folder with layout and bill of materials to its place: complete, or not at all."""
        (made / RECORD).write_text(json.dumps(record, indent=2) + "\n")
        self.folder.mkdir(parents=True, exist_ok=True)
        place = self.folder / tag
        if place.exists():  # without a record: an image of another version of breiqctl
            shutil.rmtree(place)
        made.rename(place)
