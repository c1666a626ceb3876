"""Where this checkout keeps what its commands make: reports, and images."""

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
REPORTS: Final = ROOT / ".breiq" / "reports"
_LOCAL_DIR: Final = os.environ.get("BREIQ_LOCAL_DIR")
_HOME: Final = Path(_LOCAL_DIR) if _LOCAL_DIR else ROOT / ".breiq"
REGISTRY: Final = _HOME / "registry"
IMAGES: Final = _HOME / "images"
IMAGE_CACHE: Final = _HOME / "image-cache"
"""What makes the next image quick: bases, packages, buildah's layers. It may be deleted at any time."""
