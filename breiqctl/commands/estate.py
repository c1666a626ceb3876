"""`breiqctl estate`: what the program would make, making it, and looking at it from all sides."""

from collections.abc import Sequence
from pathlib import Path

import click

from breiqctl.commands.applying import destroy, up
from breiqctl.commands.estate_options import (
    by_pulumi,
    engine_option,
    keep_drift_option,
    stack_option,
    state_region_option,
    target_option,
)
from breiqctl.commands.reviews import cost, coverage, diagram, manifest, policy
from breiqctl.commands.state import state as states
from breiqctl.commands.taking import import_, refresh
from breiqctl.context import Context, exit_with
from breiqctl.flags import reads
from breiqctl.groups import Group
from breiqctl.output_file import OutputFile
from estate.errors import EXIT_CODES, BreiqError

_state = click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="A folder of exported stacks (<stack>.json). [default: the local cloud's, else none]",
)


@click.group(cls=Group)
def estate() -> None:
    """Manage the infrastructure as code: plan, apply, cost, diagram and policies."""


for one in (up, destroy, policy, cost, diagram, manifest, coverage, states, refresh, import_):
    estate.add_command(one)


@estate.command()
@engine_option
@_state
@stack_option
@target_option
@keep_drift_option
@state_region_option
@click.option("--markdown", type=OutputFile(), help="Also write the plan as Markdown, for a pull request comment.")
@reads
def plan(
    context: Context,
    *,
    engine: str | None,
    state: Path | None,
    stack: tuple[str, ...],
    targets: tuple[str, ...],
    keep_drift: bool,
    state_region: str | None,
    markdown: Path | None,
) -> None:
    """Show what an apply would create, change and correct, by component, with cost and policies.

    Uses the built-in provisioner unless --engine is given. Exit 3 when a mandatory policy is violated.
    """
    from breiqctl.estate import document as estate_document
    from breiqctl.views import estate
    from stackops import choose

    names = choose(context.environment, stack)
    if engine == "pulumi":
        from breiqctl.estate import pulumi_cli

        pulumi_cli.look(context, "preview", names, targets, state_region=state_region)
        return
    if state is None:
        _level_for_plan(context, state_region, names)
    elif state_region:
        raise BreiqError(
            "two_states", "usage", "--state and --state-region name two different states", remedy="give one of them"
        )
    made = estate_document.make_plan(context, state=state, stack_names=names, targets=targets, keep_drift=keep_drift)
    document = estate_document.plan_document(context, made)
    if markdown:
        markdown.write_text(estate.plan_markdown(context.environment_name, document))
    context.answer(document, lambda found: estate.plan_text(found, verbose=context.verbose))
    if document["policy"]["mandatory"]:
        exit_with(EXIT_CODES["refused"])


def _level_for_plan(context: Context, state_region: str | None, names: Sequence[str]) -> None:
    """Bring the states level, where a plan is made against any: a local cloud that runs.

    Raises BreiqError `needs_pulumi` (usage) where a region of states is named and the engine in process reads none.
    """
    from breiqctl.estate import state_store
    from stackops import local_socket

    if context.is_local and local_socket.running():
        state_store.level(context, state_region, names)
    elif state_region:
        raise BreiqError(
            "needs_pulumi",
            "usage",
            "the built-in provisioner plans as if no resource existed: it reads no state here",
            remedy="--engine pulumi plans against the states",
        )


@estate.command()
@engine_option
@stack_option
@state_region_option
@reads
def drift(context: Context, engine: str | None, stack: tuple[str, ...], state_region: str | None) -> None:
    """Show what differs in AWS from what was applied. Exit 5 when there is drift."""
    import stackops
    from breiqctl.estate import state_store
    from breiqctl.views import estate
    from stackops import local_socket

    names = stackops.choose(context.environment, stack)
    if by_pulumi(context, engine):
        from breiqctl.estate import pulumi_cli

        pulumi_cli.look(context, "drift", names, state_region=state_region)
        return
    endpoints = context.endpoints
    assert endpoints is not None
    state_store.level(context, state_region, names)
    found = stackops.drift(
        context.environment, names, endpoint_url=endpoints["aws"], state_dir=local_socket.state_dir()
    )
    document = {"schema": "breiq.drift/1", "stacks": found}
    context.answer(document, estate.drift_text)
    if any(one["drifted"] for one in found.values()):
        exit_with(5)
