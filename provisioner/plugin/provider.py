"""What a provider plugin does with a resource, in Python values: check, diff, create, read, update, delete, ask.

The wire is `servicer`'s business. Source: pulumi/pulumi, `proto/pulumi/provider.proto` (the contracts of the calls).
"""

from collections.abc import Mapping
from typing import Any, Final

from provisioner.decide.compare import differences, value_at
from provisioner.decide.diff import changed_properties, segments, top_level
from provisioner.decide.properties import (
    DEFAULTS,
    all_tags,
    compared_inputs,
    created_outputs,
    observed_inputs,
    own_tags,
    updated_outputs,
)
from provisioner.execution.existing import find_existing, says_that_it_exists, set_tags
from provisioner.execution.watched import WatchedAws, Writes
from provisioner.handlers.common.base import Created, Handler, Lookup, Properties
from provisioner.plugin.answers import Difference, FailedError, Kind, Observed, PartlyCreatedError, Resource
from provisioner.plugin.settings import REGIONS_MATTER, Settings
from provisioner.schema import Problem, find_problems
from provisioner.sdk_types import formed, input_names, parsed_provider_inputs
from provisioner.values import has_secret, plain

INCOMPLETE: Final = "__incomplete"
"""The output that marks a resource whose creation did not come to its end: the next update completes it."""

TAGS: Final = frozenset({"tags", "tagsAll"})


class Provider:
    """A configured provider of AWS's resources. Safe for many threads."""

    def __init__(self, handlers: Mapping[str, Handler], lookups: Mapping[str, Lookup], settings: Settings) -> None:
        self._handlers, self._lookups, self.settings = handlers, lookups, settings
        self._writes = Writes()

    def check(self, resource: Resource, inputs: Properties) -> tuple[Properties, list[Problem]]:
        """Return the inputs as they will be kept (with all tags), and what is wrong with them."""
        handler = self._handlers.get(resource.type)
        if handler is None:
            return inputs, [Problem("", f"this plugin has no handler for {resource.type}: add one to its handlers")]
        wrong = find_problems(resource.type, inputs)
        if handler.taggable:
            inputs = {**inputs, "tagsAll": all_tags(self.settings.default_tags, inputs.get("tags"))}
        return inputs, wrong

    def diff(
        self,
        resource: Resource,
        old_inputs: Properties,
        old_outputs: Properties,
        inputs: Properties,
        ignored: list[str],
    ) -> Difference:
        """Return what differs between the inputs that were applied and those given now."""
        handler = self._handler(resource)
        before = compared_inputs(old_inputs, old_outputs, inputs)
        paths = changed_properties(before, inputs, tuple(ignored))
        changed = top_level(paths)
        because = frozenset(handler.forces_replacement(changed - REGIONS_MATTER)) | (changed & REGIONS_MATTER)
        if changed & REGIONS_MATTER and self._region(old_inputs) == self._region(inputs):
            because -= REGIONS_MATTER
        return Difference(
            {path: _kind(path, before, inputs) for path in paths},
            because,
            bool(because) and handler.delete_before_replace,
        )

    def create(self, resource: Resource, inputs: Properties, *, preview: bool) -> tuple[str, Properties]:
        """Return the new resource's id and outputs; in a preview nothing is touched, and there is no id.

        Raises PartlyCreatedError when AWS made it and something failed after that, else FailedError.
        """
        handler = self._handler(resource)
        if preview:
            return "", inputs
        aws, given = self._aws(resource, inputs), _own(inputs)
        with self._writes.counted() as work:
            try:
                created = handler.create(aws, given)
            except Exception as error:
                if existing := self._existing(handler, aws, inputs, error):
                    return existing.id, created_outputs(inputs, existing.outputs, handler.secret_outputs)
                reason = f"create {resource}: {_cause(error)}"
                left = self._left(handler, aws, given) if work.written else None
                if left is None:
                    raise FailedError(reason) from error
                outputs = created_outputs(inputs, {**left.outputs, INCOMPLETE: True}, handler.secret_outputs)
                raise PartlyCreatedError(left.id, inputs, outputs, reason) from error
        return created.id, created_outputs(inputs, created.outputs, handler.secret_outputs)

    @staticmethod
    def _existing(handler: Handler, aws: WatchedAws, inputs: Properties, error: Exception) -> Created | None:
        """Return what is there already, when AWS says so and it is as it is wanted."""
        if not says_that_it_exists(error):
            return None
        existing = find_existing(handler, aws, {name: one for name, one in inputs.items() if not name.startswith("__")})
        if existing is None:
            return None
        if existing.differences:
            raise FailedError(f"{existing.created.id} is there already, and differs: {existing.told()}") from error
        if existing.tags:
            set_tags(handler, aws, existing)
        return existing.created

    def _left(self, handler: Handler, aws: WatchedAws, inputs: Properties) -> Observed | None:
        """Return what a failed creation left, or None when it left nothing that can be found."""
        try:
            resource_id = handler.find(aws, inputs)
            outputs = handler.read(aws, resource_id, inputs) if resource_id else None
        except Exception:  # noqa: BLE001 - the first failure is the one to report
            return None
        return None if resource_id is None or outputs is None else Observed(resource_id, inputs, outputs)

    def read(self, resource: Resource, inputs: Properties, outputs: Properties) -> Observed | None:
        """Return the resource as AWS shows it, or None when it is not there.

        Without inputs it is an import (or the program's `get`): the id alone says which.
        """
        handler = self._handler(resource)
        aws = self._aws(resource, inputs or outputs)
        try:
            seen = handler.read(aws, resource.id, _own({**inputs, **outputs}))
        except Exception as error:
            raise FailedError(f"read {resource}: {_cause(error)}") from error
        if seen is None:
            return None
        seen = formed(resource.type, seen)
        if not inputs:
            return Observed(
                resource.id, self._imported(resource, seen), created_outputs(outputs, seen, _secret(handler, outputs))
            )
        found = differences(inputs, seen, unordered=handler.unordered, taggable=handler.taggable)
        new = observed_inputs(inputs, found, self.settings.default_tags)
        shown = {name: new[name] for name in seen.keys() & new.keys()}
        return Observed(resource.id, new, created_outputs(outputs, {**seen, **shown}, _secret(handler, outputs)))

    def _imported(self, resource: Resource, seen: Properties) -> Properties:
        """Return the inputs of a resource of which only AWS knows; all are defaults, for the program may give fewer."""
        known = input_names(resource.type)
        inputs = {name: value for name, value in seen.items() if name in known}
        if "tagsAll" in seen:
            tags = own_tags(seen["tagsAll"], self.settings.default_tags)
            inputs |= {"tagsAll": seen["tagsAll"], **({"tags": tags} if tags else {})}
        return {**inputs, DEFAULTS: sorted(inputs)}

    def update(
        self,
        resource: Resource,
        old_inputs: Properties,
        old_outputs: Properties,
        inputs: Properties,
        ignored: list[str],
        *,
        preview: bool,
    ) -> Properties:
        """Return the outputs after the update; in a preview nothing is touched, and the outputs are what is known."""
        handler = self._handler(resource)
        if preview:
            return updated_outputs(old_inputs, old_outputs, inputs, {}, handler.secret_outputs)
        changed = self.diff(resource, old_inputs, old_outputs, inputs, ignored).inputs
        aws, old, new = self._aws(resource, inputs), _own({**old_outputs, **old_inputs}), _own(inputs)
        known: Properties = {}
        try:
            if plain(old_outputs.get(INCOMPLETE)):
                handler.complete(aws, resource.id, new)
                known = handler.read(aws, resource.id, new) or {}
            if changed - TAGS:
                known = handler.update(aws, resource.id, old, new, changed - TAGS)
            if changed & TAGS and handler.taggable:
                _retag(handler, aws, resource.id, old, new)
        except Exception as error:
            gone = _is_gone(handler, aws, resource.id, old)
            hint = ". It is gone: pulumi up --refresh makes it again" if gone else ""
            raise FailedError(f"update {resource}: {_cause(error)}{hint}") from error
        before = {name: value for name, value in old_outputs.items() if name != INCOMPLETE}
        return updated_outputs(old_inputs, before, inputs, known, handler.secret_outputs)

    def delete(self, resource: Resource, inputs: Properties, outputs: Properties) -> None:
        """Return once the resource is gone."""
        handler, aws, known = (
            self._handler(resource),
            self._aws(resource, inputs or outputs),
            _own({**inputs, **outputs}),
        )
        try:
            handler.delete(aws, resource.id, known)
        except Exception as error:
            if _is_gone(handler, aws, resource.id, known):
                return
            raise FailedError(f"delete {resource}: {_cause(error)}") from error

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Return what a function of the provider returns."""
        function = self._lookups.get(token)
        if function is None:
            raise FailedError(f"this plugin has no function {token}: add one to its handlers")
        given = plain(arguments)
        try:
            return function(self._aws(Resource(token, ""), given), given)
        except Exception as error:
            raise FailedError(f"ask {token}: {_cause(error)}") from error

    def stop(self) -> None:
        """Stop waiting: what waits for AWS fails, what is being created is still reported."""
        self.settings.clients.stopping.set()

    def _handler(self, resource: Resource) -> Handler:
        handler = self._handlers.get(resource.type)
        if handler is None:
            raise FailedError(f"this plugin has no handler for {resource}")
        return handler

    def _region(self, inputs: Mapping[str, Any]) -> str:
        return str(plain(inputs.get("region")) or self.settings.region)

    def _aws(self, resource: Resource, inputs: Mapping[str, Any]) -> WatchedAws:
        return WatchedAws(self.settings.clients, self._region(inputs), self._writes, resource.timeout_s)


def provider_difference(old: Properties, new: Properties) -> Difference:
    """Return what differs between a provider's inputs; another region is another provider."""
    before, after = parsed_provider_inputs(old), parsed_provider_inputs(new)
    paths = [path for path in changed_properties(before, after, ()) if not path.startswith(("version", "__"))]
    return Difference({path: _kind(path, before, after) for path in paths}, top_level(paths) & REGIONS_MATTER)


def _secret(handler: Handler, outputs: Properties) -> set[str]:
    return {*handler.secret_outputs, *(name for name, value in outputs.items() if has_secret(value))}


def _is_gone(handler: Handler, aws: WatchedAws, resource_id: str, known: Properties) -> bool:
    """Say whether AWS says that there is no such resource; whatever else it says, it may be there."""
    try:
        return handler.read(aws, resource_id, known) is None
    except Exception:  # noqa: BLE001 - the failure before is the one to report
        return False


def _retag(handler: Handler, aws: WatchedAws, resource_id: str, old: Properties, new: Properties) -> None:
    before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
    removed = sorted(before.keys() - after.keys())
    tags = {key: value for key, value in after.items() if before.get(key) != value}
    handler.retag(aws, resource_id, old, tags, removed)


def _own(properties: Properties) -> Properties:
    """Return the properties as a handler takes them: plain, and without what is the engine's or the plugin's."""
    return {name: plain(value) for name, value in properties.items() if not name.startswith("__")}


def _cause(error: Exception) -> str:
    return str(error) if str(error) else type(error).__name__


def _kind(path: str, old: Properties, new: Properties) -> Kind:
    if _at(path, old) is None:
        return "ADD"
    return "DELETE" if _at(path, new) is None else "UPDATE"


def _at(path: str, properties: Properties) -> Any:
    return value_at(plain(properties), segments(path))
