"""A YAML file that a person wrote: what it holds, or words for what is wrong with it."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from estate.config.base import ConfigError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C library's where PyYAML was built with it: it is ten times faster."""


class _UniqueKeys(_Loader):  # type: ignore[misc] # which one is known at run time
    """Refuses a key that stands twice in one mapping: YAML would silently take the later one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Return the mapping. Raises yaml.YAMLError at a key that was there before."""
        seen = set[str]()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key.value} stands twice", key.start_mark)
            seen.add(key.value)
        found: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return found


def read_yaml(path: Path, file: str) -> Any:
    """Return what a YAML file holds. Raises ConfigError, which calls it `file`: it is unreadable, or is no YAML."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)  # noqa: S506 - a safe one
    except OSError as error:
        problem, remedy = f"it cannot be read: {error.strerror}", "Make it a file that you may read"
    except UnicodeDecodeError as error:
        problem, remedy = f"it is not UTF-8: {error}", "Save it as UTF-8"
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem, remedy = f"it is no YAML: {' '.join(str(error).split())}", "Mend it there"
    raise ConfigError(file=file, key="", problem=problem, remedy=remedy)
