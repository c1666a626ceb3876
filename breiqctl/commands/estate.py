"""`breiqctl estate`: what the program would make, and making it."""

from typing import Any

import click

from breiqctl.context import Context, reads, writes
from estate.errors import BreiqError


@click.group()
def estate() -> None:
    """The estate as code: plan and apply."""


def _engine_option(command: Any) -> Any:
    return click.option(
        "--engine",
        type=click.Choice(["inprocess", "pulumi"]),
        default=None,
        help="Who applies: our provisioner in process, or the Pulumi CLI. [default: inprocess for local]",
    )(command)


@estate.command()
@_engine_option
@reads
def plan(context: Context, engine: str | None) -> None:
    """What the four stacks hold, and what would change against their state."""
    from breiqctl import local_client, stacks

    _check_engine(engine)
    state_dir = local_client.instance_dir() / "run" / "state" if context.is_local and local_client.running() else None
    document = stacks.plan(context.environment, state_dir=state_dir)
    context.answer(document, _render_plan)


@estate.command()
@_engine_option
@writes
def up(context: Context, engine: str | None) -> None:
    """Apply the four stacks in their order; what is unchanged is left alone."""
    from breiqctl import bring_up, local_client, stacks

    _check_engine(engine)
    if not context.is_local:
        raise BreiqError(
            "needs_pulumi",
            "usage",
            f"{context.environment_name} is applied with the Pulumi CLI",
            remedy="install it from pulumi.com, then: pulumi up --stack "
            f"{context.environment_name}-foundation (and the next ones in order)",
        )
    endpoints = context.endpoints
    assert endpoints is not None
    state_dir = local_client.instance_dir() / "run" / "state"
    if context.dry_run:
        context.answer(stacks.plan(context.environment, state_dir=state_dir), _render_plan)
        return
    context.confirm("apply the estate")
    digest = bring_up.build_image(context, bring_up.FIRST_TAG, _app())["digest"]
    document = stacks.up_document(
        context.environment,
        endpoint_url=endpoints["aws"],
        state_dir=state_dir,
        values={"image_digest": digest},
        on_event=lambda event: context.say(str(event)),
    )
    context.answer(document, _render_plan)


def _app() -> Any:
    from estate.files import ROOT

    return ROOT / "app"


def _check_engine(engine: str | None) -> None:
    if engine == "pulumi":
        raise BreiqError(
            "no_pulumi_engine",
            "usage",
            "the Pulumi CLI as engine comes with the provider plugin, which is not built yet",
            remedy="--engine inprocess",
        )


def _render_plan(document: dict[str, Any]) -> str:
    from breiqctl.render import table

    rows = []
    for name, stack in document["stacks"].items():
        changes = stack.get("changes") or {}
        text = ", ".join(f"{len(v) if isinstance(v, list) else v} {k}" for k, v in changes.items() if v)
        rows.append([name, str(stack["resources"]), text or "nothing to do"])
    return table(["stack", "resources", "changes"], rows) + f"\n\nin {document['duration_s']} s"
