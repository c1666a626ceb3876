"""What AWS has become since it was applied: as a report (drift), and taken into the state (refresh)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

from provisioner.decide.compare import Difference, Drift, differences
from provisioner.decide.properties import default_tags, observed_inputs
from provisioner.decide.records import concealed
from provisioner.handlers.common.base import Handler, Properties
from provisioner.state.state import Key, Resource, State, key_of, now
from provisioner.values import has_secret

THREADS: Final = 16
"""Resources read at the same time."""


@dataclass(frozen=True)
class Observed:
    """A resource of the state, and what was read of it: None when it is gone."""

    resource: Resource
    read: Properties | None
    found: tuple[Difference, ...] = ()

    @property
    def key(self) -> Key:
        """The resource's key in the state."""
        return key_of(self.resource)

    @property
    def names(self) -> frozenset[str]:
        """The inputs that were seen as they are: those that hold a secret, or that AWS does not tell, are not."""
        shown = {*(self.read or {})} | ({"tags"} if "tagsAll" in (self.read or {}) else set())
        return frozenset(name for name in shown if not has_secret(self.resource.inputs.get(name)))

    @property
    def drift(self) -> Drift | None:
        """The report, or None when all is as it was applied."""
        one = self.resource
        if self.read is None:
            return Drift(one.urn, one.type, "missing")
        return Drift(one.urn, one.type, "changed", self.found) if self.found else None


class Looked:
    """What was found of a stack's resources before a run: by its state's keys."""

    def __init__(self, observed: Iterable[Observed] = ()) -> None:
        self._observed = {one.key: one for one in observed}

    def __iter__(self) -> Iterator[Observed]:
        return iter(self._observed.values())

    def of(self, urn: str) -> Observed | None:
        """Return what was found of the resource that stands under the URN; None: it was not looked at."""
        return self._observed.get((urn, ""))

    @property
    def missing(self) -> list[Resource]:
        """The resources that are gone."""
        return [one.resource for one in self if one.read is None]

    @property
    def changed(self) -> list[Observed]:
        """What is there, is to stay, and is not as it was applied."""
        return [one for one in self if one.found and not one.resource.delete]

    @property
    def drifts(self) -> tuple[Drift, ...]:
        """What differs, of the resources that stand."""
        return tuple(drift for one in self if not one.resource.delete and (drift := one.drift) is not None)


def observe(
    resources: Iterable[Resource],
    read: Callable[[Resource], Properties | None],
    handlers: Mapping[str, Handler],
) -> list[Observed]:
    """Read the resources, many at a time, and compare each with what was applied. In the order given.

    The first that cannot be read ends it: what is not known is not decided upon.
    """

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
        futures = [pool.submit(look, resource) for resource in resources]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


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
