"""The Pulumi CLI as engine: the same program and policies and, in the local cloud, the same handlers and states."""

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from breiqctl.context import Context
from breiqctl.estate import state_store
from breiqctl.local import environment as local_env
from estate import topology
from estate.errors import BreiqError
from estate.files import ROOT
from stackops import pulumi_process

if TYPE_CHECKING:
    from provisioner.decide.results import StackResult

INSTALL: Final = "curl -fsSL https://get.pulumi.com | sh"
"""The line that installs the CLI. Source: Pulumi's documentation, "Download & install Pulumi"."""

BACKEND: Final = "PULUMI_BACKEND_URL"
"""The CLI's own word for where states are: it holds, if it is set, and nobody looks how old they are."""

JUDGED: Final = ("--policy-pack", str(ROOT / "policies"))

VERBS: Final[Mapping[str, tuple[str, ...]]] = {
    "preview": ("preview", "--diff", *JUDGED),
    "up": ("up", "--yes", "--skip-preview", *JUDGED),
    "drift": ("refresh", "--preview-only", "--expect-no-changes"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
    "destroy-preview": ("destroy", "--preview-only"),
}
"""What the estate's commands are to the CLI."""

_COUNT: Final = re.compile(r"^\s+[^\w\s]{0,3}\s*(\d+) (created|updated|replaced|imported|deleted|unchanged)$")
"""A line of the CLI's summary of an update, below `Resources:`."""


def look(
    context: Context, verb: str, names: Sequence[str], targets: Sequence[str] = (), *, state_region: str | None = None
) -> None:
    """Let the CLI show one of VERBS that write nothing, stack by stack in the order given. Its words go to stderr.

    Raises BreiqError `no_pulumi` (usage) when there is no CLI, `pulumi_failed` (permanent) when a stack fails.
    """
    cli = Cli(context, names, state_region, by_stack=verb != "destroy-preview")
    cli.select(names)
    for name in names:
        cli.show(verb, name, targets)
    document = {"schema": "breiq.pulumi/1", "verb": verb, "stacks": list(names)}
    context.answer(document, lambda shown: f"{', '.join(shown['stacks'])}: the output of the Pulumi CLI is above")


def program() -> str:
    """Return the CLI's path. Raises BreiqError `no_pulumi` (usage) when there is none."""
    found = shutil.which("pulumi")
    if found is None:
        raise BreiqError("no_pulumi", "usage", "the Pulumi CLI is not on PATH", remedy=INSTALL)
    return found


class Cli:
    """The CLI with the states of one environment, brought level.

    Raises BreiqError `no_pulumi` (usage) when there is none, and what `state_store.level` raises.
    """

    def __init__(
        self,
        context: Context,
        names: Sequence[str],
        state_region: str | None,
        *,
        by_stack: bool = True,
    ) -> None:
        self._program, self._context = program(), context
        context.check_account()
        self._environ = {**os.environ, **_variables(context, state_region), topology.APPLY_VARIABLE: "1"}
        self._states = state_store.states_of(context, state_region)
        self._is_ours = context.is_local or BACKEND not in os.environ
        """The states are where we keep them; elsewhere nobody looks how old they are."""
        if self._is_ours:
            state_store.level(context, state_region, names, by_stack=by_stack)

    def select(self, names: Sequence[str]) -> None:
        """Make the stacks known to the CLI; in the local cloud all, with the states of the engine in process."""
        context = self._context
        for name in topology.stack_names(context.environment) if context.is_local else names:
            self._select(name)  # references lead to stacks that are not asked for, too

    def _select(self, name: str) -> None:
        context = self._context
        provider = [] if context.is_local else ["--secrets-provider", _key(context)]
        self._call(f"selection of {name}", "stack", "select", "--create", "--stack", name, *provider)
        if not context.is_local:
            return
        if local_env.is_held_by_the_dead(name):
            self._call(f"release of {name}", "cancel", "--yes", "--stack", name)
        copy = self._states.copy(name)
        if copy.path.exists():
            self._complete(name)
            self._call(f"import of {name}", "stack", "import", "--stack", name, "--file", str(copy.path))
        copy.note_exchange(local_env.checkpoint(name))

    def _complete(self, name: str) -> None:
        """Find what a killed run was creating, before the CLI takes the state in: it drops what was begun only."""
        import stackops

        endpoints = self._context.endpoints
        assert endpoints is not None
        stackops.complete_interrupted(
            name, endpoint_url=endpoints["aws"], state_dir=self._states.copy(name).path.parent
        )

    def show(self, verb: str, name: str, targets: Sequence[str] = ()) -> None:
        """Show what one of VERBS would do; nothing is written."""
        self._call(f"pulumi {VERBS[verb][0]} of {name}", *VERBS[verb], "--stack", name, *_targets(name, targets))

    def up(self, name: str, targets: Sequence[str] = ()) -> "StackResult":
        """Apply a stack, judged by the policies; return what was done, in the CLI's count (components too)."""
        return self._write("up", name, _targets(name, targets))

    def destroy(self, name: str, *, even_protected: bool) -> "StackResult":
        """Delete what a stack holds; even what is protected, if that is said to be meant."""
        if even_protected:
            import stackops

            endpoints = self._context.endpoints
            endpoint_url = endpoints["aws"] if endpoints else None
            exported = stackops.unguard(self.exported(name), endpoint_url=endpoint_url, guard=self._context.guard)
            self._take_in(name, exported)
        return self._write("destroy", name, [])

    def _write(self, verb: str, name: str, options: Sequence[str]) -> "StackResult":
        """Do one of VERBS that write; in the local cloud the engine in process sees what came of it."""
        from provisioner.decide.results import StackResult

        started = time.monotonic()
        with self._given_back(name) if self._context.is_local else nullcontext():
            lines = self._call(f"pulumi {verb} of {name}", *VERBS[verb], "--stack", name, *options)
        counts: dict[str, Any] = dict.fromkeys(
            ("created", "unchanged", "deleted", "updated", "replaced", "imported"), 0
        )
        counts |= {found[2]: int(found[1]) for line in lines if (found := _COUNT.match(line))}
        return StackResult(name, duration_s=round(time.monotonic() - started, 3), **counts)

    @contextmanager
    def _given_back(self, name: str) -> Iterator[None]:
        """Hold the stack against the engine in process inside a `with`; take its state out of the CLI's own at its end,
        however it ends, and keep it.
        """
        copy = self._states.copy(name)
        with state_store.kept(self._states, [name]):
            try:
                with copy.held():
                    yield
            finally:
                copy.go_on_from(state_store.left_by_cli(name))
                copy.note_exchange(local_env.checkpoint(name))

    def fingerprint(self, names: Sequence[str]) -> str:
        """Return a digest of the stacks' states as they are now; empty where they are not ours to look at."""
        return self._states.fingerprint(names, copies=self._context.is_local) if self._is_ours else ""

    def exported(self, name: str) -> dict[str, Any]:
        """Return the stack's state, its secrets encrypted."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "state.json"
            self._call(f"export of {name}", "stack", "export", "--stack", name, "--file", str(file))
            document: dict[str, Any] = json.loads(file.read_bytes())
        return document

    def _take_in(self, name: str, exported: Mapping[str, Any]) -> None:
        """Let this be the stack's state."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "state.json"
            file.write_text(json.dumps(exported))
            self._call(f"import of {name}", "stack", "import", "--stack", name, "--file", str(file))

    def _call(self, what: str, *words: str) -> tuple[str, ...]:
        command = [self._program, *words, "--non-interactive"]
        done = pulumi_process.run(command, environ=self._environ, folder=ROOT, around=_around(self._context))
        if done.code:
            raise _failed(what, done, words)
        return done.lines


def _around(context: Context) -> pulumi_process.Surroundings:
    return pulumi_process.Surroundings(
        say=context.say, pressed=lambda: context.interrupts.pending, still_ours=context.guard
    )


def _failed(what: str, done: pulumi_process.Ran, words: Sequence[str]) -> BreiqError:
    """Return what went wrong in the CLI's own words, and what to do about a stack that it says is locked."""
    stack = words[words.index("--stack") + 1] if "--stack" in words else ""
    cause = "; ".join(done.errors) or "; ".join(done.lines[-3:])
    if "the stack is currently locked by" in "\n".join(done.lines):
        from stackops.states.checkpoint import environment_of

        unlock_it = f"breiqctl -e {environment_of(stack)} estate state unlock --stack {stack} --yes"
        return BreiqError(
            "pulumi_locked",
            "refused",
            f"{what}: another run of the Pulumi CLI is changing {stack}",
            cause=f"{cause}; if its process has ended, remove its lock: {unlock_it}",
            remedy=f"wait for it; if its process has ended: {unlock_it}",
            retryable=True,
        )
    return BreiqError(
        "pulumi_failed",
        "permanent",
        f"{what} failed (exit {done.code})",
        cause=cause,
        remedy="fix what the message names and run it again: the state contains what was created",
        retryable=True,
    )


def unlock(context: Context, name: str, state_region: str | None = None) -> None:
    """Take the CLI's own lock of a stack away. Raises BreiqError `no_pulumi` (usage)."""
    command = [program(), "cancel", "--yes", "--stack", name, "--non-interactive"]
    environ = {**os.environ, **_variables(context, state_region)}
    done = pulumi_process.run(command, environ=environ, folder=ROOT, around=_around(context))
    if done.code:
        raise _failed(f"release of {name}", done, command)


def _targets(name: str, targets: Sequence[str]) -> list[str]:
    return [word for urn in targets if f":{name}::" in urn for word in ("--target", urn)]


def _variables(context: Context, state_region: str | None) -> dict[str, str]:
    if context.is_local:
        endpoints = context.endpoints
        assert endpoints is not None
        local_env.prepare()
        return local_env.variables(endpoints, context.environment.primary_region)
    region = state_region or context.environment.state_region
    backend = f"s3://{topology.state_bucket(context.environment, region)}?region={region}&awssdk=v2"
    return {
        BACKEND: os.environ.get(BACKEND) or backend,
        "AWS_REGION": region,  # where the key of the states' secrets is asked: its replica reads what it encrypted
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def _key(context: Context) -> str:
    """Return the key of the states' secrets: without a region, since states name it and outlive the loss of one."""
    return f"awskms://{topology.kms_alias(context.environment, 'bootstrap')}"
