"""The repository's own texts, without what was installed or made."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from estate.files import ROOT

DOCS = ROOT / "docs"
SUFFIXES = {".py", ".md", ".yaml", ".yml", ".toml", ".json", ".cfg", ".sh", ".j2", ""}
MADE = {"build", "dist", "__pycache__", "node_modules"}
OTHERS = ("docs/specification.md", "review/data/prices/")
"""Texts that are not ours: their words and references are not, either."""


def _paths(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in MADE and (not name.startswith(".") or name == ".github")]
        yield from (Path(root) / name for name in files if Path(name).suffix in SUFFIXES)


@cache
def texts() -> dict[str, str]:
    """Return each text by its path from the root."""
    found = {f"{path.relative_to(ROOT)}": path for path in _paths(ROOT) if not path.is_symlink()}
    return {
        name: path.read_bytes().decode(errors="replace")
        for name, path in sorted(found.items())
        if not name.startswith(OTHERS)
    }
