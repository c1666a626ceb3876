"""One AWS service a file: what the record (moto) lacks, and the controller that makes the record true.

A module here may define OPERATIONS (or SERVICES), patch(), VIEWS, SCOPE and Controller (see `localcloud.api`,
`localcloud.controller`). It imports moto inside functions only: the controllers load these modules too, and are small.
"""

import importlib
import pkgutil
from types import ModuleType


def load_services() -> dict[str, ModuleType]:
    """Import every service module of this package; return them by name, in alphabetical order."""
    return {
        found.name: importlib.import_module(f"{__name__}.{found.name}")
        for found in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name)
    }


def words(text: str) -> frozenset[str]:
    """Return the words of a text: how a module lists its operations."""
    return frozenset(text.split())
