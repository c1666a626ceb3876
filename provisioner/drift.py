"""What AWS has become since it was applied: as a report (drift), and taken into the state (refresh)."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from provisioner.compare import Difference, differences
from provisioner.handlers.base import Handler, Properties
from provisioner.properties import default_tags, observed_inputs
from provisioner.state import Resource, State, now
from provisioner.steps import concealed

THREADS: Final = 16
"""Resources read at the same time."""


@dataclass(frozen=True)
class Drift:
    """A resource that is not as it was applied: `missing`, or `changed` in these properties. Holds no secret."""

    urn: str
    type: str
    kind: Literal["changed", "missing"]
    properties: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class Observed:
    """A resource of the state, and what was read of it: None when it is gone."""

    resource: Resource
    read: Properties | None
    found: tuple[Difference, ...] = ()

    @property
    def drift(self) -> Drift | None:
        """The report, or None when all is as it was applied."""
        one = self.resource
        if self.read is None:
            return Drift(one.urn, one.type, "missing")
        return Drift(one.urn, one.type, "changed", self.found) if self.found else None


def observe(
    resources: Iterable[Resource],
    read: Callable[[Resource], Properties | None],
    handlers: Mapping[str, Handler],
) -> list[Observed]:
    """Read the resources, many at a time, and compare each with what was applied. In the order given."""

    def look(resource: Resource) -> Observed:
        handler = handlers[resource.type]
        seen = read(resource)
        found = (
            []
            if seen is None
            else differences(
                resource.inputs,
                seen,
                ignored=resource.ignore_changes,
                unordered=handler.unordered,
                taggable=handler.taggable,
            )
        )
        return Observed(resource, seen, tuple(found))

    with ThreadPoolExecutor(THREADS, "read") as pool:
        return list(pool.map(look, resources))


def refresh(state: State, observed: Iterable[Observed], handlers: Mapping[str, Handler]) -> None:
    """Save what was found: outputs, inputs where they differ, and that what is missing is gone."""
    gone = []
    for one in observed:
        if one.read is None:
            gone.append(one.resource)
            continue
        new = brought_up_to_date(one, handlers[one.resource.type], provider_tags(state, one.resource))
        if new != one.resource:
            state.put(replace(new, modified=now()), settles=False)
    if gone:
        state.remove(*gone)


def brought_up_to_date(observed: Observed, handler: Handler, defaults: Mapping[str, Any]) -> Resource:
    """Return the resource as it was found. `defaults` are its provider's tags."""
    resource = observed.resource
    inputs = observed_inputs(resource.inputs, observed.found, defaults)
    outputs = {**resource.outputs, **(observed.read or {})}
    return replace(resource, inputs=inputs, outputs=concealed(outputs, inputs, resource, handler))


def provider_tags(state: State, resource: Resource) -> dict[str, Any]:
    """Return the default tags of the resource's provider."""
    provider = state.provider(resource.provider)
    return default_tags(provider.inputs) if provider else {}
