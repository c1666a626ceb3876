"""`breiqctl estate`: what the program would make, and making it."""

import tempfile
import time
from pathlib import Path
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
    _check_engine(engine)
    context.answer(_plan(context), _render_plan)


def _plan(context: Context) -> dict[str, Any]:
    """Return `breiq.plan/1`: against the running local cloud's state, else as if nothing were there yet."""
    from breiqctl import bring_up, local_client, stacks

    up = local_client.running() if context.is_local else None
    with tempfile.TemporaryDirectory() as empty:
        return stacks.plan(
            context.environment,
            endpoint_url=up["endpoints"]["aws"] if up else None,
            state_dir=local_client.state_dir() if up else Path(empty),
            values={"image_digest": bring_up.first_image(context)["digest"]},
        ).document()


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
            remedy=f"install it from pulumi.com, then: pulumi up --stack {context.environment_name}-foundation",
        )
    endpoints = context.endpoints
    assert endpoints is not None
    if context.dry_run:
        context.answer(_plan(context), _render_plan)
        return
    context.confirm("apply the estate")
    started = time.monotonic()
    done = stacks.apply(
        context.environment,
        endpoint_url=endpoints["aws"],
        state_dir=local_client.state_dir(),
        values={"image_digest": bring_up.first_image(context)["digest"]},
        on_event=lambda event: context.say(str(event)),
    )
    document = {
        "schema": "breiq.estate-up/1",
        "stacks": {
            name: {"created": result.created, "unchanged": result.unchanged, "deleted": result.deleted}
            for name, result in done.items()
        },
        "duration_s": round(time.monotonic() - started, 2),
    }
    context.answer(document, lambda _: "\n".join(f"{name}: {result}" for name, result in done.items()))


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
