"""A resource as the program wants it: what the monitor makes of a registration."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

PROVIDER_PREFIX: Final = "pulumi:providers:"
REFERENCE_TYPE: Final = "pulumi:pulumi:StackReference"

_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@dataclass(frozen=True)
class Alias:
    """What a resource was called before: a whole URN, or the parts that were other ones; empty parts are as now."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


@dataclass(frozen=True)
class Goal:
    """A resource and its options. `timeouts` are seconds by operation (create, update, delete)."""

    urn: str
    type: str
    name: str
    custom: bool
    parent: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    provider: str = ""
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    delete_before_replace: bool | None = None
    retain_on_delete: bool = False
    deleted_with: str = ""
    import_id: str = ""
    aliases: tuple[Alias, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    timeouts: Mapping[str, float] = field(default_factory=dict)
    source: str = ""

    @property
    def depends_on(self) -> set[str]:
        """The URNs that it needs, its parent's and provider's apart."""
        listed = (urn for urns in self.property_dependencies.values() for urn in urns)
        return {*self.dependencies, *listed}


def seconds(text: str) -> float:
    """Return a duration as Go writes it (`1h30m`, `90s`) in seconds. Raises ValueError for anything else."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration: write 90s, 20m or 1h30m")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
