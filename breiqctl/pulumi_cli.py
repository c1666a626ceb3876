"""The Pulumi CLI as engine: the same program and policies and, in the local cloud, the same handlers and states."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from breiqctl import local_env, state_store
from breiqctl.context import Context
from estate import topology
from estate.errors import BreiqError
from estate.files import ROOT

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

REHEARSED: Final = {"up": "preview", "destroy": "destroy-preview"}
"""The verbs that write, and what stands for them in a dry run."""


def run(
    context: Context, verb: str, names: Sequence[str], targets: Sequence[str] = (), *, state_region: str | None = None
) -> None:
    """Let the CLI do one of VERBS with the stacks, in the order given. Its words go to stderr.

    Raises BreiqError `no_pulumi` (usage) when there is no CLI, `pulumi_failed` (permanent) when a stack fails.
    """
    cli = _Cli(context, names, state_region)
    if verb in REHEARSED and not context.dry_run:
        context.confirm(f"{verb} {', '.join(names)} with the Pulumi CLI")
    cli.select(names)
    for name in names:
        cli.do(verb, name, targets)


def destroy(context: Context, names: Sequence[str], *, even_protected: bool, state_region: str | None = None) -> None:
    """Let the CLI delete the stacks, in the order given, even what is protected if that is said to be meant.

    Raises BreiqError `protected` (refused; nothing was touched) for what is protected, else what `run` raises.
    """
    from breiqctl import stacks

    cli = _Cli(context, names, state_region, by_stack=False)
    cli.select(names)
    if not context.dry_run:
        stacks.refuse_protected(
            [urn for name in names for urn in stacks.guarded(cli.exported(name))], even_protected=even_protected
        )
        context.confirm(f"delete {', '.join(names)} with the Pulumi CLI")
    for name in names:
        if even_protected and not context.dry_run:
            endpoints = context.endpoints
            exported = stacks.unguard(cli.exported(name), endpoint_url=endpoints["aws"] if endpoints else None)
            cli.take_in(name, exported)
        cli.do("destroy", name)


class _Cli:
    """The CLI with the states of one environment. Raises BreiqError `no_pulumi` (usage) when there is none."""

    def __init__(
        self, context: Context, names: Sequence[str], state_region: str | None, *, by_stack: bool = True
    ) -> None:
        program = shutil.which("pulumi")
        if program is None:
            raise BreiqError("no_pulumi", "usage", "the Pulumi CLI is not on PATH", remedy=INSTALL)
        context.check_account()
        self._program, self._context = program, context
        self._environ = {**os.environ, **_variables(context, state_region)}
        self._states = state_store.states_of(context, state_region)
        if context.is_local or BACKEND not in os.environ:
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
        if context.is_local and local_env.is_held_by_the_dead(name):
            self._call(f"release of {name}", "cancel", "--yes", "--stack", name)
        state = _state(name) if context.is_local else None
        if state is not None and state.exists():
            self._call(f"import of {name}", "stack", "import", "--stack", name, "--file", str(state))
        if context.is_local and any(name.endswith(region) for region in context.environment.regions):
            from breiqctl import bring_up

            digest = str(bring_up.first_image(context)["digest"])
            self._call(f"values of {name}", "config", "set", "breiq:imageDigest", digest, "--stack", name)

    def do(self, verb: str, name: str, targets: Sequence[str] = ()) -> None:
        """Do one of VERBS, or what stands for it in a dry run; in the local cloud the engine in process sees it."""
        writes = verb in REHEARSED and not self._context.dry_run
        words = VERBS[verb if writes else REHEARSED.get(verb, verb)]
        wanted = [word for urn in targets if f":{name}::" in urn for word in ("--target", urn)]
        with self._given_back(name) if writes and self._context.is_local else nullcontext():
            self._call(f"pulumi {words[0]} of {name}", *words, "--stack", name, *wanted)

    @contextmanager
    def _given_back(self, name: str) -> Iterator[None]:
        """Take the stack's state out of the CLI's own at the end of a `with`, however it ends, and keep it."""
        with state_store.kept(self._states, [name]):
            try:
                yield
            finally:
                self._call(f"export of {name}", "stack", "export", "--stack", name, "--file", str(_state(name)))

    def exported(self, name: str) -> dict[str, Any]:
        """Return the stack's state, its secrets encrypted."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "state.json"
            self._call(f"export of {name}", "stack", "export", "--stack", name, "--file", str(file))
            document: dict[str, Any] = json.loads(file.read_bytes())
        return document

    def take_in(self, name: str, exported: Mapping[str, Any]) -> None:
        """Let this be the stack's state."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "state.json"
            file.write_text(json.dumps(exported))
            self._call(f"import of {name}", "stack", "import", "--stack", name, "--file", str(file))

    def _call(self, what: str, *words: str) -> None:
        command = [self._program, *words, "--non-interactive"]
        done = subprocess.run(command, env=self._environ, cwd=ROOT, stdout=2, check=False)
        if done.returncode:
            raise BreiqError(
                "pulumi_failed",
                "permanent",
                f"{what} failed (exit {done.returncode}); its words are above",
                remedy="mend what it names and run it again: what was made is in the state",
                retryable=True,
            )


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


def _state(name: str) -> Path:
    from breiqctl import local_client

    return local_client.state_dir() / f"{name}.json"
