"""Takes protection from deletion away before another engine destroys a stack: from an exported state, and in AWS."""

from collections.abc import Mapping
from typing import Any

from provisioner.aws import Aws, Clients
from provisioner.errors import ResourceFailedError, StateError
from provisioner.guards import Item, given_up, items, lifted
from provisioner.handlers.base import Handler
from provisioner.state import now


def unguard(exported: Mapping[str, Any], clients: Clients, handlers: Mapping[str, Handler]) -> dict[str, Any]:
    """Return the exported stack with nothing protected any more, by the program or, in AWS too, by AWS itself.

    What can be deleted only empty is deleted with all that it holds. May be repeated. Raises ResourceFailedError with
    AWS's answer, StateError when a resource's region is not known.
    """
    regions = {f"{one['urn']}::{one.get('id', '')}": (one.get("inputs") or {}).get("region") for one in items(exported)}
    freed = [_freed(one, _lift(one, clients, regions, handlers)) for one in items(exported)]
    return {**exported, "deployment": {**exported["deployment"], "resources": freed}}


def _lift(one: Item, clients: Clients, regions: Mapping[str, Any], handlers: Mapping[str, Handler]) -> Item:
    """Let AWS delete the resource, if it is there and AWS would not; return the inputs that are others now."""
    inputs: Item = one.get("inputs") or {}
    changes = lifted(inputs)
    if not changes or one.get("external"):
        return {}
    region = inputs.get("region") or regions.get(one.get("provider", ""))
    if not isinstance(region, str):
        raise StateError(f"the state does not say in which region {one['urn']} lies")
    handler, aws = handlers[one["type"]], Aws(clients, region)
    known = {**inputs, **(one.get("outputs") or {})}
    try:
        if handler.read(aws, one["id"], known) is not None:
            handler.update(aws, one["id"], known, {**known, **inputs, **changes}, frozenset(changes))
    except Exception as error:
        raise ResourceFailedError(one["urn"], "update", one.get("sourcePosition", ""), error) from error
    return changes


def _freed(one: Item, changes: Item) -> Item:
    changes = {**changes, **given_up(one["type"], one.get("inputs") or {}, now())}
    free = {name: value for name, value in one.items() if name != "protect"}
    return {**free, **{part: {**one[part], **changes} for part in ("inputs", "outputs") if changes and part in one}}
