"""The Pulumi CLI as engine: the same program and, in the local cloud, the same handlers and the same state."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from breiqctl.context import Context
from estate import topology
from estate.errors import BreiqError
from estate.files import ROOT

INSTALL: Final = "curl -fsSL https://get.pulumi.com | sh"
"""The line that installs the CLI. Source: Pulumi's documentation, "Download & install Pulumi"."""


VERBS: Final[Mapping[str, tuple[str, ...]]] = {
    "preview": ("preview", "--diff"),
    "up": ("up", "--yes", "--skip-preview"),
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
    program = _find()
    environ = {**os.environ, **_variables(context, state_region)}
    writes = verb in REHEARSED and not context.dry_run
    if writes:
        context.confirm(f"{verb} {', '.join(names)} with the Pulumi CLI")
    words = VERBS[verb if writes else REHEARSED.get(verb, verb)]
    for name in topology.stack_names(context.environment) if context.is_local else names:
        _select(program, context, name, environ)  # references lead to stacks that are not asked for, too
    for name in names:
        wanted = [word for urn in targets if f":{name}::" in urn for word in ("--target", urn)]
        _call([program, *words, "--stack", name, *wanted], environ, f"pulumi {words[0]} of {name}")
        if context.is_local and writes:
            state = _states() / f"{name}.json"
            _call([program, "stack", "export", "--stack", name, "--file", str(state)], environ, f"export of {name}")


def _find() -> str:
    program = shutil.which("pulumi")
    if program is None:
        raise BreiqError("no_pulumi", "usage", "the Pulumi CLI is not on PATH", remedy=INSTALL)
    return program


def _select(program: str, context: Context, name: str, environ: Mapping[str, str]) -> None:
    """Make the stack known to the CLI; in the local cloud with the state of the engine in process."""
    provider = [] if context.is_local else ["--secrets-provider", _key(context)]
    _call([program, "stack", "select", "--create", "--stack", name, *provider], environ, f"selection of {name}")
    state = _states() / f"{name}.json" if context.is_local else None
    if state is not None and state.exists():
        _call([program, "stack", "import", "--stack", name, "--file", str(state)], environ, f"import of {name}")
    if context.is_local and any(name.endswith(region) for region in context.environment.regions):
        from breiqctl import bring_up

        digest = str(bring_up.first_image(context)["digest"])
        _call([program, "config", "set", "breiq:imageDigest", digest, "--stack", name], environ, f"values of {name}")


def _variables(context: Context, state_region: str | None) -> dict[str, str]:
    if context.is_local:
        from breiqctl import local_env

        endpoints = context.endpoints
        assert endpoints is not None
        local_env.prepare()
        return local_env.variables(endpoints, context.environment.primary_region)
    region = state_region or context.environment.state_region
    backend = f"s3://{topology.state_bucket(context.environment, region)}?region={region}&awssdk=v2"
    return {"PULUMI_BACKEND_URL": os.environ.get("PULUMI_BACKEND_URL") or backend, "PULUMI_SKIP_UPDATE_CHECK": "true"}


def _key(context: Context) -> str:
    environment = context.environment
    return f"awskms://{topology.kms_alias(environment, 'state')}?region={environment.state_region}"


def _states() -> Path:
    from breiqctl import local_client

    return local_client.state_dir()


def _call(command: Sequence[str], environ: Mapping[str, str], what: str) -> None:
    done = subprocess.run([*command, "--non-interactive"], env=dict(environ), cwd=ROOT, stdout=2, check=False)
    if done.returncode:
        raise BreiqError(
            "pulumi_failed",
            "permanent",
            f"{what} failed (exit {done.returncode}); its words are above",
            remedy="mend what it names and run it again: what was made is in the state",
            retryable=True,
        )
