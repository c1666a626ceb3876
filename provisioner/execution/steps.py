"""Does to AWS what was decided, one resource at a time, and keeps the state true at every moment.

Before each change the state says that it is begun, afterwards what it led to: whatever kills the process in between,
the next run knows what to look after.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from provisioner.aws import Aws
from provisioner.decide.compare import Difference, differences
from provisioner.decide.decision import REGION, TAGS
from provisioner.decide.guards import unprotected
from provisioner.decide.properties import kept_inputs
from provisioner.decide.records import concealed, is_same, record, tag_changes, with_values
from provisioner.decide.unique import unique_of
from provisioner.errors import (
    DeadlineError,
    ExistsError,
    ImportRefusedError,
    StateError,
    StoppedError,
)
from provisioner.execution.calls import Doing
from provisioner.execution.existing import find_existing, says_that_it_exists, set_tags
from provisioner.goal import Goal
from provisioner.handlers.common.base import Created, Handler, Properties
from provisioner.sdk_types import formed
from provisioner.state.state import Resource, now
from provisioner.values import plain


class Steps(Doing):
    """The changes of one run. Each may raise ResourceFailedError with AWS's answer: its operation then stays begun."""

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
                    wanted, removed = tag_changes(goal, before)
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
        new = [
            with_values(one, {name: inputs[name] for name in unique.values if name in inputs}) for one, inputs in wanted
        ]
        for one in new:
            self._state.begin("updating", one)
        first = new[0]
        with self._telling("updat", first, counts=False), self._failing(first, "update"):
            handler.rearrange(self._aws_of(first, "update"), {one.id: plain(one.inputs) for one in new})
        self._state.put(*new)

    def put_aside(self, old: Resource, handler: Handler, name: str, value: Any) -> None:
        """Give the resource a value that nobody has, for the time in between."""
        new = with_values(old, {name: value})
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
        if old is not None and not old.pending_replacement and is_same(old, resource_id, outputs):
            return None
        return replace(begun, id=resource_id, outputs=concealed(outputs, begun.inputs, begun, handler))

    def delete_before_replacement(
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
        changes = unprotected(resource.inputs)
        if not changes:
            return resource
        free = replace(resource, inputs={**resource.inputs, **changes}, modified=now())
        self._state.begin("updating", free)
        with self._failing(resource, "update"):
            was, new = plain({**resource.outputs, **resource.inputs}), plain(free.inputs)
            handler.update(aws, resource.id, was, new, frozenset(changes))
        self._state.put(free)
        return free
