"""The only module of the room that reads files: environment files and the shared writer-lease document."""

import json
from pathlib import Path
from typing import Any, Final

import yaml

from estate.config import ConfigError, Environment, parse_environment

ROOT: Final = Path(__file__).resolve().parent.parent
ENVIRONMENTS: Final = ROOT / "stacks" / "environments"


def list_environments() -> list[str]:
    """Return the names of the environments that have a file, sorted."""
    return sorted(path.stem for path in ENVIRONMENTS.glob("*.yaml"))


def read_environment(name: str) -> Environment:
    """Return the environment `name`, parsed strictly.

    Raises ConfigError when there is no such file, or a key or value is wrong; the message names file, key and remedy.
    """
    path = ENVIRONMENTS / f"{name}.yaml"
    if name not in list_environments():
        known = ", ".join(list_environments())
        raise ConfigError(
            file=str(path), key="", problem=f"there is no environment {name!r}", remedy=f"use one of: {known}"
        )
    return parse_environment(yaml.safe_load(path.read_text()), file=str(path.relative_to(ROOT)))


def read_writer_lease() -> dict[str, Any]:
    """Return the writer lease's document: item keys, states, fence table, roles and periods."""
    document: dict[str, Any] = json.loads((Path(__file__).parent / "writer_lease.json").read_text())
    return document
