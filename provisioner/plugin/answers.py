"""What the provider is asked about, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from provisioner.decide.diff import top_level
from provisioner.handlers.common.base import Properties

Kind = Literal["ADD", "DELETE", "UPDATE"]


class FailedError(Exception):
    """The operation failed, and what it was to change is as it was. `__cause__` is AWS's answer."""


class PartlyCreatedError(Exception):
    """The resource was created, and something after that failed: it is there, and the next update completes it."""

    def __init__(self, resource_id: str, inputs: Properties, outputs: Properties, reason: str) -> None:
        super().__init__(reason)
        self.resource_id, self.inputs, self.outputs, self.reason = resource_id, inputs, outputs, reason


@dataclass(frozen=True)
class Difference:
    """What differs: `paths` → what happened there. `because`: the top-level inputs that force a replacement."""

    paths: Mapping[str, Kind] = field(default_factory=dict)
    because: frozenset[str] = frozenset()
    delete_first: bool = False

    @property
    def inputs(self) -> frozenset[str]:
        """The top-level inputs that differ."""
        return top_level(self.paths)


@dataclass(frozen=True)
class Observed:
    """A resource as AWS shows it."""

    id: str
    inputs: Properties
    outputs: Properties


@dataclass(frozen=True)
class Resource:
    """Which resource a call is about. `timeout_s` is the program's, if it gave one (`customTimeouts`)."""

    type: str
    name: str
    id: str = ""
    timeout_s: float | None = None

    def __str__(self) -> str:
        return f"{self.type} {self.name!r}" + (f" ({self.id})" if self.id else "")
