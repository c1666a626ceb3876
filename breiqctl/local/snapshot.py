"""Which snapshot `local up` may begin from: one that the same code has made.

The local cloud itself compares settings, regions and folders.
"""

import hashlib
import sys
from pathlib import Path
from typing import Final

from estate.files import ENVIRONMENTS, ROOT
from stackops.local_socket import instance_dir

FOLDERS: Final = (
    "app",
    "aws",
    "breiqctl",
    "components",
    "estate",
    "infra",
    "localcloud",
    "operations",
    "policies",
    "provisioner",
    "releases",
    "stackops",
)
"""All that takes part in `local up`."""


def key(environment: str) -> str:
    """Return a hash of all that decides what `local up` makes: sources, dependencies, interpreter."""
    digest = hashlib.sha256(sys.version.encode())
    sources = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if _is_source(path)]
    for path in (*sources, ENVIRONMENTS / f"{environment}.yaml", ROOT / "requirements" / "run.lock"):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def exists(wanted: str) -> bool:
    """Return whether this checkout's local cloud has a snapshot with that key."""
    try:
        return (instance_dir() / "snapshot" / "key").read_text() == wanted
    except OSError:
        return False


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts
