"""Registers a resource of AWS: settles what an earlier run left, decides what is to be done, does or foresees it."""

from dataclasses import dataclass, replace

from provisioner.decide.decision import Decision, decide, stands, unknown_inputs
from provisioner.decide.diff import changed_properties, keep_ignored, segments
from provisioner.decide.guards import unprotected
from provisioner.decide.plan import planned
from provisioner.decide.properties import all_tags
from provisioner.decide.records import concealed, record
from provisioner.decide.unique import stand_side_by_side
from provisioner.errors import ProtectedError, TargetError, UnsupportedError
from provisioner.execution.replacements import Replacements
from provisioner.execution.run import Run
from provisioner.goal import Goal
from provisioner.handlers.common.base import Handler, Properties
from provisioner.state.state import Resource
from provisioner.urns import name_of
from provisioner.values import plain


@dataclass(frozen=True)
class Registered:
    """What the program learns of a resource. `unknown`: it was left out of this run, and is not there."""

    id: str
    outputs: Properties
    unknown: bool = False


class Resources:
    """The resources of AWS that one run registers."""

    def __init__(self, run: Run) -> None:
        self._run, self._replacements = run, Replacements(run)
        self._renewed: set[str] = set()
        """What a dry run would create: what comes from it is unknown."""
        self._left_out: set[str] = set()

    def register(self, goal: Goal) -> Registered:
        """Make the resource what the program says, or in a dry run say what is known of it."""
        self._run.resource_locks.begin(goal.urn)
        try:
            return self._register(goal)
        finally:
            self._run.resource_locks.end(goal.urn)

    def _register(self, goal: Goal) -> Registered:
        run = self._run
        handler = run.setting.handlers.get(goal.type)
        if handler is None:
            raise UnsupportedError(f"the in-process engine has no handler for {goal.type} ({goal.name}, {goal.source})")
        if not goal.provider:
            raise UnsupportedError(f"{goal.name} ({goal.source}) names no provider: give each resource an explicit one")
        region = run.providers.region(goal.provider, plain(goal.inputs))
        old = run.state.get(goal.urn)
        if not run.targets.includes(goal):
            return self._leave(goal, old, region)
        goal = self._complete(goal, old, handler)
        run.check_inputs(goal)
        if run.dry_run:
            run.goals[goal.urn] = goal
        old = self._settled(goal, old, handler)
        decision = self._decide(goal, old, handler, region)
        self._see_to_protection(goal, old, decision)
        seen = run.found(goal.urn)
        run.note(
            planned(
                goal,
                decision,
                region,
                missing=goal.urn in run.missing,
                found=seen.found if seen else (),
                kept=run.keeps_drift,
            )
        )
        act = self._foresee if run.dry_run else self._do
        new = act(goal, old, handler, decision)
        run.count(goal.urn, self._done(goal, decision))
        return Registered(new.id, new.outputs)

    def _done(self, goal: Goal, decision: Decision) -> Decision:
        """Return the decision as it was carried out: what AWS had already was not done now."""
        run = self._run
        if decision.action == "same" and run.former.get(goal.urn, goal.urn) in run.rearranged:
            return replace(decision, action="update")
        if decision.action == "same" and goal.urn in run.adopted:
            return replace(decision, action=run.adopted[goal.urn])
        if goal.urn in run.steps.taken_over:
            return replace(decision, action="import")
        if goal.urn in run.steps.made_again:
            return replace(decision, action="create")
        return replace(decision, action="same") if goal.urn in run.steps.undone else decision

    def _leave(self, goal: Goal, old: Resource | None, region: str) -> Registered:
        """Leave what is no target as it is; what is not there yet is not created."""
        if old is None or old.pending_replacement or old.external:
            self._left_out.add(goal.urn)
            return Registered("", {}, unknown=True)
        self._run.note(planned(replace(goal, inputs=old.inputs), Decision("same"), region))
        return Registered(old.id, old.outputs)

    def _complete(self, goal: Goal, old: Resource | None, handler: Handler) -> Goal:
        """Return the goal with the state's values at ignored paths, and with all its tags.

        Raises TargetError when it needs what is no target and not there.
        """
        missing = sorted(map(name_of, goal.depends_on & self._left_out))
        if missing:
            raise TargetError(f"{goal.name} ({goal.source}) needs {', '.join(missing)}: not there, and no target")
        before = old.inputs if old is not None and not old.external else {}
        inputs = keep_ignored(before, goal.inputs, goal.ignore_changes) if before else goal.inputs
        if handler.taggable:
            defaults = self._run.providers.default_tags(goal.provider)
            inputs = {**inputs, "tagsAll": all_tags(defaults, inputs.get("tags"))}
            if before and "tagsAll" in goal.ignore_changes:
                inputs = keep_ignored(before, inputs, ["tagsAll"])
        return replace(goal, inputs=inputs)

    # What an earlier run was killed during

    def _settled(self, goal: Goal, old: Resource | None, handler: Handler) -> Resource | None:
        """Return how the resource stands now. A deletion that an earlier run had begun is dropped: it is wanted again.

        What AWS is deleting is gone as soon as it has ended, and is created again then. An interrupted update is
        decided upon with any other change; a creation was completed before (see `interrupted`); an import or a reading
        has touched nothing.
        """
        run, seen = self._run, self._run.found(goal.urn)
        if old is None or not stands(old):
            return old
        if seen is not None and seen.read is not None and handler.is_going(seen.read):
            if run.dry_run:
                run.state.put(replace(old, pending_replacement=True))
            else:
                self._replacements.delete(old, retain=goal.retain_on_delete, going=True)
            return run.state.get(goal.urn)
        kind, _ = run.state.interruption(goal.urn) or ("", None)
        if kind == "deleting":
            run.state.forget_operation(old)
        return old

    # Deciding

    def _decide(self, goal: Goal, old: Resource | None, handler: Handler, region: str) -> Decision:
        run = self._run
        if old is None or old.external or old.pending_replacement:
            return decide(old, goal, handler)
        if goal.import_id and goal.import_id not in (old.id, old.import_id):
            raise UnsupportedError(
                f"{goal.name} ({goal.source}) is to be imported as {goal.import_id}, but the state holds it as {old.id}"
            )
        moved = run.providers.region_of(old) != region
        beside = not moved and stand_side_by_side(handler, old.inputs, goal.inputs)
        decision = decide(old, goal, handler, moved=moved, excused=self._excused(goal), beside=beside)
        if decision.action == "replace":
            self._refuse_replacing_what_was_changed(goal, handler, region)
            with run.lock:
                (run.deleted_first if decision.delete_first else run.beside).add(run.former.get(goal.urn, goal.urn))
        if decision.action == "update" and run.dry_run and not unknown_inputs(goal.inputs):
            reason = handler.refusal(plain(old.inputs), plain(goal.inputs), decision.inputs)
            if reason:
                run.refuse(goal.urn, goal.source, reason)
        half = self._half_done(goal, old)
        if half and decision.action in ("same", "update"):
            decision = replace(decision, action="update", changed=tuple(sorted({*decision.changed, *half})))
        return decision

    def _half_done(self, goal: Goal, old: Resource) -> tuple[str, ...]:
        """Return what an interrupted update may have changed. What was seen in AWS since is known, and not among it."""
        kind, begun = self._run.state.interruption(goal.urn) or ("", None)
        if kind != "updating" or begun is None:
            return ()
        half = changed_properties(old.inputs, begun.inputs) + changed_properties(begun.inputs, goal.inputs)
        seen = self._run.found(goal.urn)
        known = seen.names if seen is not None else frozenset()
        return tuple(path for path in half if segments(path)[0] not in known)

    def _refuse_replacing_what_was_changed(self, goal: Goal, handler: Handler, region: str) -> None:
        """Refuse in a plan to make again what only was changed in AWS, in a way that no update can change back."""
        run, seen = self._run, self._run.found(goal.urn)
        if seen is None or not seen.found or run.keeps_drift or not run.dry_run:
            return
        moved = run.providers.region_of(seen.resource) != region
        if decide(seen.resource, goal, handler, moved=moved, excused=self._excused(goal)).action != "replace":
            told = ", ".join(f"{one.path} is {one.found!r}, not {one.expected!r}" for one in seen.found)
            run.refuse(
                goal.urn,
                goal.source,
                f"it was changed in AWS ({told}), and no update can change that back. --keep-drift leaves it so; "
                "deleted by hand, it is made again as the program says",
            )

    def _excused(self, goal: Goal) -> frozenset[str]:
        """Return the inputs that are unknown only because nobody may be asked: they do not come from what is new."""
        if self._run.setting.clients is not None:
            return frozenset()
        fed = {name for name, urns in goal.property_dependencies.items() if self._renewed.intersection(urns)}
        return unknown_inputs(goal.inputs) - fed

    def _see_to_protection(self, goal: Goal, old: Resource | None, decision: Decision) -> None:
        """Note in a dry run, and otherwise refuse, the replacement of what the program or AWS protects."""
        run = self._run
        goes = not decision.gone or (run.dry_run and goal.urn in run.to_delete)
        if old is None or decision.action != "replace" or not goes:
            return
        if goal.protect or (unprotected(old.inputs) and unprotected(goal.inputs)):
            if not run.dry_run:
                raise ProtectedError(run.stack, [goal.urn])
            with run.lock:
                run.protected.append(goal.urn)

    # Foreseeing

    def _foresee(self, goal: Goal, old: Resource | None, handler: Handler, decision: Decision) -> Resource:
        """Do to the state in memory what an apply would do to the file; return what is known before that."""
        run = self._run
        if old is not None and decision.action == "same":
            return self._keep(goal, old, handler)
        if old is not None and decision.action == "update":
            new = record(goal, old.id, {**old.outputs, **goal.inputs}, old)
        elif decision.action == "import" and run.setting.clients is not None:
            read = run.steps.examine(goal, handler)
            new = record(goal, goal.import_id, concealed({**goal.inputs, **read}, goal.inputs, goal, handler))
        else:
            with run.lock:
                self._renewed.add(goal.urn)
            if old is not None and decision.action == "replace" and decision.delete_first and not decision.gone:
                dependents = [one for one in self._replacements.dependents(old, run.visited) if not one.delete]
                run.to_delete |= {one.urn for one in dependents}
                run.state.put(*(replace(one, pending_replacement=True) for one in dependents))
            new = record(goal, "", goal.inputs)
        run.put(new)
        return new

    # Doing

    def _do(self, goal: Goal, old: Resource | None, handler: Handler, decision: Decision) -> Resource:
        run = self._run
        if unknown := sorted(unknown_inputs(goal.inputs)):
            raise UnsupportedError(f"{goal.name} ({goal.source}): {', '.join(unknown)} cannot be known in this run")
        if old is None or decision.action in ("create", "import"):
            step = run.steps.take_in if decision.action == "import" else run.steps.create
            return step(goal, handler)
        if decision.action == "same":
            return self._keep(goal, old, handler)
        if decision.action == "update":
            kind, begun = run.state.interruption(goal.urn) or ("", None)
            seen = run.found(goal.urn)
            return run.steps.update(
                old,
                goal,
                handler,
                decision.inputs,
                begun=begun if kind == "updating" and self._half_done(goal, old) else None,
                found=seen.found if seen is not None and run.keeps_drift else (),
            )
        if not decision.delete_first:
            replaced = replace(old, retain_on_delete=goal.retain_on_delete, protect=False)
            return run.steps.create(goal, handler, replaced=replaced)
        if not decision.gone:
            self._replacements.delete(old, retain=goal.retain_on_delete)
        return run.steps.create(goal, handler, again=True)

    def _keep(self, goal: Goal, old: Resource, handler: Handler) -> Resource:
        """Save what the program says of a resource that is as it should be; unknown inputs are those that were."""
        unknown = unknown_inputs(goal.inputs)
        known = {name: old.inputs[name] if name in unknown else value for name, value in goal.inputs.items()}
        goal = replace(goal, inputs=known)
        new = record(goal, old.id, concealed(old.outputs, known, goal, handler), old)
        self._run.put(new)
        return new
