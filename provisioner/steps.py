"""Does to AWS what was decided, one resource at a time, and keeps the state true at every moment.

Before each change the state says that it is begun, afterwards what it led to: whatever kills the process in between,
the next run knows what to look after.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from provisioner.aws import Aws, Clients
from provisioner.compare import Difference, differences
from provisioner.decide import REGION, TAGS
from provisioner.errors import (
    DeadlineError,
    ExistsError,
    ImportRefusedError,
    ProvisionerError,
    ResourceFailedError,
    StateError,
    StoppedError,
    UnsupportedError,
)
from provisioner.events import Progress
from provisioner.existing import find_existing, says_that_it_exists, set_tags
from provisioner.goal import Goal
from provisioner.guards import lifted
from provisioner.handlers.base import Created, Handler, Properties
from provisioner.properties import created_outputs, kept_inputs
from provisioner.providers import Providers
from provisioner.sdk_types import formed
from provisioner.state import Resource, State, now
from provisioner.unique import unique_of
from provisioner.values import has_secret, plain
from provisioner.watched import WatchedAws, Writes


@dataclass
class _Told:
    """How the end of a change is told."""

    ended: str


class Steps:
    """The changes of one run. Each may raise ResourceFailedError with AWS's answer: its operation then stays begun."""

    def __init__(
        self,
        *,
        state: State,
        clients: Clients | None,
        handlers: Mapping[str, Handler],
        providers: Providers,
        progress: Progress,
    ) -> None:
        self._state, self._clients, self._handlers = state, clients, handlers
        self._providers, self._progress = providers, progress
        self._writes = Writes()
        self.undone: set[str] = set()
        """URNs of what was to be changed and was as it should be: AWS was asked, and nothing was written."""
        self.taken_over: set[str] = set()
        """URNs of what was to be created and was there, as it is wanted."""
        self.made_again: set[str] = set()
        """URNs of what was to be updated and was gone."""

    # From the program

    def create(
        self, goal: Goal, handler: Handler, *, replaced: Resource | None = None, again: bool = False
    ) -> Resource:
        """Create the resource. `replaced` still stands: from now on it is to be deleted. `again`: it is deleted."""
        with self._telling("replac" if replaced or again else "creat", goal) as told:
            aws = self._aws(goal, "create")
            self._state.begin("creating", record(goal))
            with self._failing(goal, "create"):
                created = self._created(goal, handler, aws, replaced)
            if goal.urn in self.taken_over:
                told.ended = "adopted"
            outputs = concealed({**goal.inputs, **created.outputs}, goal.inputs, goal, handler)
            new = record(goal, created.id, outputs)
            if replaced is None:
                self._state.put(new)
            else:
                self._state.supersede(replaced, new)
        return new

    def _created(self, goal: Goal, handler: Handler, aws: Aws, replaced: Resource | None) -> Created:
        """Create the resource, or take over what is there as it is wanted. Raises ExistsError when it is not so."""
        try:
            return handler.create(aws, plain(goal.inputs))
        except Exception as error:
            if not says_that_it_exists(error):
                raise
            existing = find_existing(handler, aws, goal.inputs, goal.ignore_changes)
            if existing is None or (replaced is not None and replaced.id == existing.created.id):
                raise
            if existing.differences:
                raise ExistsError(goal.type, existing.created.id, existing.told()) from error
            if existing.tags:
                set_tags(handler, aws, existing)
            self.taken_over.add(goal.urn)
            return existing.created

    def update(
        self,
        old: Resource,
        goal: Goal,
        handler: Handler,
        changed: frozenset[str],
        *,
        begun: Resource | None = None,
        found: Sequence[Difference] = (),
    ) -> Resource:
        """Make the resource what the program says. `begun` is what an earlier run was killed while making of it,
        `found` what was changed in AWS and is to be kept.
        """
        with self._telling("updat", goal) as told, self._writes.counted() as work:
            aws = self._aws(goal, "update")
            self._state.begin("updating", record(goal, old.id, old.outputs, old))
            inputs = changed - TAGS - {REGION} if handler.taggable else changed - {REGION}
            before = [old] if begun is None else [old, begun]
            outputs = {name: value for name, value in old.outputs.items() if name not in old.inputs} | goal.inputs
            sent = plain(kept_inputs(old.inputs, goal.inputs, found))
            try:
                if inputs:
                    for one in before:
                        was = plain({**old.outputs, **one.inputs})
                        seen = handler.update(aws, old.id, was, sent, inputs)
                        outputs |= {name: value for name, value in seen.items() if name not in TAGS}
                if handler.taggable and changed & TAGS:
                    wanted, removed = _tag_changes(goal, before)
                    handler.retag(aws, old.id, plain(outputs), wanted, removed)
            except Exception as error:
                with self._failing(goal, "update"):
                    if isinstance(error, StoppedError) or not self._is_surely_gone(handler, aws, old):
                        raise
                told.ended = ""
                self._state.remove(old)
            else:
                new = record(goal, old.id, concealed(outputs, goal.inputs, goal, handler), old)
                self._state.put(new)
                if work.nothing:
                    told.ended = ""
                    self.undone.add(goal.urn)
                return new
        self.made_again.add(goal.urn)
        return self.create(goal, handler)

    @staticmethod
    def _is_surely_gone(handler: Handler, aws: Aws, resource: Resource) -> bool:
        """Say whether AWS says that there is no such resource; whatever else it says, it may be there."""
        try:
            return handler.read(aws, resource.id, plain({**resource.inputs, **resource.outputs})) is None
        except Exception:  # noqa: BLE001 - the failure before is the one to report
            return False

    def take_in(self, goal: Goal, handler: Handler) -> Resource:
        """Take an existing resource into the state. Raises StateError or ImportRefusedError; see `examine`."""
        with self._telling("import", goal):
            self._state.begin("importing", record(goal, goal.import_id))
            try:
                read = self.examine(goal, handler)
            except (StateError, ImportRefusedError):
                self._state.forget_operation(record(goal))
                raise
            new = record(goal, goal.import_id, concealed({**goal.inputs, **read}, goal.inputs, goal, handler))
            self._state.put(new)
        return new

    def examine(self, goal: Goal, handler: Handler) -> Properties:
        """Return what an import would find. Raises StateError when there is nothing of that id, ImportRefusedError when
        it is not what the program says.
        """
        with self._failing(goal, "read"):
            read = handler.read(self._aws(goal, "read"), goal.import_id, {})
        if read is None:
            raise StateError(f"{goal.name} ({goal.source}): there is no {goal.type} {goal.import_id} to import")
        read = formed(goal.type, read)
        found = differences(
            goal.inputs,
            read,
            ignored=goal.ignore_changes,
            unordered=handler.unordered,
            taggable=handler.taggable,
        )
        if found:
            texts = [f"{one.path} is {one.found!r}, the program says {one.expected!r}" for one in found]
            raise ImportRefusedError(goal.urn, goal.source, goal.import_id, texts)
        return read

    # Before the program

    def rearrange(self, wanted: Sequence[tuple[Resource, Properties]], handler: Handler) -> None:
        """Give these resources of one type the unique values of the inputs beside them, all in one call."""
        unique = unique_of(handler)
        assert unique is not None
        new = [_with(one, {name: inputs[name] for name in unique.values if name in inputs}) for one, inputs in wanted]
        for one in new:
            self._state.begin("updating", one)
        first = new[0]
        with self._telling("updat", first, counts=False), self._failing(first, "update"):
            handler.rearrange(self._aws_of(first, "update"), {one.id: plain(one.inputs) for one in new})
        self._state.put(*new)

    def put_aside(self, old: Resource, handler: Handler, name: str, value: Any) -> None:
        """Give the resource a value that nobody has, for the time in between."""
        new = _with(old, {name: value})
        self._state.begin("updating", new)
        with self._telling("updat", new, counts=False), self._failing(new, "update"):
            was = plain({**old.outputs, **old.inputs})
            handler.update(self._aws_of(old, "update"), old.id, was, plain(new.inputs), frozenset({name}))
        self._state.put(new)

    # From the state

    def recover(self, begun: Resource, old: Resource | None) -> Resource | None:
        """Complete what an earlier run was killed while creating, and return it as it stands now.

        None: nothing is there but `old`, or nothing can be found of that type; then creating again is right.
        """
        handler = self._handler(begun)
        aws = self._aws_of(begun, "create")
        with self._failing(begun, "create"):
            left = self.find_left(begun, old)
            if left is None:
                return None
            if handler.adopts:
                handler.complete(aws, left.id, plain(begun.inputs))
                outputs = handler.read(aws, left.id, plain({**begun.inputs, **left.outputs})) or left.outputs
            else:
                outputs = handler.create(aws, plain(begun.inputs)).outputs
        new = replace(left, outputs=concealed({**begun.inputs, **outputs}, begun.inputs, begun, handler))
        if old is None or old.pending_replacement or old.external:
            self._state.put(new)
        else:
            self._state.supersede(old, new)
        self._progress.say("adopted", new.urn, new.type, counts=False)
        return new

    def find_left(self, begun: Resource, old: Resource | None) -> Resource | None:
        """Return what an interrupted creation left in AWS, `old` apart, or None."""
        handler = self._handler(begun)
        aws, inputs = self._aws_of(begun, "read"), plain(begun.inputs)
        resource_id = handler.find(aws, inputs)
        outputs = handler.read(aws, resource_id, inputs) if resource_id else None
        if resource_id is None or outputs is None:
            return None
        if old is not None and not old.pending_replacement and _is_same(old, resource_id, outputs):
            return None
        return replace(begun, id=resource_id, outputs=concealed(outputs, begun.inputs, begun, handler))

    def is_gone(self, resource: Resource) -> bool:
        """Ask AWS whether the resource is there no more."""
        return self.look(resource) is None

    def look(self, resource: Resource) -> Properties | None:
        """Return what `read` returns. Raises ResourceFailedError when AWS does not say it."""
        with self._failing(resource, "read"):
            return self.read(resource)

    def read(self, resource: Resource) -> Properties | None:
        """Return what can be observed of a resource of the state, or None when it is gone."""
        known = plain({**resource.inputs, **resource.outputs})
        return self._handler(resource).read(self._aws_of(resource, "read"), resource.id, known)

    def condemn(
        self, resource: Resource, with_it: Sequence[Resource] = (), *, retain: bool = False, going: bool = False
    ) -> None:
        """Delete the resource now, because the one that takes its place comes after that; AWS's protection is lifted,
        unless AWS is deleting it already (`going`).

        `with_it` are those that AWS deletes along with it.
        """
        if not retain:
            self._delete_in_cloud(resource, lift=not going)
        time_now = now()
        self._state.put(*(replace(one, pending_replacement=True, modified=time_now) for one in (resource, *with_it)))

    def delete(self, resource: Resource, with_it: Sequence[Resource] = (), *, lift: bool = False) -> bool:
        """Delete the resource in AWS, if it is one there and not to be retained, and then from the state.

        Returns whether anything was deleted: what is gone already is no error. `with_it` are those that AWS deletes
        along with it. `lift`: take AWS's own protection away before.
        """
        deleted = False
        if resource.in_cloud and not resource.pending_replacement and not resource.retain_on_delete:
            deleted = self._delete_in_cloud(resource, lift=lift, counts=True)
        self._state.remove(resource, *with_it)
        return deleted

    def _delete_in_cloud(self, resource: Resource, *, lift: bool, counts: bool = False) -> bool:
        handler = self._handler(resource)
        with self._telling("delet", resource, counts=counts) as told, self._writes.counted() as work:
            aws = self._aws_of(resource, "delete")
            if lift:
                resource = self._lift(resource, handler, aws)
            self._state.begin("deleting", resource)
            try:
                handler.delete(aws, resource.id, plain({**resource.inputs, **resource.outputs}))
            except Exception as error:
                with self._failing(resource, "delete"):
                    if isinstance(error, StoppedError) or not self._is_surely_gone(handler, aws, resource):
                        if not isinstance(error, (DeadlineError, StoppedError)):
                            self._state.forget_operation(resource)  # AWS refused: it stands, and may be kept
                        raise
            if work.nothing:
                told.ended = ""
            return not work.nothing

    def _lift(self, resource: Resource, handler: Handler, aws: Aws) -> Resource:
        """Take AWS's own protection from deletion away, by an update."""
        changes = lifted(resource.inputs)
        if not changes:
            return resource
        free = replace(resource, inputs={**resource.inputs, **changes}, modified=now())
        self._state.begin("updating", free)
        with self._failing(resource, "update"):
            was, new = plain({**resource.outputs, **resource.inputs}), plain(free.inputs)
            handler.update(aws, resource.id, was, new, frozenset(changes))
        self._state.put(free)
        return free

    # Small parts

    def _handler(self, resource: Resource) -> Handler:
        try:
            return self._handlers[resource.type]
        except KeyError:
            raise UnsupportedError(f"the in-process engine has no handler for {resource.type}") from None

    def _aws(self, goal: Goal, operation: str) -> Aws:
        assert self._clients is not None, "a change needs an endpoint"
        region = self._providers.region(goal.provider, plain(goal.inputs))
        return WatchedAws(self._clients, region, self._writes, goal.timeouts.get(operation))

    def _aws_of(self, resource: Resource, operation: str) -> Aws:
        assert self._clients is not None, "a change needs an endpoint"
        region = self._providers.region_of(resource)
        return WatchedAws(self._clients, region, self._writes, resource.timeouts.get(operation))

    @contextmanager
    def _telling(self, verb: str, what: Goal | Resource, *, counts: bool = True) -> Iterator[_Told]:
        """Tell that something begins, and that it has ended or failed. Gives the word for its end: empty, none."""
        started = self._progress.say(f"{verb}ing", what.urn, what.type)
        told = _Told(f"{verb}ed")
        try:
            yield told
        except StoppedError:
            raise
        except ProvisionerError as error:
            self._progress.say("failed", what.urn, what.type, since=started, message=str(error.__cause__ or error))
            raise
        if told.ended:
            self._progress.say(told.ended, what.urn, what.type, since=started, counts=counts)

    @contextmanager
    def _failing(self, what: Goal | Resource, action: str) -> Iterator[None]:
        """Turn what a handler raises into an error that names the resource."""
        try:
            yield
        except (StoppedError, ResourceFailedError):
            raise
        except Exception as error:
            source = what.source if isinstance(what, Goal) else what.source_position
            raise ResourceFailedError(what.urn, action, source, error) from error


def _with(resource: Resource, values: Properties) -> Resource:
    """Return the resource with other inputs, and outputs of the same names."""
    shown = {name: value for name, value in values.items() if name in resource.outputs}
    inputs, outputs = {**resource.inputs, **values}, {**resource.outputs, **shown}
    return replace(resource, inputs=inputs, outputs=outputs, modified=now())


def record(
    goal: Goal, resource_id: str = "", outputs: Properties | None = None, old: Resource | None = None
) -> Resource:
    """Return the resource as the state holds it. `old` is the record of the same thing, if there is one."""
    time_now = now()
    return Resource(
        urn=goal.urn,
        type=goal.type,
        custom=goal.custom,
        id=resource_id,
        parent=goal.parent,
        provider=goal.provider,
        protect=goal.protect,
        retain_on_delete=goal.retain_on_delete,
        deleted_with=goal.deleted_with,
        import_id=goal.import_id or (old.import_id if old else ""),
        inputs=goal.inputs,
        outputs=outputs or {},
        dependencies=goal.dependencies,
        property_dependencies=goal.property_dependencies,
        additional_secret_outputs=goal.additional_secret_outputs,
        ignore_changes=goal.ignore_changes,
        replace_on_changes=goal.replace_on_changes,
        timeouts=dict(goal.timeouts),
        source_position=goal.source,
        created=old.created if old else time_now,
        modified=time_now,
    )


def concealed(outputs: Properties, inputs: Properties, what: Goal | Resource, handler: Handler) -> Properties:
    """Return the outputs, those secret that the handler, the program or a secret input says, without what is None."""
    hidden = {name for name, value in inputs.items() if has_secret(value)}
    return created_outputs({}, outputs, {*hidden, *handler.secret_outputs, *what.additional_secret_outputs})


def _is_same(old: Resource, resource_id: str, outputs: Properties) -> bool:
    """Say whether what was found is the old one: two revisions of a task definition have one id, not one ARN."""
    return old.id == resource_id and plain(old.outputs).get("arn") == outputs.get("arn")


def _tag_changes(goal: Goal, before: Sequence[Resource]) -> tuple[dict[str, str], list[str]]:
    """Return the tags to be set, which differ from any of the records before, and those to be removed."""
    wanted: dict[str, str] = plain(goal.inputs.get("tagsAll") or {})
    olds: list[dict[str, str]] = [plain(one.inputs.get("tagsAll") or {}) for one in before]
    changed = {name: text for name, text in wanted.items() if any(old.get(name) != text for old in olds)}
    return changed, sorted({name for old in olds for name in old} - wanted.keys())
