"""`breiqctl estate refresh` and `estate import`: take into the states what AWS has."""

from typing import Any

import click

from breiqctl.commands.estate_options import stack_option, state_region_option
from breiqctl.context import Context
from breiqctl.flags import writes
from estate.errors import BreiqError


@click.command()
@stack_option
@state_region_option
@writes
def refresh(context: Context, stack: tuple[str, ...], state_region: str | None) -> None:
    """Update the states from AWS. Nothing in AWS is changed: the next apply makes AWS match the program.

    `estate up` reads AWS itself; use this command to update the states without an apply.
    """
    import stackops
    from breiqctl.estate import state_store
    from stackops import local_socket

    endpoint_url = _endpoint(
        context, "breiqctl estate up and plan look at AWS by themselves; the CLI's own states are refreshed by the CLI"
    )
    names = stackops.choose(context.environment, stack)
    states = state_store.level(context, state_region, names)
    if not context.dry_run:
        state_store.refuse_beside_others(context)
    folder = local_socket.state_dir()
    found = stackops.refresh(context.environment, names, endpoint_url=endpoint_url, state_dir=folder, dry_run=True)
    number = sum(len(one["drifted"]) for one in found.values())
    if number and not context.dry_run:
        context.confirm(f"write {number} differences to the states")
        with state_store.kept(states, names):
            found = stackops.refresh(context.environment, names, endpoint_url=endpoint_url, state_dir=folder)
    document = {"schema": "breiq.refresh/1", "dry_run": context.dry_run, "stacks": found}
    context.answer(document, _render_refresh)


def _render_refresh(document: dict[str, Any]) -> str:
    from breiqctl.views.estate import drift_text

    number = sum(len(one["drifted"]) for one in document["stacks"].values())
    if not number:
        did = "the states say what AWS has"
    elif document["dry_run"]:
        did = f"{number} would be taken into the states; --yes takes them"
    else:
        did = f"{number} taken into the states; breiqctl estate up makes them what the program says"
    return f"{drift_text(document)}\n\n{did}"


@click.command(name="import")
@click.argument("type_", metavar="TYPE")
@click.argument("name")
@click.argument("resource_id", metavar="ID")
@stack_option
@state_region_option
@writes
def import_(
    context: Context,
    *,
    type_: str,
    name: str,
    resource_id: str,
    stack: tuple[str, ...],
    state_region: str | None,
) -> None:
    """Import the AWS resource ID as the resource that the program declares with TYPE and NAME.

    TYPE is Pulumi's (aws:sqs/queue:Queue), ID the one that Pulumi's AWS provider documents for the type. Nothing in AWS
    is changed: the next apply makes it what the program says.
    """
    import stackops
    from breiqctl.estate import state_store
    from stackops import local_socket

    endpoint_url = _endpoint(context, f"give the resource the option import_={resource_id!r} in the program, then up")
    names = stackops.choose(context.environment, stack)
    states = state_store.level(context, state_region, names)
    if not context.dry_run:
        state_store.refuse_beside_others(context)

    def take(*, dry_run: bool) -> dict[str, Any]:
        return stackops.import_resource(
            context.environment,
            (type_, name, resource_id),
            stack_names=names,
            endpoint_url=endpoint_url,
            state_dir=local_socket.state_dir(),
            dry_run=dry_run,
        )

    found = take(dry_run=True)
    if not context.dry_run:
        context.confirm(f"import {resource_id} as {name} of {found['stack']}")
        with state_store.kept(states, [found["stack"]]):
            found = take(dry_run=False)
    document = {"schema": "breiq.import/1", "dry_run": context.dry_run, **found}
    context.answer(document, _render_import)


def _render_import(document: dict[str, Any]) -> str:
    was = f", until now {document['was']}" if document["was"] and document["was"] != document["id"] else ""
    verb = "would be" if document["dry_run"] else "is now"
    lines = [f"{document['stack']}: {document['resource']} {verb} {document['id']}{was}"]
    lines += [
        f"  {one['path']}: the program says {one['wanted']!r}, found {one['found']!r}"
        for one in document["differences"]
    ]
    if document["differences"]:
        lines.append("breiqctl estate up makes it what the program says")
    return "\n".join(lines)


def _endpoint(context: Context, instead: str) -> str:
    """Return where AWS answers. Raises BreiqError `needs_pulumi` (usage) for what only the Pulumi CLI changes."""
    if not context.is_local:
        raise BreiqError(
            "needs_pulumi",
            "usage",
            f"the built-in provisioner changes only the local environment's states, not {context.environment_name}'s",
            remedy=instead,
        )
    endpoints = context.endpoints
    assert endpoints is not None
    return str(endpoints["aws"])
