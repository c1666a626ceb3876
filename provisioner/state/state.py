"""A stack's state: what was applied and what was begun, kept in a file that is whole at every moment.

Its form is that of `pulumi stack export`, so that `pulumi stack import` takes it; see `deployment`.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from threading import Lock, RLock
from typing import Any, Final

import msgspec

from provisioner.errors import BrokenStateError, StateError
from provisioner.state.crypt import Crypter
from provisioner.state.deployment import (
    Key,
    OperationKind,
    Resource,
    decode_resource,
    encode_resource,
    in_order,
    key_of,
    now,
    stands_last,
)
from provisioner.state.integrity import faults
from provisioner.urns import STACK_TYPE

__all__ = ["Key", "OperationKind", "Resource", "State", "key_of", "now"]

VERSION: Final = 3
ENGINE_VERSION: Final = "v3.272.0"
"""The engine whose form of state this is; Pulumi checks it against the manifest's `magic`."""


def manifest() -> dict[str, str]:
    """Return what a state says of itself: when it was written, and the engine whose form it has."""
    return {"time": now(), "magic": sha256(ENGINE_VERSION.encode()).hexdigest(), "version": ENGINE_VERSION}


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
        self._seen: set[Key] = set()
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

    def observe(self, *resources: Resource) -> None:
        """Know how these are in AWS from now on. The file goes on to say how they were applied, until they are put."""
        with self._lock:
            for resource in resources:
                key = key_of(resource)
                if key not in self._encoded:
                    self._encoded[key] = encode_resource(self._resources[key], self._crypter.encrypt)
                self._resources[key] = resource
                self._seen.add(key)

    def supersede(self, old: Resource, new: Resource) -> None:
        """Save, in one write, that `new` stands where `old` did, and that `old` is to be deleted."""
        to_delete = replace(old, delete=True, pending_replacement=False)
        with self._lock:
            self._pending.pop(key_of(new), None)
            self._place(key_of(to_delete), to_delete)
            self._place(key_of(new), new)
            self._sort()
        self._save()

    def doom(self, left: Resource) -> None:
        """Save, in one write, that what a begun creation left is to be deleted, and that the creation has ended."""
        to_delete = replace(left, delete=True)
        with self._lock:
            self._pending.pop(key_of(left), None)
            self._place(key_of(to_delete), to_delete)
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
        behind_doomed = old is None and not stands_last(resource) and self._ends_doomed()
        self._resources[key] = resource
        self._encoded.pop(key, None)
        file_differs = key in self._seen
        self._seen.discard(key)
        if old is None:
            if behind_doomed:
                self._sort()
            return True
        if old.needs != resource.needs:
            self._sort()
        as_before = replace(old, modified=resource.modified, source_position=resource.source_position)
        return file_differs or as_before != resource

    def _ends_doomed(self) -> bool:
        return bool(self._resources) and stands_last(next(reversed(self._resources.values())))

    def _rewrite(self, change: Callable[[Resource], Resource]) -> None:
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
        self._resources = {key_of(one): one for one in in_order(self._resources.values())}

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
                self._encoded[key] = encode_resource(resource, self._crypter.encrypt)
        around = {
            "manifest": manifest(),
            "secrets_providers": self._crypter.provider_state,
            "pending_operations": [
                {"resource": msgspec.Raw(encode_resource(resource, self._crypter.encrypt)), "type": kind}
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

    def _load(self) -> None:
        try:
            document = msgspec.json.decode(self.path.read_bytes())
            if document["version"] != VERSION:
                raise StateError(f"{self.path} has version {document['version']}; this engine reads version {VERSION}")
            deployment = document["deployment"]
            if broken := faults(deployment):
                raise BrokenStateError(str(self.path), broken)
            self._crypter = self._crypter.for_state(deployment["secrets_providers"])
            for item in deployment.get("resources") or []:
                resource = decode_resource(item, self._crypter.decrypt)
                self._resources[key_of(resource)] = resource
                self._encoded[key_of(resource)] = msgspec.json.encode(item)
            for operation in deployment.get("pending_operations") or []:
                resource = decode_resource(operation["resource"], self._crypter.decrypt)
                self._pending[key_of(resource)] = (operation["type"], resource)
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
            raise StateError(f"{self.path} is not a stack's state: {error!r}") from error
