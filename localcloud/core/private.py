"""Folders that nobody else may have a hand in: whose they are, who may write, and that no link leads elsewhere."""

import os
import stat
from pathlib import Path
from typing import Final

from localcloud.core.errors import RefusedError

PASSABLE = 0o711
"""Others may pass through (PostgreSQL's user must), and see nothing."""

OWN: Final = frozenset({"ca", "logs", "registry", "run", "snapshot", "snapshot.new", "template"})
"""What may be in a folder before a local cloud runs in it."""

TASKS_OWN: Final = "/srv"
"""The folder above an image's working directory (`localcloud.image`): a task sees nothing of the machine's there."""


def ensure_own_folder(path: Path) -> Path:
    """Return the folder, made unless it is there; it is ours, others can only pass through it, and so is all above it.

    Raises RefusedError when it belongs to another user, others can write to it, or a link stands in its place.
    """
    place = Path(os.path.abspath(path))  # noqa: PTH100 - no link is followed
    parent = place.parent.resolve()
    parent.mkdir(parents=True, exist_ok=True)
    place = parent / place.name
    for folder in place.parents:
        _refuse_foreign_parent(folder)
    try:
        place.mkdir(mode=PASSABLE)
    except FileExistsError:
        _refuse_foreign(place)
        _refuse_other_files(place)
    place.chmod(PASSABLE)
    return place


def _refuse_foreign(place: Path) -> None:
    found = place.lstat()
    if stat.S_ISLNK(found.st_mode):
        why = "it is a link"
    elif not stat.S_ISDIR(found.st_mode):
        why = "it is no folder"
    elif found.st_uid != os.geteuid():
        why = f"it belongs to user {found.st_uid}"
    elif found.st_mode & 0o022:
        why = f"others may write to it (mode {stat.S_IMODE(found.st_mode):o})"
    else:
        return
    raise RefusedError(
        "foreign_folder",
        f"{place} is not ours alone: {why}",
        f"check its contents, then remove it: rm -r {place}   (or choose another: BREIQ_LOCAL_DIR)",
    )


def _refuse_other_files(place: Path) -> None:
    """Refuse a folder that was not made for a local cloud: its mode would change, and files would be mixed."""
    if (place / "lock").exists():
        return
    other = sorted(entry.name for entry in place.iterdir() if entry.name not in OWN)
    if other:
        raise RefusedError(
            "folder_in_use",
            f"{place} holds other files: {', '.join(other[:3])}{' …' if len(other) > 3 else ''}",
            f"choose a folder for the local cloud alone: BREIQ_LOCAL_DIR={place}/breiq-local",
        )


def _refuse_foreign_parent(folder: Path) -> None:
    """Whoever may write to a folder above could put another in our folder's place, unless it is sticky (as sshd)."""
    found = folder.stat()
    sticky = bool(found.st_mode & stat.S_ISVTX)
    if found.st_uid not in (0, os.geteuid()) or (found.st_mode & 0o022 and not sticky):
        raise RefusedError(
            "foreign_folder",
            f"{folder} lets others put their own folder in the local cloud's place",
            "choose a folder below one of your own: BREIQ_LOCAL_DIR",
        )
