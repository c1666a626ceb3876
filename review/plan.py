"""A plan as data: every resource of an environment's stacks, and what would be done to it."""

from functools import cached_property
from typing import Any, Final, Literal

import msgspec

Action = Literal["create", "update", "replace", "delete", "same", "import"]

SECRET: Final = "[secret]"
"""Stands for a secret value."""

UNKNOWN: Final = "[unknown]"
"""Stands for a value that AWS gives when the resource is made."""


class PlannedResource(msgspec.Struct, frozen=True, kw_only=True):
    """One resource and what would be done to it. `inputs` has the provider's camel-case names.

    `region` is the region of its provider, also for services that belong to no region. `component` is the type of the
    nearest component (`breiq:estate:Database`), empty when the stack itself is the parent. `changed` lists property
    paths; `source` is the line of the program (`components/data/database.py:88`).
    """

    stack: str
    urn: str
    type: str
    name: str
    region: str
    component: str = ""
    component_name: str = ""
    parent: str = ""
    action: Action = "create"
    changed: tuple[str, ...] = ()
    inputs: dict[str, Any] = msgspec.field(default_factory=dict)
    protect: bool = False
    source: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)

    @property
    def in_cloud(self) -> bool:
        """True when something in AWS stands for it: it is no component, stack or provider."""
        return self.type.startswith("aws:")

    @property
    def part(self) -> str:
        """The stack without its environment: `foundation`, `edge`, or a region."""
        return self.stack.partition("-")[2]

    @property
    def kind(self) -> str:
        """The type in short: `rds/Instance` of `aws:rds/instance:Instance`."""
        module, _, name = self.type.removeprefix("aws:").partition(":")
        return f"{module.partition('/')[0]}/{name}"

    def known(self, name: str) -> Any:
        """Return an input, or None when it is not given or not known before AWS answers."""
        value = self.inputs.get(name)
        return None if value in (SECRET, UNKNOWN) else value

    def text(self, name: str, default: str = "") -> str:
        """Return an input as text, the default when it is not known."""
        value = self.known(name)
        return default if value is None else str(value)

    def number(self, name: str, default: float = 0) -> float:
        """Return an input as a number, the default when it is not known."""
        value = self.known(name)
        return default if value is None else float(value)

    def record(self, name: str) -> dict[str, Any]:
        """Return an input that is an object; empty when it is not known."""
        value = self.known(name)
        return value if isinstance(value, dict) else {}

    def records(self, name: str) -> list[dict[str, Any]]:
        """Return the objects of an input that is a list; those not known are left out."""
        value = self.known(name)
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def part(row: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the object under a name of another one; empty when there is none, or it is not known."""
    value = row.get(name)
    return value if isinstance(value, dict) else {}


class PlanDocument(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All stacks of an environment, as they would stand afterwards. `taken_at` is an RFC 3339 time in UTC."""

    environment: str
    resources: tuple[PlannedResource, ...]
    taken_at: str = ""

    @cached_property
    def standing(self) -> tuple[PlannedResource, ...]:
        """What stands in AWS once the plan is applied: deleted resources, components and providers apart."""
        return tuple(one for one in self.resources if one.in_cloud and one.action != "delete")

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that have a stack of their own, in the order in which they stand in the plan."""
        parts = dict.fromkeys(one.part for one in self.resources)
        return tuple(part for part in parts if part not in ("foundation", "edge"))

    def of_type(self, *kinds: str) -> tuple[PlannedResource, ...]:
        """Return the standing resources of some types, type by type: `rds/Instance` or `aws:rds/instance:Instance`."""
        found = [one for kind in kinds for one in self._by_kind.get(kind, ())]
        return tuple(found)

    @cached_property
    def _by_kind(self) -> dict[str, list[PlannedResource]]:
        """The standing resources by type, in both of its forms."""
        found: dict[str, list[PlannedResource]] = {}
        for one in self.standing:
            found.setdefault(one.kind, []).append(one)
            found.setdefault(one.type, []).append(one)
        return found

    def in_region(self, region: str) -> tuple[PlannedResource, ...]:
        """Return the standing resources that a region's provider makes."""
        return tuple(one for one in self.standing if one.region == region)

    def by_component(self) -> dict[str, tuple[PlannedResource, ...]]:
        """Return the standing resources by the type of their nearest component."""
        found: dict[str, list[PlannedResource]] = {}
        for one in self.standing:
            found.setdefault(one.component, []).append(one)
        return {component: tuple(resources) for component, resources in sorted(found.items())}

    def by_urn(self) -> dict[str, PlannedResource]:
        """Return every resource, components too, by its URN."""
        return {one.urn: one for one in self.resources}
