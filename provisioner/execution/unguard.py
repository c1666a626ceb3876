"""What AWS protects from deletion, as it says now; and taking that away before another engine destroys a stack."""

from collections.abc import Mapping
from typing import Any

from provisioner.aws import Aws, Clients
from provisioner.decide.guards import GUARDED_TYPES, Item, given_up, items, unprotected
from provisioner.errors import ResourceFailedError, StateError
from provisioner.handlers.common.base import Handler
from provisioner.state.state import now


def guarded_in_aws(exported: Mapping[str, Any], clients: Clients, handlers: Mapping[str, Handler]) -> list[str]:
    """Return the URNs of what AWS would not delete, as it says now, whatever the state says of it.

    Raises ResourceFailedError when AWS does not say it.
    """
    regions = _regions(exported)
    return [one["urn"] for one in items(exported) if _told(one, clients, regions, handlers)[1]]


def unguard(exported: Mapping[str, Any], clients: Clients, handlers: Mapping[str, Handler]) -> dict[str, Any]:
    """Return the exported stack with nothing protected any more, by the program or, in AWS too, by AWS itself.

    What can be deleted only empty is deleted with all that it holds. May be repeated. Raises ResourceFailedError with
    AWS's answer, StateError when a resource's region is not known.
    """
    regions = _regions(exported)
    freed = [_freed(one, _lift(one, clients, regions, handlers)) for one in items(exported)]
    return {**exported, "deployment": {**exported["deployment"], "resources": freed}}


def _regions(exported: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the regions of the providers, by reference."""
    return {f"{one['urn']}::{one.get('id', '')}": (one.get("inputs") or {}).get("region") for one in items(exported)}


def _told(
    one: Item, clients: Clients, regions: Mapping[str, Any], handlers: Mapping[str, Handler]
) -> tuple[Aws | None, Item]:
    """Return where AWS was asked, and the inputs that have to change before it deletes the resource; none: it does."""
    inputs: Item = one.get("inputs") or {}
    is_guarded = one["type"] in GUARDED_TYPES or bool(unprotected(inputs))
    if one.get("external") or not is_guarded or one["type"] not in handlers:
        return None, {}
    region = inputs.get("region") or regions.get(one.get("provider", "")) or (one.get("outputs") or {}).get("region")
    if not isinstance(region, str):
        raise StateError(f"the state does not say in which region {one['urn']} lies")
    aws = Aws(clients, region)
    try:
        read = handlers[one["type"]].read(aws, one["id"], {**inputs, **(one.get("outputs") or {})})
    except Exception as error:
        raise ResourceFailedError(one["urn"], "read", one.get("sourcePosition", ""), error) from error
    return (aws, unprotected({**inputs, **read})) if read is not None else (None, {})


def _lift(one: Item, clients: Clients, regions: Mapping[str, Any], handlers: Mapping[str, Handler]) -> Item:
    """Let AWS delete the resource, if it is there and AWS would not; return the inputs that are others now."""
    aws, changes = _told(one, clients, regions, handlers)
    inputs: Item = one.get("inputs") or {}
    if aws is None or not changes:
        return unprotected(inputs) if not one.get("external") else {}
    known = {**inputs, **(one.get("outputs") or {})}
    try:
        handlers[one["type"]].update(aws, one["id"], known, {**known, **inputs, **changes}, frozenset(changes))
    except Exception as error:
        raise ResourceFailedError(one["urn"], "update", one.get("sourcePosition", ""), error) from error
    return {**unprotected(inputs), **changes}


def _freed(one: Item, changes: Item) -> Item:
    changes = {**changes, **given_up(one["type"], one.get("inputs") or {}, now())}
    free = {name: value for name, value in one.items() if name != "protect"}
    return {**free, **{part: {**one[part], **changes} for part in ("inputs", "outputs") if changes and part in one}}
