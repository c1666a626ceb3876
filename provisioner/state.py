"""A stack's state, in the form of `pulumi stack export` (version 3), so that `pulumi stack import` takes it.

Source: pulumi/pulumi, `sdk/go/common/apitype/core.go` (DeploymentV3, ResourceV3, OperationV2).
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Lock, RLock
from typing import Any, Final, Literal

import msgspec

from provisioner.crypt import Crypter
from provisioner.errors import StateError
from provisioner.values import from_state, to_state

VERSION: Final = 3
ENGINE_VERSION: Final = "v3.272.0"
"""The engine whose form of state this is; Pulumi checks it against the manifest's `magic`."""

OperationKind = Literal["creating", "deleting"]


@dataclass(frozen=True)
class Resource:
    """One resource as it was applied. `inputs` and `outputs` are Python values (see `values`), in camel case."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    parent: str = ""
    provider: str = ""
    external: bool = False
    protect: bool = False
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    additional_secret_outputs: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
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
        provider = self.provider.rpartition("::")[0]
        listed = [urn for urns in self.property_dependencies.values() for urn in urns]
        return {urn for urn in (self.parent, provider, *self.dependencies, *listed) if urn}


class State:
    """A stack's resources, saved to `path` after every change by an atomic rename: a kill leaves a whole file.

    Safe to use from several threads.
    """

    def __init__(self, path: Path, crypter: Crypter) -> None:
        self.path = path
        self._crypter = crypter
        self._lock, self._file_lock = RLock(), Lock()
        self._version = self._saved_version = 0
        self._resources: dict[str, Resource] = {}
        self._encoded: dict[str, msgspec.Raw] = {}
        self._pending: dict[str, tuple[OperationKind, Resource]] = {}
        if path.exists():
            self._load()

    def get(self, urn: str) -> Resource | None:
        """Return the resource, or None."""
        with self._lock:
            return self._resources.get(urn)

    def __iter__(self) -> Iterator[Resource]:
        """Iterate over a copy, each resource after those that it needs."""
        with self._lock:
            return iter(list(self._resources.values()))

    def __len__(self) -> int:
        return len(self._resources)

    @property
    def interrupted(self) -> dict[str, tuple[OperationKind, Resource]]:
        """The operations that were begun and whose end is not known: an earlier run was killed during them."""
        with self._lock:
            return dict(self._pending)

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        with self._lock:
            stacks = [r for r in self._resources.values() if r.type == "pulumi:pulumi:Stack"]
        return stacks[0].outputs if stacks else {}

    def begin(self, kind: OperationKind, resource: Resource) -> None:
        """Save that an operation is about to begin."""
        with self._lock:
            self._pending[resource.urn] = (kind, resource)
        self._save()

    def put(self, resource: Resource) -> None:
        """Save the resource as it is now; a pending operation on it has ended. Unchanged ones are not written again."""
        with self._lock:
            pending = self._pending.pop(resource.urn, None)
            old = self._resources.get(resource.urn)
            if old is not None and not pending and replace(old, modified=resource.modified) == resource:
                return
            self._resources[resource.urn] = resource
            self._encoded[resource.urn] = self._encode(resource)
            if old is not None and old.needs != resource.needs:
                self._resources = {one.urn: one for one in _sorted(self._resources.values())}
        self._save()

    def remove(self, urn: str) -> None:
        """Save that the resource is gone; a pending operation on it has ended."""
        with self._lock:
            self._pending.pop(urn, None)
            self._resources.pop(urn, None)
            self._encoded.pop(urn, None)
        self._save()

    def forget_operation(self, urn: str) -> None:
        """Save that a begun operation came to nothing."""
        with self._lock:
            self._pending.pop(urn, None)
        self._save()

    def _save(self) -> None:
        """Return once the file holds what this thread has changed. One write may serve several threads that wait."""
        with self._lock:
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
        pending = [{"resource": self._encode(resource), "type": kind} for kind, resource in self._pending.values()]
        deployment = {
            "manifest": {
                "time": now(),
                "magic": hashlib.sha256(ENGINE_VERSION.encode()).hexdigest(),
                "version": ENGINE_VERSION,
            },
            "secrets_providers": self._crypter.provider_state,
            "resources": [self._encoded[urn] for urn in self._resources],
            "pending_operations": pending,
            "metadata": {},
        }
        return msgspec.json.encode({"version": VERSION, "deployment": deployment})

    def _encode(self, resource: Resource) -> msgspec.Raw:
        encrypt = self._crypter.encrypt
        document = {
            "urn": resource.urn,
            "custom": resource.custom,
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
            "additionalSecretOutputs": list(resource.additional_secret_outputs),
            "ignoreChanges": list(resource.ignore_changes),
            "sourcePosition": resource.source_position,
            "created": resource.created,
            "modified": resource.modified,
        }
        kept = {name: value for name, value in document.items() if value or name in ("urn", "custom", "type")}
        return msgspec.Raw(msgspec.json.encode(kept))

    def _load(self) -> None:
        try:
            document = msgspec.json.decode(self.path.read_bytes())
            if document["version"] != VERSION:
                raise StateError(f"{self.path} has version {document['version']}; this engine reads version {VERSION}")
            deployment = document["deployment"]
            self._crypter = self._crypter.for_state(deployment["secrets_providers"])
            for item in deployment["resources"]:
                resource = self._decode(item)
                self._resources[resource.urn] = resource
                self._encoded[resource.urn] = msgspec.Raw(msgspec.json.encode(item))
            for operation in deployment.get("pending_operations") or []:
                resource = self._decode(operation["resource"])
                self._pending[resource.urn] = (operation["type"], resource)
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
            inputs=from_state(item.get("inputs", {}), decrypt),
            outputs=from_state(item.get("outputs", {}), decrypt),
            dependencies=tuple(item.get("dependencies") or ()),
            property_dependencies=item.get("propertyDependencies") or {},
            additional_secret_outputs=tuple(item.get("additionalSecretOutputs") or ()),
            ignore_changes=tuple(item.get("ignoreChanges") or ()),
            source_position=item.get("sourcePosition", ""),
            created=item.get("created", ""),
            modified=item.get("modified", ""),
        )


def now() -> str:
    """Return the time as the state writes it: RFC 3339, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _sorted(resources: Iterable[Resource]) -> list[Resource]:
    """Return the resources, each after those that it needs; otherwise in the order given."""
    by_urn = {resource.urn: resource for resource in resources}
    done: dict[str, Resource] = {}
    seen: set[str] = set()

    def visit(resource: Resource) -> None:
        if resource.urn in seen:
            return
        seen.add(resource.urn)
        for urn in sorted(resource.needs & by_urn.keys()):
            visit(by_urn[urn])
        done[resource.urn] = resource

    for resource in by_urn.values():
        visit(resource)
    return list(done.values())
