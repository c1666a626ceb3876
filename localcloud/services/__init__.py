"""One AWS service a file: what the record (moto) lacks, and the controller that makes the record true.

A module here may define OPERATIONS (or SERVICES), patch(), VIEWS, SCOPE and Controller (see `localcloud.application`
and `localcloud.controller`). It imports moto inside functions only: the controllers load these modules too, and are
small. A package that defines none of these itself is a folder of such modules.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Final

PARTS: Final = ("OPERATIONS", "SERVICES", "VIEWS", "SCOPE", "Controller", "patch")


def load_services() -> dict[str, ModuleType]:
    """Import every service module below this package; return them by their own name, in alphabetical order."""
    found = list(_modules(importlib.import_module(__name__)))
    named = {module.__name__.rpartition(".")[2]: module for module in found}
    assert len(named) == len(found), "two modules of a name"
    return dict(sorted(named.items()))


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{found.name}")
        if found.ispkg and not any(hasattr(module, part) for part in PARTS):
            yield from _modules(module)
        else:
            yield module
