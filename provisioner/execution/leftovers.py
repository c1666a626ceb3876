"""What a run ends with: deleting what the program no longer wants, what was replaced, and what a kill left behind."""

from dataclasses import replace

from provisioner.decide.guards import given_up, unprotected
from provisioner.decide.plan import planned_deletion
from provisioner.errors import StoppedError
from provisioner.execution.deletes import Deletion, plan_deletions, run_deletions
from provisioner.execution.run import Run
from provisioner.goal import PROVIDER_PREFIX
from provisioner.state.state import Key, Resource, key_of, now


class Leftovers:
    """What is to be deleted at the end of a run."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def found(self) -> list[Resource]:
        """Return what is to be deleted. Raises TargetError when what stays depends on it."""
        run = self._run
        unwanted = [one for one in run.state if not one.delete and one.urn not in run.visited]
        run.targets.add_dependents(run.state, [one.urn for one in unwanted if run.targets.may_delete(one)])
        chosen, staying = list[Resource](), list[Resource]()
        for one in run.state:
            goes = (one.delete or one.urn not in run.visited) and run.targets.may_delete(one)
            (chosen if goes else staying).append(one)
        used = {one.provider for one in staying}
        return [one for one in chosen if not (one.type.startswith(PROVIDER_PREFIX) and f"{one.urn}::{one.id}" in used)]

    def note(self) -> list[Resource]:
        """Record what is to be deleted, and return it; those that are protected are noted as such."""
        run = self._run
        run.targets.check_known(run.stack, run.visited | {one.urn for one in run.state})
        leftovers = self.found()
        for one in leftovers:
            if self._is_protected(one):
                run.protected.append(one.urn)
            (run.changes.delete if self._leaves_the_cloud(one) else run.changes.forget).append(one.urn)
            region = run.providers.region_of(one) if one.in_cloud else ""
            if not one.delete:
                run.note(planned_deletion(one, region))
        return leftovers

    def delete(self, leftovers: list[Resource], *, even_protected: bool = False) -> None:
        """Delete them, dependents first, and count each that is gone. What fails is kept as the run's failure."""
        run, deletions = self._run, plan_deletions(leftovers)
        gone: set[Key] = set()

        def delete(deletion: Deletion) -> None:
            one = deletion.resource
            if even_protected:
                changes = given_up(one.type, one.inputs, now())
                one = replace(one, inputs={**one.inputs, **changes}, outputs={**one.outputs, **changes})
            deleted = run.steps.delete(one, deletion.with_it, lift=even_protected or one.delete)
            with run.lock:
                gone.add(key_of(one))
                for each in (one, *deletion.with_it):
                    counted = deleted and self._leaves_the_cloud(each)
                    (run.changes.delete if counted else run.changes.forget).append(each.urn)

        for failure in run_deletions(deletions, delete, stopped=lambda: run.stopped):
            run.fail(failure)
        if run.stopped and len(gone) < len(deletions):
            run.fail(StoppedError("the run was stopped"))

    def _leaves_the_cloud(self, resource: Resource) -> bool:
        there = not resource.pending_replacement or resource.urn in self._run.to_delete
        return resource.in_cloud and there and not resource.retain_on_delete

    def _is_protected(self, resource: Resource) -> bool:
        """Say whether the program or AWS protects it. What was replaced was unprotected then."""
        if resource.delete or (resource.pending_replacement and resource.urn not in self._run.to_delete):
            return False
        return resource.protect or (self._leaves_the_cloud(resource) and bool(unprotected(resource.inputs)))
