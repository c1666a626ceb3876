"""The providers of a run: which region and default tags a resource gets from its own."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from provisioner.decide.properties import default_tags
from provisioner.errors import StateError, UnsupportedError
from provisioner.handlers.common.base import Properties
from provisioner.state.integrity import default_provider
from provisioner.state.state import Resource, State
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
        """Return the region in which a resource of the state lies.

        A default provider of Pulumi's CLI takes its region from the shell: then AWS's own words tell it.
        """
        provider = self._state.provider(resource.provider)
        given = plain(resource.inputs).get("region") or (plain(provider.inputs).get("region") if provider else None)
        region = given or _region_told(plain(resource.outputs))
        if not isinstance(region, str):
            raise StateError(f"the state does not say in which region {resource.urn} lies")
        return region

    def default_of(self, urn: str) -> str:
        """Return the reference of the default provider that the state holds for a resource; empty when it holds none.

        Pulumi's CLI makes one for what names no provider, and adds a second where it finds none named.
        """
        default = self._state.get(default_provider(urn))
        return f"{default.urn}::{default.id}" if default is not None else ""

    def default_tags(self, reference: str) -> dict[str, Any]:
        """Return the tags that each resource of the provider gets, its own ones apart."""
        return default_tags(self._inputs(reference))

    def _inputs(self, reference: str) -> Properties:
        with self._lock:
            known = self._known.get(reference)
        if known is None:
            raise UnsupportedError(f"the provider {reference or '(none)'} is not registered: give one explicitly")
        return known


def _region_told(outputs: Properties) -> Any:
    """Return the region that a resource's outputs name, by themselves or in its ARN; None when they do not."""
    arn = str(outputs.get("arn") or "").split(":")
    return outputs.get("region") or (arn[3] if len(arn) > 5 and arn[3] else None)
