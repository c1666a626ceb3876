"""What AWS has become since it was applied: as a report (drift), and taken into the state (refresh)."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from provisioner.compare import Difference, differences, replaced
from provisioner.diff import segments
from provisioner.handlers.base import Handler, Properties
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


def stands(resource: Resource) -> bool:
    """Say whether the state holds that something in AWS stands for the resource."""
    return resource.in_cloud and not resource.pending_replacement


def refresh(state: State, observed: Iterable[Observed], handlers: Mapping[str, Handler]) -> None:
    """Save what was found: outputs, inputs where they differ, and that what is missing is gone."""
    gone = []
    for one in observed:
        if one.read is None:
            gone.append(one.resource)
            continue
        new = brought_up_to_date(one, handlers[one.resource.type])
        if new != one.resource:
            state.put(replace(new, modified=now()), settles=False)
    if gone:
        state.remove(*gone)


def brought_up_to_date(observed: Observed, handler: Handler) -> Resource:
    """Return the resource as it was found."""
    resource = observed.resource
    inputs: dict[str, Any] = dict(resource.inputs)
    for difference in observed.found:
        path = segments(difference.path)
        inputs[path[0]] = replaced(inputs.get(path[0]), path[1:], difference.found)
        if path[0] == "tags" and "tagsAll" in inputs:
            inputs["tagsAll"] = replaced(inputs["tagsAll"], path[1:], difference.found)
    if not inputs.get("tags") and "tags" not in resource.inputs:
        inputs.pop("tags", None)
    outputs = {**resource.outputs, **(observed.read or {})}
    return replace(resource, inputs=inputs, outputs=concealed(outputs, inputs, resource, handler))
