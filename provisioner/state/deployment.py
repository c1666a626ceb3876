"""What a stack's state holds, in the form of `pulumi stack export` (version 3).

Source: pulumi/pulumi, `sdk/go/common/apitype/core.go` (ResourceV3, OperationV2), and what
`pkg/resource/deploy/snapshot.go` verifies: each resource stands after those that it needs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

import msgspec

from provisioner.goal import PROVIDER_PREFIX
from provisioner.urns import provider_urn
from provisioner.values import from_state, to_state

OperationKind = Literal["creating", "updating", "deleting", "reading", "importing"]


@dataclass(frozen=True)
class Resource:
    """One resource as it was applied. `inputs` and `outputs` are Python values (see `values`), in camel case.

    `delete`: another has taken its place, it is to be deleted. `pending_replacement`: it is deleted, the one that takes
    its place is not created yet. `timeouts` are seconds by operation.
    """

    urn: str
    type: str
    custom: bool
    id: str = ""
    parent: str = ""
    provider: str = ""
    external: bool = False
    protect: bool = False
    delete: bool = False
    pending_replacement: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    import_id: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    additional_secret_outputs: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    timeouts: dict[str, float] = field(default_factory=dict)
    source_position: str = ""
    created: str = ""
    modified: str = ""

    @property
    def in_cloud(self) -> bool:
        """True when something in the cloud stands for it: it is no component, provider, or thing only read."""
        return self.custom and not self.external and not self.type.startswith("pulumi:")

    @cached_property
    def needs(self) -> set[str]:
        """The URNs that must stand before this one in the state, and be deleted after it."""
        listed = [urn for urns in self.property_dependencies.values() for urn in urns]
        needed = (self.parent, provider_urn(self.provider), self.deleted_with, *self.dependencies, *listed)
        return {urn for urn in needed if urn}

    def renamed(self, names: dict[str, str]) -> "Resource":
        """Return the resource with the URNs in `names` replaced, its own and those that it refers to."""
        own_provider, _, provider_id = self.provider.rpartition("::")
        provider = f"{names[own_provider]}::{provider_id}" if own_provider in names else self.provider
        if not (provider != self.provider or self.urn in names or self.needs & names.keys()):
            return self
        return replace(
            self,
            urn=names.get(self.urn, self.urn),
            parent=names.get(self.parent, self.parent),
            provider=provider,
            deleted_with=names.get(self.deleted_with, self.deleted_with),
            dependencies=tuple(names.get(urn, urn) for urn in self.dependencies),
            property_dependencies={
                name: [names.get(urn, urn) for urn in urns] for name, urns in self.property_dependencies.items()
            },
        )

    def without(self, gone: set[str]) -> "Resource":
        """Return the resource with no mention of these URNs."""
        if not self.needs & gone:
            return self
        kept = {name: [urn for urn in urns if urn not in gone] for name, urns in self.property_dependencies.items()}
        return replace(
            self,
            parent="" if self.parent in gone else self.parent,
            deleted_with="" if self.deleted_with in gone else self.deleted_with,
            dependencies=tuple(urn for urn in self.dependencies if urn not in gone),
            property_dependencies={name: urns for name, urns in kept.items() if urns},
        )


Key = tuple[str, str]
"""Tells what the state holds apart: the URN, and of what is to be deleted its id and when it was created."""


def key_of(resource: Resource) -> Key:
    """Return the resource's key."""
    return (resource.urn, f"{resource.id} {resource.created}" if resource.delete else "")


def encode_resource(resource: Resource, encrypt: Callable[[str], str]) -> bytes:
    """Return the resource as JSON, secrets encrypted; what is empty is left out, as Pulumi does."""
    document = {
        "urn": resource.urn,
        "custom": resource.custom,
        "delete": resource.delete,
        "id": resource.id,
        "type": resource.type,
        "inputs": to_state(resource.inputs, encrypt),
        "outputs": to_state(resource.outputs, encrypt),
        "parent": resource.parent,
        "protect": resource.protect,
        "external": resource.external,
        "dependencies": list(resource.dependencies),
        "provider": resource.provider,
        "propertyDependencies": resource.property_dependencies,
        "pendingReplacement": resource.pending_replacement,
        "additionalSecretOutputs": list(resource.additional_secret_outputs),
        "customTimeouts": dict(resource.timeouts),
        "importID": resource.import_id,
        "retainOnDelete": resource.retain_on_delete,
        "deletedWith": resource.deleted_with,
        "created": resource.created,
        "modified": resource.modified,
        "sourcePosition": resource.source_position,
        "ignoreChanges": list(resource.ignore_changes),
        "replaceOnChanges": list(resource.replace_on_changes),
    }
    kept = {name: value for name, value in document.items() if value or name in ("urn", "custom", "type")}
    return msgspec.json.encode(kept)


def decode_resource(item: dict[str, Any], decrypt: Callable[[str], str]) -> Resource:
    """Return the resource of a decoded JSON object. Raises KeyError when it is none."""
    return Resource(
        urn=item["urn"],
        type=item["type"],
        custom=item["custom"],
        id=item.get("id", ""),
        parent=item.get("parent", ""),
        provider=item.get("provider", ""),
        external=item.get("external", False),
        protect=item.get("protect", False),
        delete=item.get("delete", False),
        pending_replacement=item.get("pendingReplacement", False),
        retain_on_delete=item.get("retainOnDelete", False),
        deleted_with=item.get("deletedWith", ""),
        import_id=item.get("importID", ""),
        inputs=from_state(item.get("inputs", {}), decrypt),
        outputs=from_state(item.get("outputs", {}), decrypt),
        dependencies=tuple(item.get("dependencies") or ()),
        property_dependencies={k: v for k, v in (item.get("propertyDependencies") or {}).items() if v},
        additional_secret_outputs=tuple(item.get("additionalSecretOutputs") or ()),
        ignore_changes=tuple(item.get("ignoreChanges") or ()),
        replace_on_changes=tuple(item.get("replaceOnChanges") or ()),
        timeouts={name: float(value) for name, value in (item.get("customTimeouts") or {}).items() if value},
        source_position=item.get("sourcePosition", ""),
        created=item.get("created", ""),
        modified=item.get("modified", ""),
    )


def now() -> str:
    """Return the time as the state writes it: RFC 3339, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stands_last(resource: Resource) -> bool:
    """Say whether the resource stands behind all others: it is to be deleted, and nothing refers to it.

    To a provider that is to be deleted some may refer still.
    """
    return resource.delete and not resource.type.startswith(PROVIDER_PREFIX)


def in_order(resources: Iterable[Resource]) -> list[Resource]:
    """Return the resources, each after those that it needs, what is to be deleted last; else in the order given."""
    given = sorted(resources, key=stands_last)
    by_urn: dict[str, list[Resource]] = {}
    for one in given:
        by_urn.setdefault(one.urn, []).append(one)
    done: dict[Key, Resource] = {}
    seen: set[Key] = set()

    def visit(resource: Resource) -> None:
        if key_of(resource) in seen:
            return
        seen.add(key_of(resource))
        for urn in sorted(resource.needs & by_urn.keys()):
            for needed in by_urn[urn]:
                if stands_last(needed) <= stands_last(resource):
                    visit(needed)
        done[key_of(resource)] = resource

    for resource in given:
        visit(resource)
    return list(done.values())
