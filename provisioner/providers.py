"""The providers of a run: which region and default tags a resource gets from its own."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from provisioner.errors import StateError, UnsupportedError
from provisioner.handlers.base import Properties
from provisioner.properties import default_tags
from provisioner.state import Resource, State
from provisioner.values import plain


class Providers:
    """The inputs of providers by reference (`<URN>::<id>`): those of this run, and those that the state holds."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = Lock()
        self._known: dict[str, Properties] = {}

    def register(self, reference: str, inputs: Properties) -> None:
        """Remember a provider of the program."""
        with self._lock:
            self._known[reference] = plain(inputs)

    def region(self, reference: str, inputs: Mapping[str, Any]) -> str:
        """Return the region of a resource with these inputs. Raises UnsupportedError when none is named."""
        region = inputs.get("region") or self._inputs(reference).get("region")
        if not isinstance(region, str):
            raise UnsupportedError(f"the provider {reference or '(none)'} names no region")
        return region

    def region_of(self, resource: Resource) -> str:
        """Return the region in which a resource of the state lies."""
        provider = self._state.provider(resource.provider)
        region = plain(resource.inputs).get("region") or (plain(provider.inputs).get("region") if provider else None)
        if not isinstance(region, str):
            raise StateError(f"the state does not say in which region {resource.urn} lies")
        return region

    def default_tags(self, reference: str) -> dict[str, Any]:
        """Return the tags that each resource of the provider gets, its own ones apart."""
        return default_tags(self._inputs(reference))

    def _inputs(self, reference: str) -> Properties:
        with self._lock:
            known = self._known.get(reference)
        if known is None:
            raise UnsupportedError(f"the provider {reference or '(none)'} is not registered: give one explicitly")
        return known
