"""Decides and does, one registered resource at a time: create what is new, leave what is unchanged, refuse the rest.

The monitor translates Pulumi's requests into goals; this part knows state and handlers. Safe for many threads.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Final

import msgspec

from provisioner.aws import Aws, Clients
from provisioner.diff import changed_properties
from provisioner.errors import (
    Change,
    ChangeRefusedError,
    ProvisionerError,
    ResourceFailedError,
    StateError,
    StoppedError,
    UnsupportedError,
)
from provisioner.events import Event, OnEvent
from provisioner.handlers.base import Created, Handler, Lookup, Properties
from provisioner.results import Changes
from provisioner.state import Resource, State, now
from provisioner.values import UNKNOWN, Secret, has_secret, has_unknown, plain

STACK_TYPE: Final = "pulumi:pulumi:Stack"
REFERENCE_TYPE: Final = "pulumi:pulumi:StackReference"
PROVIDER_PREFIX: Final = "pulumi:providers:"

OTHER_STACK = Callable[[str], "dict[str, Any] | None"]


@dataclass(frozen=True)
class Goal:
    """A resource as the program wants it."""

    urn: str
    type: str
    name: str
    custom: bool
    parent: str = ""
    inputs: Properties = field(default_factory=dict)
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    provider: str = ""
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    source: str = ""


class Engine:
    """One run of one stack. With `dry_run` it only finds out; `clients` None means that nobody may be asked."""

    def __init__(
        self,
        *,
        stack: str,
        state: State,
        clients: Clients | None,
        handlers: Mapping[str, Handler],
        lookups: Mapping[str, Lookup],
        other_stack: OTHER_STACK,
        dry_run: bool,
        on_event: OnEvent,
    ) -> None:
        self.stack, self.state, self.dry_run, self.on_event = stack, state, dry_run, on_event
        self.changes = Changes()
        self.types: dict[str, str] = {}
        self.failure: ProvisionerError | None = None
        self._clients, self._handlers, self._lookups, self._other_stack = clients, handlers, lookups, other_stack
        self._lock = Lock()
        self._visited: set[str] = set()
        self._providers: dict[str, Properties] = {}

    # What the monitor asks for

    def register(self, goal: Goal) -> tuple[str, Properties]:
        """Return the resource's id and outputs; in a dry run, what is not known yet is left out."""
        self._check_running()
        with self._lock:
            if goal.urn in self._visited:
                raise UnsupportedError(f"two resources have the URN {goal.urn}")
            self._visited.add(goal.urn)
        try:
            if not goal.custom:
                return self._register_component(goal)
            if goal.type.startswith(PROVIDER_PREFIX):
                return self._register_provider(goal)
            return self._register_resource(goal)
        except ProvisionerError as error:
            self.fail(error)
            raise

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Save the outputs of a component or of the stack."""
        resource = self.state.get(urn)
        if not self.dry_run and self.failure is None and resource is not None:
            self.state.put(replace(resource, outputs=outputs))

    def invoke(self, token: str, arguments: Properties, provider: str) -> Properties | None:
        """Return what the provider's function returns; None when it cannot be known now."""
        self._check_running()
        function = self._lookups.get(token)
        if function is None:
            raise self.fail(UnsupportedError(f"the in-process engine has no function {token}"))
        if self._clients is None:
            return None
        try:
            return function(Aws(self._clients, self._region(provider, arguments)), plain(arguments))
        except ProvisionerError as error:
            raise self.fail(error) from error
        except Exception as error:
            failure = ResourceFailedError(f"::{token}::{arguments}", "ask", "", error)
            raise self.fail(failure) from error

    def read(self, goal: Goal, resource_id: str) -> tuple[str, Properties]:
        """Return an existing resource that the stack does not own: another stack's outputs, or anything in AWS."""
        self._check_running()
        try:
            outputs = (
                self._read_stack(resource_id) if goal.type == REFERENCE_TYPE else self._read_resource(goal, resource_id)
            )
        except ProvisionerError as error:
            raise self.fail(error) from error
        self._visited.add(goal.urn)
        if not self.dry_run and not has_unknown(outputs):
            self.state.put(self._resource(replace(goal, inputs={}), resource_id, outputs, external=True))
        return resource_id, outputs

    # What a run ends with

    def fail(self, error: ProvisionerError) -> ProvisionerError:
        """Keep the first failure: the run ends with it, nothing more is begun."""
        with self._lock:
            if self.failure is None:
                self.failure = error
        return error

    def leftovers(self) -> list[Resource]:
        """Return what the state holds and the program no longer wants, in the order in which it may be deleted."""
        return [resource for resource in reversed(list(self.state)) if resource.urn not in self._visited]

    def settle_interrupted(self) -> None:
        """Delete what an earlier run was killed while creating, where the program no longer wants it."""
        for urn, (kind, resource) in self.state.interrupted.items():
            handler = self._handlers.get(resource.type)
            if kind == "creating" and urn not in self._visited and handler is not None and self._clients is not None:
                aws, inputs = Aws(self._clients, self._region_of(resource)), plain(resource.inputs)
                left = self._find(handler, aws, inputs)
                if left is not None:
                    self.delete(replace(resource, id=left.id, outputs=left.outputs))
                self.state.forget_operation(urn)

    def delete(self, resource: Resource) -> None:
        """Delete the resource in AWS, if it is one there, and then from the state."""
        handler = self._handlers.get(resource.type)
        if resource.in_cloud:
            if handler is None or self._clients is None:
                raise UnsupportedError(f"the in-process engine has no handler for {resource.type}")
            aws = Aws(self._clients, self._region_of(resource))
            started = self._say("deleting", resource.urn, resource.type)
            self.state.begin("deleting", resource)
            try:
                handler.delete(aws, resource.id, plain({**resource.inputs, **resource.outputs}))
            except Exception as error:
                raise ResourceFailedError(resource.urn, "delete", resource.source_position, error) from error
            self._say("deleted", resource.urn, resource.type, started)
        self.state.remove(resource.urn)

    # Kinds of resources

    def _register_component(self, goal: Goal) -> tuple[str, Properties]:
        if not self.dry_run:
            old = self.state.get(goal.urn)
            self.state.put(self._resource(goal, "", old.outputs if old else {}))
        return "", {}

    def _register_provider(self, goal: Goal) -> tuple[str, Properties]:
        old = self.state.get(goal.urn)
        resource_id = old.id if old else str(uuid.uuid5(uuid.NAMESPACE_URL, goal.urn))
        with self._lock:
            self._providers[f"{goal.urn}::{resource_id}"] = plain(goal.inputs)
        if old is not None and plain(old.inputs).get("region") != plain(goal.inputs).get("region"):
            self._refuse(Change(goal.urn, ("region",)))
        if not self.dry_run:
            self.state.put(self._resource(goal, resource_id, goal.inputs))
        return resource_id, goal.inputs

    def _register_resource(self, goal: Goal) -> tuple[str, Properties]:
        handler = self._handlers.get(goal.type)
        if handler is None:
            raise UnsupportedError(f"the in-process engine has no handler for {goal.type} ({goal.name}, {goal.source})")
        if not goal.provider:
            raise UnsupportedError(f"{goal.name} ({goal.source}) names no provider: give each resource an explicit one")
        if handler.taggable:
            goal = replace(goal, inputs={**goal.inputs, "tagsAll": self._tags(goal)})
        with self._lock:
            self.types[goal.urn] = goal.type
        old = self.state.get(goal.urn)
        if old is not None and self._was_deleted(old, handler):
            self.state.remove(goal.urn)
            old = None
        return self._create(goal, handler) if old is None else self._compare(goal, old)

    def _was_deleted(self, old: Resource, handler: Handler) -> bool:
        """Ask AWS, but only when an earlier run was killed while it deleted just that."""
        kind, _ = self.state.interrupted.get(old.urn, ("", None))
        if kind != "deleting" or self._clients is None or self.dry_run:
            return False
        return handler.read(Aws(self._clients, self._region_of(old)), old.id, plain(old.outputs)) is None

    def _compare(self, goal: Goal, old: Resource) -> tuple[str, Properties]:
        changed = self._changed(goal, old)
        if changed:
            self._refuse(Change(goal.urn, changed))
            return old.id, {**old.outputs, **goal.inputs}
        with self._lock:
            self.changes.unchanged.append(goal.urn)
        if not self.dry_run:
            self.state.put(self._resource(replace(goal, inputs=old.inputs), old.id, old.outputs))
        return old.id, old.outputs

    def _changed(self, goal: Goal, old: Resource) -> tuple[str, ...]:
        inputs = {k: v for k, v in goal.inputs.items() if not (self._clients is None and has_unknown(v))}
        unknown = goal.inputs.keys() - inputs.keys()
        before = {k: v for k, v in old.inputs.items() if k not in unknown}
        changed = changed_properties(before, inputs, goal.ignore_changes)
        if old.provider.rpartition("::")[0] != goal.provider.rpartition("::")[0]:
            changed += ("provider",)
        return changed

    def _create(self, goal: Goal, handler: Handler) -> tuple[str, Properties]:
        with self._lock:
            self.changes.create.append(goal.urn)
        if self.dry_run:
            return "", goal.inputs
        assert self._clients is not None, "an apply needs an endpoint"
        aws = Aws(self._clients, self._region(goal.provider, goal.inputs))
        started = self._say("creating", goal.urn, goal.type)
        interrupted = goal.urn in self.state.interrupted
        self.state.begin("creating", self._resource(goal, "", {}))
        try:
            created = self._create_or_adopt(handler, aws, plain(goal.inputs), interrupted=interrupted)
        except StoppedError:
            raise
        except Exception as error:
            self._say("failed", goal.urn, goal.type, started, str(error))
            raise ResourceFailedError(goal.urn, "create", goal.source, error) from error
        outputs = self._merged(goal, handler, created)
        self.state.put(self._resource(goal, created.id, outputs))
        self._say("created", goal.urn, goal.type, started)
        return created.id, outputs

    def _create_or_adopt(self, handler: Handler, aws: Aws, inputs: Properties, *, interrupted: bool) -> Created:
        """Create, but if an earlier run was killed during just that, take what it may have left."""
        left = self._find(handler, aws, inputs) if interrupted and handler.adopts else None
        if left is None:
            return handler.create(aws, inputs)
        handler.complete(aws, left.id, inputs)
        return left

    @staticmethod
    def _find(handler: Handler, aws: Aws, inputs: Properties) -> Created | None:
        resource_id = handler.find(aws, inputs)
        outputs = handler.read(aws, resource_id, inputs) if resource_id else None
        return None if resource_id is None or outputs is None else Created(resource_id, outputs)

    def _merged(self, goal: Goal, handler: Handler, created: Created) -> Properties:
        outputs = {**goal.inputs, **created.outputs}
        for name, value in outputs.items():
            hidden = name in handler.secret_outputs or name in goal.additional_secret_outputs
            if (hidden or has_secret(goal.inputs.get(name))) and not isinstance(value, Secret):
                outputs[name] = Secret(plain(value))
        return {name: value for name, value in outputs.items() if value is not None}

    def _read_stack(self, name: str) -> Properties:
        outputs = self._other_stack(name.rpartition("/")[2])
        if outputs is None and not self.dry_run:
            raise StateError(f"the stack {name} is referenced, but it was not applied yet: apply it first")
        if outputs is None:
            return {"name": name, "outputs": UNKNOWN, "secretOutputNames": UNKNOWN}
        secret = sorted(key for key, value in outputs.items() if has_secret(value))
        return {"name": name, "outputs": outputs, "secretOutputNames": secret}

    def _read_resource(self, goal: Goal, resource_id: str) -> Properties:
        handler = self._handlers.get(goal.type)
        if handler is None:
            raise UnsupportedError(f"the in-process engine has no handler for {goal.type} ({goal.name}, {goal.source})")
        if self._clients is None:
            return {}
        try:
            outputs = handler.read(
                Aws(self._clients, self._region(goal.provider, goal.inputs)), resource_id, plain(goal.inputs)
            )
        except Exception as error:
            raise ResourceFailedError(goal.urn, "read", goal.source, error) from error
        if outputs is None:
            raise StateError(f"{goal.name} ({goal.source}): there is no {goal.type} {resource_id}")
        return outputs

    # Small parts

    def _resource(self, goal: Goal, resource_id: str, outputs: Properties, *, external: bool = False) -> Resource:
        old = self.state.get(goal.urn)
        time_now = now()
        return Resource(
            urn=goal.urn,
            type=goal.type,
            custom=goal.custom,
            id=resource_id,
            parent=goal.parent,
            provider=goal.provider,
            external=external,
            protect=goal.protect,
            inputs=goal.inputs,
            outputs=outputs,
            dependencies=goal.dependencies,
            property_dependencies=goal.property_dependencies,
            additional_secret_outputs=goal.additional_secret_outputs,
            ignore_changes=goal.ignore_changes,
            source_position=goal.source,
            created=old.created if old else time_now,
            modified=time_now,
        )

    def _tags(self, goal: Goal) -> dict[str, Any]:
        defaults = self._provider_inputs(goal.provider).get("defaultTags") or {}
        if isinstance(defaults, str):
            defaults = msgspec.json.decode(defaults)
        return {**(defaults.get("tags") or {}), **(goal.inputs.get("tags") or {})}

    def _region(self, provider: str, inputs: Mapping[str, Any]) -> str:
        region = inputs.get("region") or self._provider_inputs(provider).get("region")
        if not isinstance(region, str):
            raise UnsupportedError(f"the provider {provider or '(none)'} names no region")
        return region

    def _provider_inputs(self, provider: str) -> Properties:
        with self._lock:
            known = self._providers.get(provider)
        if known is None:
            raise UnsupportedError(f"the provider {provider or '(none)'} is not registered: give one explicitly")
        return known

    def _region_of(self, resource: Resource) -> str:
        provider = self.state.get(resource.provider.rpartition("::")[0])
        region = resource.inputs.get("region") or (plain(provider.inputs).get("region") if provider else None)
        if not isinstance(region, str):
            raise StateError(f"the state does not say in which region {resource.urn} lies")
        return region

    def _refuse(self, change: Change) -> None:
        with self._lock:
            self.changes.update.append(change)
        if not self.dry_run:
            raise ChangeRefusedError(self.stack, [change])

    def _check_running(self) -> None:
        if self.failure is not None or (self._clients is not None and self._clients.stopping.is_set()):
            raise self.fail(StoppedError("the run was stopped"))

    def _say(self, action: str, urn: str, token: str, since: float | None = None, message: str = "") -> float:
        now_s = time.monotonic()
        took = None if since is None else now_s - since
        self.on_event(Event(self.stack, action, token, urn.rpartition("::")[2], took, message))
        return now_s
