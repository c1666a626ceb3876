"""What an image is made of: the files of the app's folder, and the commit that they come from."""

import hashlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from breiqctl.image.programs import Programs
from estate.errors import BreiqError

NEEDED: Final = (
    "__init__.py",
    "__main__.py",
    "Dockerfile",
    "installer.lock",
    "rds-global-bundle.pem",
    "requirements.lock",
)
"""What a folder must have to be an app that can become an image."""

EPOCH_S: Final = 315_532_800
"""1980-01-01, the time of every file in an image: equal files are equal layers, whichever commit they come from."""

_SKIPPED: Final = frozenset({"__pycache__", ".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv"})


@dataclass(frozen=True)
class Source:
    """A copy of the app. `revision` is its commit: with `-dirty` when files differ from it, `unknown` outside Git."""

    folder: Path
    files: tuple[Path, ...]
    revision: str
    committed_at_s: int

    @property
    def created(self) -> str:
        """When the commit was made, RFC 3339."""
        return datetime.fromtimestamp(self.committed_at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def digest(self, *others: str) -> str:
        """Return one sum over all files and over what else goes into the image."""
        total = hashlib.sha256()
        for text in (*others, self.revision, self.created):
            total.update(f"{text}\0".encode())
        for file in self.files:
            total.update(f"{file}\0{_mode(self.folder / file):o}\0".encode())
            total.update(hashlib.sha256((self.folder / file).read_bytes()).digest())
        return f"sha256:{total.hexdigest()}"

    def copy(self, into: Path) -> None:
        """Copy the files to a folder that does not exist, with the same modes wherever they come from."""
        for file in self.files:
            target = into / file
            target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            shutil.copyfile(self.folder / file, target)
            target.chmod(_mode(self.folder / file))
            os.utime(target, (EPOCH_S, EPOCH_S))


def _mode(path: Path) -> int:
    return 0o755 if path.stat().st_mode & 0o100 else 0o644


def read_source(folder: Path, programs: Programs) -> Source:
    """Return the app that `folder` holds. Raises BreiqError `not_an_app` (usage) when files are missing."""
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise BreiqError(
            "not_an_app",
            "usage",
            f"{folder} is not a copy of the app",
            cause=f"it has no {', '.join(missing)}",
            remedy="copy app/, change the copy, and give its folder to --from",
        )
    listed = _git(programs, folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", ".")
    if not listed:
        files = (path.relative_to(folder) for path in folder.rglob("*"))
        return Source(folder, _kept(folder, files), "unknown", EPOCH_S)
    revision = (_git(programs, folder, "rev-parse", "HEAD") or "unknown").strip()
    changed = _git(programs, folder, "status", "--porcelain", "--untracked-files=all", ".")
    committed = (_git(programs, folder, "log", "-1", "--format=%ct") or "").strip()
    files = (Path(name) for name in listed.split("\0") if name)
    return Source(
        folder,
        _kept(folder, files),
        f"{revision}-dirty" if changed else revision,
        int(committed) if committed else EPOCH_S,
    )


def _kept(folder: Path, files: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(
        sorted(
            file
            for file in files
            if (folder / file).is_file() and file.suffix != ".pyc" and not _SKIPPED & set(file.parts)
        )
    )


def _git(programs: Programs, folder: Path, *arguments: str) -> str | None:
    """Return what Git says of a folder; None when there is no Git, or the folder is in no repository."""
    return programs.output(["git", "-C", str(folder), *arguments])
