"""A stack's state, in the form of `pulumi stack export` (version 3), so that `pulumi stack import` takes it.

Source: pulumi/pulumi, `sdk/go/common/apitype/core.go` (DeploymentV3, ResourceV3, OperationV2), and what
`pkg/resource/deploy/snapshot.go` verifies: each resource stands after those that it needs.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock, RLock
from typing import Any, Final, Literal

import msgspec

from provisioner.crypt import Crypter
from provisioner.errors import StateError
from provisioner.goal import PROVIDER_PREFIX
from provisioner.urns import STACK_TYPE, provider_urn
from provisioner.values import from_state, to_state

VERSION: Final = 3
ENGINE_VERSION: Final = "v3.272.0"
"""The engine whose form of state this is; Pulumi checks it against the manifest's `magic`."""

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


class State:
    """A stack's resources, saved to `path` after every change by an atomic rename: a kill leaves a whole file.

    `saved` False: changes are kept in memory alone (a plan). Safe to use from several threads.
    """

    def __init__(self, path: Path, crypter: Crypter, *, saved: bool = True) -> None:
        self.path = path
        self.touched = False
        """True once anything was changed that the file must hold."""
        self._crypter, self._is_saved = crypter, saved
        self._lock, self._file_lock = RLock(), Lock()
        self._version = self._saved_version = 0
        self._resources: dict[Key, Resource] = {}
        self._encoded: dict[Key, bytes] = {}
        self._pending: dict[Key, tuple[OperationKind, Resource]] = {}
        if path.exists():
            self._load()

    def get(self, urn: str) -> Resource | None:
        """Return the resource that stands, or None."""
        with self._lock:
            return self._resources.get((urn, ""))

    def provider(self, reference: str) -> Resource | None:
        """Return the provider of a reference `<URN>::<id>`, one that is to be deleted too, or None."""
        urn, _, provider_id = reference.rpartition("::")
        with self._lock:
            standing = self._resources.get((urn, ""))
            if standing is not None and standing.id == provider_id:
                return standing
            everything = list(self._resources.values())
        return next((one for one in everything if one.urn == urn and one.id == provider_id), None)

    def __iter__(self) -> Iterator[Resource]:
        """Iterate over a copy, each resource after those that it needs; then over what is to be deleted, likewise."""
        with self._lock:
            return iter(list(self._resources.values()))

    def __len__(self) -> int:
        return len(self._resources)

    @property
    def interrupted(self) -> list[tuple[OperationKind, Resource]]:
        """The operations that were begun and whose end is not known: an earlier run was killed during them."""
        with self._lock:
            return list(self._pending.values())

    def interruption(self, urn: str) -> tuple[OperationKind, Resource] | None:
        """Return the operation on the resource that was begun and whose end is not known, or None."""
        with self._lock:
            return self._pending.get((urn, ""))

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        with self._lock:
            stacks = [r for r in self._resources.values() if r.type == STACK_TYPE]
        return stacks[0].outputs if stacks else {}

    def begin(self, kind: OperationKind, resource: Resource) -> None:
        """Save that an operation is about to begin."""
        with self._lock:
            self._pending[key_of(resource)] = (kind, resource)
        self._save()

    def put(self, *resources: Resource, settles: bool = True) -> None:
        """Save the resources as they are now, in one write. Pending operations on them have ended, if it `settles`.

        What is unchanged but for where the program declares it is not written again.
        """
        changed = False
        with self._lock:
            for resource in resources:
                key = key_of(resource)
                pending = self._pending.pop(key, None) if settles else None
                changed = self._place(key, resource) or pending is not None or changed
        if changed:
            self._save()

    def supersede(self, old: Resource, new: Resource) -> None:
        """Save, in one write, that `new` stands where `old` did, and that `old` is to be deleted."""
        doomed = replace(old, delete=True, pending_replacement=False)
        with self._lock:
            self._pending.pop(key_of(new), None)
            self._place(key_of(doomed), doomed)
            self._place(key_of(new), new)
            self._sort()
        self._save()

    def doom(self, left: Resource) -> None:
        """Save, in one write, that what a begun creation left is to be deleted, and that the creation has ended."""
        doomed = replace(left, delete=True)
        with self._lock:
            self._pending.pop(key_of(left), None)
            self._place(key_of(doomed), doomed)
        self._save()

    def remove(self, *resources: Resource) -> None:
        """Save, in one write, that the resources are gone, and with them every mention of their URNs."""
        with self._lock:
            for resource in resources:
                key = key_of(resource)
                self._pending.pop(key, None)
                self._resources.pop(key, None)
                self._encoded.pop(key, None)
            gone = {resource.urn for resource in resources} - {urn for urn, _ in self._resources}
            if gone:
                self._rewrite(lambda one: one.without(gone))
        self._save()

    def rename(self, old: str, new: str) -> None:
        """Save that a resource has another URN, wherever it is mentioned."""
        with self._lock:
            self._rewrite(lambda one: one.renamed({old: new}))
            pending = [(kind, resource.renamed({old: new})) for kind, resource in self._pending.values()]
            self._pending = {key_of(resource): (kind, resource) for kind, resource in pending}
        self._save()

    def forget_operation(self, resource: Resource) -> None:
        """Save that a begun operation came to nothing, or to its end."""
        with self._lock:
            known = self._pending.pop(key_of(resource), None)
        if known:
            self._save()

    def _place(self, key: Key, resource: Resource) -> bool:
        """Put the resource under its key; say whether anything changed that the file must hold."""
        old = self._resources.get(key)
        behind_doomed = old is None and not _stands_last(resource) and self._ends_doomed()
        self._resources[key] = resource
        self._encoded.pop(key, None)
        if old is None:
            if behind_doomed:
                self._sort()
            return True
        if old.needs != resource.needs:
            self._sort()
        return replace(old, modified=resource.modified, source_position=resource.source_position) != resource

    def _ends_doomed(self) -> bool:
        return bool(self._resources) and _stands_last(next(reversed(self._resources.values())))

    def _rewrite(self, change: Any) -> None:
        """Put what `change` makes of each resource in its place; the order stays."""
        changed = {key_of(new): (key, new) for key, old in self._resources.items() if (new := change(old)) is not old}
        if not changed:
            return
        self._resources = {key_of(new := change(old)): new for old in self._resources.values()}
        for new_key, (key, _) in changed.items():
            self._encoded.pop(key, None)
            self._encoded.pop(new_key, None)
        self._sort()

    def _sort(self) -> None:
        """Restore the order: each after those that it needs, what is to be deleted last."""
        self._resources = {key_of(one): one for one in _sorted(self._resources.values())}

    def _save(self) -> None:
        """Return once the file holds what this thread has changed. One write may serve several threads that wait."""
        with self._lock:
            self.touched = True
            if not self._is_saved:
                return
            self._version += 1
            mine = self._version
        with self._file_lock:
            if self._saved_version >= mine:
                return
            with self._lock:
                version, text = self._version, self._text()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside = self.path.with_suffix(".tmp")
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(text)
            beside.rename(self.path)
            self._saved_version = version

    def _text(self) -> bytes:
        for key, resource in self._resources.items():
            if key not in self._encoded:
                self._encoded[key] = self._encode(resource)
        around = {
            "manifest": {
                "time": now(),
                "magic": sha256(ENGINE_VERSION.encode()).hexdigest(),
                "version": ENGINE_VERSION,
            },
            "secrets_providers": self._crypter.provider_state,
            "pending_operations": [
                {"resource": msgspec.Raw(self._encode(resource)), "type": kind}
                for kind, resource in self._pending.values()
            ],
            "metadata": {},
        }
        resources = b",".join([self._encoded[key] for key in self._resources])
        return b'{"version":%d,"deployment":{"resources":[%b],%b}' % (
            VERSION,
            resources,
            msgspec.json.encode(around)[1:],
        )

    def _encode(self, resource: Resource) -> bytes:
        encrypt = self._crypter.encrypt
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

    def _load(self) -> None:
        try:
            document = msgspec.json.decode(self.path.read_bytes())
            if document["version"] != VERSION:
                raise StateError(f"{self.path} has version {document['version']}; this engine reads version {VERSION}")
            deployment = document["deployment"]
            self._crypter = self._crypter.for_state(deployment["secrets_providers"])
            for item in deployment["resources"]:
                resource = self._decode(item)
                self._resources[key_of(resource)] = resource
                self._encoded[key_of(resource)] = msgspec.json.encode(item)
            for operation in deployment.get("pending_operations") or []:
                resource = self._decode(operation["resource"])
                self._pending[key_of(resource)] = (operation["type"], resource)
        except (msgspec.DecodeError, KeyError, TypeError) as error:
            raise StateError(f"{self.path} is not a stack's state: {error}") from error

    def _decode(self, item: dict[str, Any]) -> Resource:
        decrypt = self._crypter.decrypt
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


def _stands_last(resource: Resource) -> bool:
    """Say whether the resource stands behind all others: it is to be deleted, and nothing refers to it.

    To a provider that is to be deleted some may refer still.
    """
    return resource.delete and not resource.type.startswith(PROVIDER_PREFIX)


def _sorted(resources: Iterable[Resource]) -> list[Resource]:
    """Return the resources, each after those that it needs, what is to be deleted last; else in the order given."""
    given = sorted(resources, key=_stands_last)
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
                if _stands_last(needed) <= _stands_last(resource):
                    visit(needed)
        done[key_of(resource)] = resource

    for resource in given:
        visit(resource)
    return list(done.values())
