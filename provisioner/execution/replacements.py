"""Deletes a resource that is to be made again, and before it what cannot outlive it."""

from collections.abc import Collection

from provisioner.decide.decision import replaced_with, standing_on
from provisioner.decide.guards import unprotected
from provisioner.errors import ProtectedError
from provisioner.execution.deletes import Deletion, plan_deletions
from provisioner.execution.run import Run
from provisioner.state.state import Resource


class Replacements:
    """The deletions of one run that come before a creation."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def delete(self, old: Resource, *, retain: bool = False, going: bool = False) -> None:
        """Delete the resource, and before it what cannot outlive it: that is created again when its turn comes."""
        run = self._run
        claimed = run.resource_locks.claim(
            lambda: standing_on(old.urn, run.state), lambda begun: self.dependents(old, begun)
        )
        try:
            *before, own = plan_deletions([*claimed, old])
            for deletion in before:
                self._dependent(deletion)
            run.to_delete |= {one.urn for one in own.with_it}
            run.steps.delete_before_replacement(old, own.with_it, retain=retain, going=going)
        finally:
            run.resource_locks.release(claimed)

    def _dependent(self, deletion: Deletion) -> None:
        run, one = self._run, deletion.resource
        if one.delete:
            deleted = run.steps.delete(one, deletion.with_it, lift=True)
            with run.lock:
                (run.changes.delete if deleted else run.changes.forget).append(one.urn)
            return
        for dependent in (one, *deletion.with_it):
            foreseen = run.foreseen.get(dependent.urn)
            wanted, protect = (foreseen.inputs, foreseen.protect) if foreseen else (dependent.inputs, dependent.protect)
            if protect or (unprotected(dependent.inputs) and unprotected(wanted)):
                raise ProtectedError(run.stack, [dependent.urn])
            run.to_delete.add(dependent.urn)
        run.steps.delete_before_replacement(one, deletion.with_it, retain=one.retain_on_delete)

    def dependents(self, root: Resource, begun: Collection[str]) -> list[Resource]:
        """Return the resources that cannot outlive this one: those not registered yet in this run, and replaced ones.

        What is registered already cannot depend on it any more.
        """
        rest = [one for one in self._run.state if one.delete or one.urn not in begun]
        return replaced_with(root, rest, self._run.setting.handlers)
