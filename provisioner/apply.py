"""Plans, applies, destroys, refreshes and compares stacks: the library that a command line calls."""

import contextvars
import fcntl
import hmac
import importlib
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from provisioner.aws import Clients, Guard, warm
from provisioner.decide.compare import Drift
from provisioner.decide.decision import stands
from provisioner.decide.drift import Looked, Observed, observe, refresh
from provisioner.decide.results import Answer, Changes, Planned, StackPlan, StackResult
from provisioner.decide.targets import Targets
from provisioner.errors import LockedError, ProgramError, ProtectedError
from provisioner.events import OnEvent, ignore
from provisioner.execution.interrupted import adopt, settle
from provisioner.execution.leftovers import Leftovers
from provisioner.execution.ordering import put_in_order
from provisioner.execution.releases import Releases
from provisioner.execution.run import Adopted, CheckInputs, Run, Setting
from provisioner.execution.taking import take_over
from provisioner.handlers import SERVICES, load
from provisioner.handlers.common.base import HANDLERS, LOOKUPS, Handler, Lookup
from provisioner.program.engine import Engine
from provisioner.program.lookups import same_answers
from provisioner.program.programs import Program, run_program
from provisioner.schema import problems
from provisioner.state.crypt import Crypter, ensure_key_file
from provisioner.state.state import State
from provisioner.urns import name_of


def prepare() -> None:
    """Import what runs need besides this module, Pulumi's runtime and the handlers; load AWS's models."""
    importlib.import_module("pulumi.runtime.stack")
    importlib.import_module("provisioner.program.monitor")
    load()
    warm(SERVICES)


class Workspace:
    """The stacks of one project, with their states in a folder and their secrets under one key file.

    `endpoint_url` None means AWS itself; `offline` that nobody may be asked at all: then there are only plans. `guard`
    is asked before each call of AWS; once it raises, the run is stopped.
    """

    def __init__(
        self,
        *,
        project: str,
        state_dir: Path,
        key_file: Path,
        endpoint_url: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        offline: bool = False,
        on_event: OnEvent = ignore,
        handlers: Mapping[str, Handler] | None = None,
        lookups: Mapping[str, Lookup] | None = None,
        check_inputs: CheckInputs = problems,
        guard: Guard | None = None,
    ) -> None:
        self.project, self.state_dir, self.on_event = project, state_dir, on_event
        self._key_file = key_file
        self._clients = (
            None if offline else Clients(endpoint_url, access_key=access_key, secret_key=secret_key, guard=guard)
        )
        load()
        self._setting = Setting(
            project=project,
            clients=self._clients,
            handlers=HANDLERS if handlers is None else handlers,
            lookups=LOOKUPS if lookups is None else lookups,
            check_inputs=check_inputs,
            other_stack=lambda name: None if (found := self.outputs(name)) is None else dict(found),
            on_event=on_event,
            digest=self._digest,
        )

    def plan(
        self,
        stack: str,
        program: Program,
        config: Mapping[str, str],
        *,
        targets: Collection[str] | None = None,
        target_dependents: bool = False,
        keep_drift: bool = False,
        looked: Looked | None = None,
    ) -> StackPlan:
        """Return what an apply would do. Touches nothing; asks AWS how the stack's resources are (unless that was
        `looked` at just now), the program's own questions, and what an import would find.

        With `keep_drift` what was changed in AWS is to stay. Raises InputsError, ImportRefusedError, TargetError,
        UnsupportedError, ProgramError, or ResourceFailedError when AWS does not say how a resource is.
        """
        run = self._new_run(stack, dry_run=True, targets=Targets(targets, dependents=target_dependents))
        looked = self._look(run) if looked is None else looked
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
            stack,
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
            looked = self._look(self._new_run(stack, dry_run=True, targets=chosen))
            plan = self.plan(
                stack,
                program,
                config,
                targets=targets,
                target_dependents=target_dependents,
                keep_drift=keep_drift,
                looked=looked,
            )
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

    def declared(self, stack: str, program: Program, config: Mapping[str, str], *, type_: str, name: str) -> list[str]:
        """Return the URNs of that type and name that the state holds or, if it has none, the program wants."""
        state = self._new_run(stack, dry_run=True).state
        held = [one.urn for one in state if one.in_cloud and one.type == type_ and name_of(one.urn) == name]
        if held:
            return held
        run = self._rehearsed(stack, program, config)
        return [urn for urn, one in run.planned.items() if one.in_cloud and (one.type, one.name) == (type_, name)]

    def id_of(self, stack: str, urn: str) -> str | None:
        """Return the id under which the state holds a resource; None: it does not."""
        held = self._new_run(stack, dry_run=True).state.get(urn)
        return held.id if held is not None and held.in_cloud else None

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

    def _rehearsed(self, stack: str, program: Program, config: Mapping[str, str]) -> Run:
        """Return a dry run of the program from the state alone."""
        run = self._new_run(stack, dry_run=True)
        self._run(run, program, config)
        return run

    def complete(self, stack: str) -> list[str]:
        """Complete what an earlier run was killed while creating, and return its URNs: all that stands is in the state
        then, for an engine that does not look itself.
        """
        with self._locked(stack):
            return sorted(self._adopt(stack, Targets()))

    def same_answers(self, answers: Iterable[Answer]) -> bool:
        """Return whether AWS answers what a program asked as it did then."""
        return same_answers(self._setting, answers)

    def outputs(self, stack: str) -> Mapping[str, Any] | None:
        """Return the outputs that the stack was applied with, or None if it was not, or was destroyed since."""
        path = self._path(stack)
        if not path.exists():
            return None
        state = State(path, self._crypter)
        return state.outputs if len(state) else None

    def stop(self) -> None:
        """Begin nothing more, and stop waiting. Calls to AWS are ended and saved; what was waited for, the next apply
        takes up again.
        """
        if self._clients is not None:
            self._clients.stopping.set()

    def _digest(self, text: str) -> str:
        return hmac.digest(ensure_key_file(self._key_file).encode(), text.encode(), "sha256").hex()

    @cached_property
    def _crypter(self) -> Crypter:
        return Crypter(ensure_key_file(self._key_file))

    @contextmanager
    def _locked(self, stack: str) -> Iterator[None]:
        """Hold the stack's lock; raise LockedError at once when another process holds it. It ends with its holder."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        with (self.state_dir / f"{stack}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LockedError(stack) from error
            yield

    def _path(self, stack: str) -> Path:
        return self.state_dir / f"{stack}.json"

    def _new_run(
        self,
        stack: str,
        *,
        dry_run: bool = False,
        targets: Targets | None = None,
        foreseen: Mapping[str, Planned] | None = None,
        total: int = 0,
    ) -> Run:
        state = State(self._path(stack), self._crypter, saved=not dry_run)
        return Run(
            self._setting, stack=stack, state=state, dry_run=dry_run, targets=targets, foreseen=foreseen, total=total
        )

    def _run(self, run: Run, program: Program, config: Mapping[str, str]) -> None:
        """Run the program in a context of its own, so that stacks may run on several threads of this process."""
        try:
            contextvars.copy_context().run(run_program, Engine(run), program, config)
        except Exception as error:
            if not run.failed:
                raise ProgramError(f"stack {run.stack}: the program failed: {error}") from error
        run.raise_failure()

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

    def _look(self, run: Run) -> Looked:
        """Return how the resources are that the run may touch; nothing is known where nobody may be asked."""
        if self._clients is None:
            return Looked()
        there = [one for one in run.state if stands(one) and run.targets.may_delete(one)]
        return Looked(observe(there, run.steps.look, self._setting.handlers))

    def _observed(self, run: Run) -> list[Observed]:
        return observe(
            [one for one in run.state if stands(one) and not one.delete], run.steps.look, self._setting.handlers
        )


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
