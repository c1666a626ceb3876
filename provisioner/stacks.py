"""What every run over a stack needs: its state, its lock, its setting, and how AWS has its resources."""

import contextvars
import fcntl
import hmac
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from provisioner.aws import Clients, Guard
from provisioner.decide.decision import stands
from provisioner.decide.drift import Looked, Observed, observe
from provisioner.decide.results import Answer, Planned
from provisioner.decide.targets import Targets
from provisioner.errors import LockedError, ProgramError
from provisioner.events import OnEvent, ignore
from provisioner.execution.run import CheckInputs, Run, Setting
from provisioner.handlers import load
from provisioner.handlers.common.base import HANDLERS, LOOKUPS, Handler, Lookup
from provisioner.program.engine import Engine
from provisioner.program.lookups import same_answers
from provisioner.program.programs import Program, run_program
from provisioner.schema import problems
from provisioner.state.crypt import Crypter, ensure_key_file
from provisioner.state.state import State
from provisioner.urns import name_of


class Stacks:
    """The stacks of one project as they are held: states in a folder, secrets under one key file, a lock for each.

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

    def _rehearsed(self, stack: str, program: Program, config: Mapping[str, str]) -> Run:
        """Return a dry run of the program from the state alone."""
        run = self._new_run(stack, dry_run=True)
        self._run(run, program, config)
        return run
