"""Where this checkout keeps what its commands make: reports, and images of the local cloud."""

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
REPORTS: Final = ROOT / ".breiq" / "reports"
_LOCAL_DIR: Final = os.environ.get("BREIQ_LOCAL_DIR")
REGISTRY: Final = Path(_LOCAL_DIR) / "registry" if _LOCAL_DIR else ROOT / ".breiq" / "registry"
