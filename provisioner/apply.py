"""Plans, applies and destroys stacks: the library that a command line calls."""

import asyncio
import contextvars
import fcntl
import importlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from provisioner.aws import Clients, warm
from provisioner.crypt import Crypter, ensure_key_file
from provisioner.engine import Engine
from provisioner.errors import ChangeRefusedError, LockedError, ProgramError, ProtectedError
from provisioner.events import OnEvent, ignore
from provisioner.handlers import SERVICES, load
from provisioner.handlers.base import HANDLERS, LOOKUPS, Handler, Lookup
from provisioner.results import Changes, StackPlan, StackResult
from provisioner.state import State

THREADS: Final = 16
"""Registrations that may wait for AWS at the same time."""

Program = Callable[[], None]


def prepare() -> None:
    """Import what runs need besides this module, Pulumi's runtime and the handlers; load AWS's models."""
    importlib.import_module("pulumi.runtime.stack")
    importlib.import_module("provisioner.monitor")
    load()
    warm(SERVICES)


class Workspace:
    """The stacks of one project, with their states in a folder and their secrets under one key file.

    `endpoint_url` None means AWS itself; `offline` that nobody may be asked at all: then there are only plans.
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
    ) -> None:
        self.project, self.state_dir, self.on_event = project, state_dir, on_event
        self._key_file = key_file
        self._clients = None if offline else Clients(endpoint_url, access_key=access_key, secret_key=secret_key)
        load()
        self._handlers = HANDLERS if handlers is None else handlers
        self._lookups = LOOKUPS if lookups is None else lookups

    def plan(self, stack: str, program: Program, config: Mapping[str, str]) -> StackPlan:
        """Return what an apply would do. Touches nothing; asks AWS only the program's own questions."""
        engine = self._engine(stack, dry_run=True)
        self._run(engine, program, config)
        _note_leftovers(engine)
        by_type = Counter(engine.types.values())
        return StackPlan(stack, sum(by_type.values()), dict(sorted(by_type.items())), engine.changes)

    def apply(self, stack: str, program: Program, config: Mapping[str, str]) -> StackResult:
        """Make the stack what the program says. A stack that is so already is not touched, nor is AWS asked about it.

        Raises ChangeRefusedError or ProtectedError before anything is touched; ResourceFailedError, DeadlineError or
        ProgramError with the state holding what was done until then.
        """
        started = time.monotonic()
        with self._locked(stack):
            return _result(stack, self._applied(stack, program, config), started)

    def _applied(self, stack: str, program: Program, config: Mapping[str, str]) -> Changes:
        engine = self._engine(stack, dry_run=False)
        if len(engine.state):
            changes = self._refuse_changes(stack, program, config)
            if changes.nothing and not engine.state.interrupted:
                return changes
        self._run(engine, program, config)
        engine.settle_interrupted()
        leftovers = engine.leftovers()
        self._refuse_protected(stack, [resource.urn for resource in leftovers if resource.protect])
        _note_leftovers(engine)
        for leftover in leftovers:
            engine.delete(leftover)
        return engine.changes

    def destroy(self, stack: str, *, even_protected: bool = False) -> StackResult:
        """Delete all that the stack holds, dependents first, and then its state.

        Raises ProtectedError before anything is touched when something is protected, unless that is said to be meant.
        AWS's own protections (`deletionProtection`) are not taken away: it refuses, and the state says what is left.
        """
        started = time.monotonic()
        with self._locked(stack):
            engine = self._engine(stack, dry_run=False)
            leftovers = engine.leftovers()
            if not even_protected:
                self._refuse_protected(stack, [resource.urn for resource in leftovers if resource.protect])
            engine.settle_interrupted()
            for resource in leftovers:
                engine.delete(resource)
            engine.state.path.unlink(missing_ok=True)
        return _result(stack, Changes(delete=[one.urn for one in leftovers if one.in_cloud]), started)

    def outputs(self, stack: str) -> Mapping[str, Any] | None:
        """Return the outputs that the stack was applied with, or None if it was not."""
        path = self._path(stack)
        return State(path, self._crypter).outputs if path.exists() else None

    def stop(self) -> None:
        """Begin nothing more and stop waiting; what is being created is still saved."""
        if self._clients is not None:
            self._clients.stopping.set()

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

    def _engine(self, stack: str, *, dry_run: bool) -> Engine:
        return Engine(
            stack=stack,
            state=State(self._path(stack), self._crypter),
            clients=self._clients,
            handlers=self._handlers,
            lookups=self._lookups,
            other_stack=lambda name: None if (found := self.outputs(name)) is None else dict(found),
            dry_run=dry_run,
            on_event=self.on_event,
        )

    def _refuse_changes(self, stack: str, program: Program, config: Mapping[str, str]) -> Changes:
        changes = self.plan(stack, program, config).changes
        if changes.update:
            raise ChangeRefusedError(stack, changes.update)
        state = State(self._path(stack), self._crypter)
        self._refuse_protected(stack, [r.urn for r in state if r.protect and r.urn in changes.delete])
        return changes

    @staticmethod
    def _refuse_protected(stack: str, urns: list[str]) -> None:
        if urns:
            raise ProtectedError(stack, urns)

    def _run(self, engine: Engine, program: Program, config: Mapping[str, str]) -> None:
        """Run the program in a context of its own, so that stacks may run on several threads of this process."""
        try:
            contextvars.copy_context().run(_run_program, engine, self.project, program, config)
        except Exception as error:
            if engine.failure is None:
                raise ProgramError(f"stack {engine.stack}: the program failed: {error}") from error
        if engine.failure is not None:
            raise engine.failure


def _note_leftovers(engine: Engine) -> None:
    leftovers = engine.leftovers()
    engine.changes.delete = [resource.urn for resource in leftovers if resource.in_cloud]
    engine.changes.forget = [resource.urn for resource in leftovers if not resource.in_cloud]


def _result(stack: str, changes: Changes, started: float) -> StackResult:
    return StackResult(
        stack,
        created=len(changes.create),
        unchanged=len(changes.unchanged),
        deleted=len(changes.delete),
        duration_s=round(time.monotonic() - started, 3),
    )


def _run_program(engine: Engine, project: str, program: Program, config: Mapping[str, str]) -> None:
    from pulumi.runtime.config import set_all_config
    from pulumi.runtime.settings import Settings, configure, set_root_resource
    from pulumi.runtime.stack import run_in_stack

    from provisioner.monitor import Log, Monitor

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(THREADS, "provisioner"))
        loop.set_exception_handler(
            lambda *_: None
        )  # one failure is raised; what depended on it fails with it, silently
        await run_in_stack(program)

    set_root_resource(None)  # type: ignore[arg-type]
    set_all_config(dict(config), [])
    configure(
        Settings(
            project=project,
            stack=engine.stack,
            monitor=Monitor(engine, project),
            engine=Log(engine),
            dry_run=engine.dry_run,
            organization="organization",
            root_directory=str(Path.cwd()),
        )
    )
    asyncio.run(main())
