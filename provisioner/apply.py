"""Plans, applies, destroys, refreshes and compares stacks: the library that a command line calls."""

import importlib
import time
from collections import Counter
from collections.abc import Collection, Mapping

from provisioner.aws import warm
from provisioner.decide.compare import Drift
from provisioner.decide.drift import Looked, Observed, refresh
from provisioner.decide.results import Answer, Changes, StackPlan, StackResult
from provisioner.decide.targets import Targets
from provisioner.errors import ProtectedError
from provisioner.execution.interrupted import adopt, settle
from provisioner.execution.leftovers import Leftovers
from provisioner.execution.ordering import put_in_order
from provisioner.execution.releases import Releases
from provisioner.execution.run import Adopted, Run
from provisioner.execution.taking import take_over
from provisioner.handlers import SERVICES, load
from provisioner.program.programs import Program
from provisioner.stacks import Stacks


def prepare() -> None:
    """Import what runs need besides this module, Pulumi's runtime and the handlers; load AWS's models."""
    importlib.import_module("pulumi.runtime.stack")
    importlib.import_module("provisioner.program.monitor")
    load()
    warm(SERVICES)


class Workspace(Stacks):
    """Plans and carries out what becomes of the stacks."""

    def plan(
        self,
        stack: str,
        program: Program,
        config: Mapping[str, str],
        *,
        targets: Collection[str] | None = None,
        target_dependents: bool = False,
        keep_drift: bool = False,
    ) -> StackPlan:
        """Return what an apply would do. Touches nothing; asks AWS how the stack's resources are, the program's own
        questions, and what an import would find.

        With `keep_drift` what was changed in AWS is to stay. Raises InputsError, ImportRefusedError, TargetError,
        UnsupportedError, ProgramError, or ResourceFailedError when AWS does not say how a resource is.
        """
        run = self._new_run(stack, dry_run=True, targets=Targets(targets, dependents=target_dependents))
        return self._foreseen(run, program, config, self._look(run), keep_drift=keep_drift)

    def _foreseen(
        self, run: Run, program: Program, config: Mapping[str, str], looked: Looked, *, keep_drift: bool
    ) -> StackPlan:
        """Return the plan that a dry run comes to, from how AWS was `looked` to be."""
        run.take_in(looked, keep_drift=keep_drift)
        standing = [(one, run.providers.region_of(one)) for one in run.state if one.in_cloud]
        self._run(run, program, config)
        Leftovers(run).note()
        releases = put_in_order(run, standing)
        run.changes.recorded = run.state.touched
        remaining = [one for one in run.planned.values() if one.in_cloud and one.action != "delete"]
        by_type = Counter(one.type for one in remaining)
        planned = tuple(run.planned[urn] for urn in sorted(run.planned))
        return StackPlan(
            run.stack,
            len(remaining),
            dict(sorted(by_type.items())),
            run.changes,
            planned,
            tuple(sorted(run.protected)),
            looked.drifts,
            dict(run.former),
            releases,
            tuple(run.answers),
        )

    def apply(
        self,
        stack: str,
        program: Program,
        config: Mapping[str, str],
        *,
        targets: Collection[str] | None = None,
        target_dependents: bool = False,
        keep_drift: bool = False,
    ) -> StackResult:
        """Make the stack what the program says, from what AWS has now: what is gone is made again, what was changed is
        changed back (or kept, with `keep_drift`). A stack that is so already is not touched.

        With `targets` (URNs) only those are touched, with `target_dependents` also what depends on them. Raises what
        `plan` raises, or ProtectedError, before anything is touched; then ResourceFailedError, StoppedError or
        ProgramError with the state holding what was done until then, and the error saying it.
        """
        started = time.monotonic()
        with self._locked(stack):
            chosen = Targets(targets, dependents=target_dependents)
            adopted = self._adopt(stack, chosen)
            dry_run = self._new_run(stack, dry_run=True, targets=chosen)
            looked = self._look(dry_run)
            plan = self._foreseen(dry_run, program, config, looked, keep_drift=keep_drift)
            if plan.protected:
                raise ProtectedError(stack, plan.protected)
            run = self._new_run(
                stack,
                targets=Targets(targets, dependents=target_dependents),
                foreseen={one.urn: one for one in plan.planned},
                total=plan.changes.count,
            )
            run.adopted = adopted
            if plan.changes.nothing and not adopted and not run.state.interrupted:
                return _result(stack, plan.changes, started, plan.answers)
            run.take_in(looked, keep_drift=keep_drift)
            Releases(run, plan.former).carry_out(plan.releases)
            self._run(run, program, config)
            self._delete_leftovers(run)
            return _result(stack, run.changes, started, tuple(run.answers))

    def destroy(
        self,
        stack: str,
        *,
        even_protected: bool = False,
        targets: Collection[str] | None = None,
        target_dependents: bool = False,
    ) -> StackResult:
        """Delete all that the stack holds, dependents first, and then its state; or only the targets.

        Raises ProtectedError before anything is touched when something is protected, by the program or by AWS itself
        (`deletionProtection`), unless that is said to be meant: then AWS's protection is lifted before.
        """
        started = time.monotonic()
        with self._locked(stack):
            chosen = Targets(targets, dependents=target_dependents)
            foreseen = self._new_run(stack, dry_run=True, targets=chosen)
            Leftovers(foreseen).note()
            if foreseen.protected and not even_protected:
                raise ProtectedError(stack, foreseen.protected)
            run = self._new_run(stack, targets=chosen, total=foreseen.changes.count)
            self._delete_leftovers(run, even_protected=even_protected)
            if targets is None:
                run.state.path.unlink(missing_ok=True)
            return _result(stack, run.changes, started)

    def refresh(self, stack: str) -> tuple[Drift, ...]:
        """Bring the state up to what AWS says: what is gone is dropped, what differs is taken over.

        Returns what differed. Touches nothing in AWS; the next apply makes it again what the program says.
        """
        with self._locked(stack):
            run = self._new_run(stack)
            observed = self._observed(run)
            refresh(run.state, observed, self._setting.handlers)
            return _drifts(observed)

    def drift(self, stack: str) -> tuple[Drift, ...]:
        """Return what in AWS is not as it was applied. Touches nothing, not even the state."""
        return _drifts(self._observed(self._new_run(stack, dry_run=True)))

    def import_(
        self,
        stack: str,
        urn: str,
        resource_id: str,
        program: Program,
        config: Mapping[str, str],
        *,
        dry_run: bool = False,
    ) -> tuple[Drift, ...]:
        """Let this resource of AWS be the one of that URN from now on: the state's, or what the program declares anew.

        Returns in what it differs from that: the next apply changes it. Raises StateError when nothing declares the
        URN, or AWS has nothing of that id. `dry_run`: save nothing.
        """
        with self._locked(stack):
            run = self._new_run(stack, dry_run=dry_run)
            return take_over(run, urn, resource_id, lambda: self._rehearsed(stack, program, config))

    def complete(self, stack: str) -> list[str]:
        """Complete what an earlier run was killed while creating, and return its URNs: all that stands is in the state
        then, for an engine that does not look itself.
        """
        with self._locked(stack):
            return sorted(self._adopt(stack, Targets()))

    def _adopt(self, stack: str, targets: Targets) -> dict[str, Adopted]:
        """Complete what an earlier run was killed while creating."""
        if not self._path(stack).exists():
            return {}
        return adopt(self._new_run(stack, targets=targets))

    @staticmethod
    def _delete_leftovers(run: Run, *, even_protected: bool = False) -> None:
        settle(run)
        leftovers = Leftovers(run)
        leftovers.delete(leftovers.found(), even_protected=even_protected)
        run.raise_failure()


def _drifts(observed: list[Observed]) -> tuple[Drift, ...]:
    return tuple(drift for one in observed if (drift := one.drift) is not None)


def _result(stack: str, changes: Changes, started: float, answers: tuple[Answer, ...] = ()) -> StackResult:
    return StackResult(
        stack,
        created=len(changes.create),
        unchanged=len(changes.unchanged),
        deleted=len(changes.delete),
        updated=len(changes.update),
        replaced=len(changes.replace),
        imported=len(changes.imported),
        answers=answers,
        duration_s=round(time.monotonic() - started, 3),
    )
