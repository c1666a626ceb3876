"""`breiqctl estate state`: the states of the stacks in both regions, and taking one region's copy over the other's."""

from typing import Any

import click

from breiqctl import completing
from breiqctl.context import Context
from breiqctl.flags import reads, writes
from breiqctl.groups import Group
from estate.errors import BreiqError


@click.group(cls=Group, invoke_without_command=True)
@reads
def state(context: Context) -> None:
    """Show the stack states in each region's bucket, and which copy is current."""
    if click.get_current_context().invoked_subcommand is None:
        _show(context)


def _show(context: Context) -> None:
    from breiqctl.estate import state_store
    from stackops.states import copies as state_copies

    states = state_store.states_of(context)
    seen = state_copies.look(states)
    document = {
        "schema": "breiq.state/1",
        "environment": context.environment_name,
        "state_region": states.region,
        "stacks": {
            stack: {
                "working_copy": state_copies.here(states, stack, copies) if context.is_local else None,
                "copies": [one.document() for one in copies],
            }
            for stack, copies in seen.items()
        },
    }
    context.answer(document, _render)


def _render(document: dict[str, Any]) -> str:
    from breiqctl.views.tables import table

    rows = [
        [
            stack,
            one["region"],
            str(one["generation"] or "–"),
            str(one["resources"]),
            one["saved_at"][5:19].replace("T", " ") if one["saved_at"] else "–",
            _word(one),
            found["working_copy"] or "–",
        ]
        for stack, found in document["stacks"].items()
        for one in found["copies"]
    ]
    header = ["stack", "bucket in", "generation", "resources", "saved (UTC)", "is", "working copy is"]
    return f"{table(header, rows)}\n\nstates are kept in {document['state_region']}"


def _word(one: dict[str, Any]) -> str:
    if not one["answers"]:
        return "no answer"
    if one["saved_at"] is None:
        return "absent"
    if not one["whole"]:
        return "BROKEN"
    return "current" if one["current"] else "OLDER"


@state.command()
@click.option(
    "--from",
    "source",
    required=True,
    metavar="REGION",
    shell_complete=completing.regions,
    help="The region to copy from.",
)
@click.option(
    "--to", "target", required=True, metavar="REGION", shell_complete=completing.regions, help="The region to copy to."
)
@writes
def copy(context: Context, source: str, target: str) -> None:
    """Copy the states from one region's bucket to the other's. Refused if a later state would be overwritten."""
    from breiqctl.estate import state_store
    from stackops.states import copies as state_copies

    for region in (source, target):
        context.check_region(region)
    if source == target:
        raise BreiqError("same_region", "usage", "--from and --to are the same region", remedy="name both regions")
    states = state_store.states_of(context, target)
    planned = state_copies.take(states, source, target, dry_run=True)
    if not context.dry_run and any(one.outcome == "copied" for one in planned):
        state_store.refuse_beside_others(context)
        context.confirm(f"copy the states from {source} to {target}")
        planned = state_copies.take(states, source, target, dry_run=False)
    document = {
        "schema": "breiq.state-copy/1",
        "dry_run": context.dry_run,
        "from": source,
        "to": target,
        "stacks": {one.stack: {"outcome": one.outcome, "generation": one.generation} for one in planned},
    }
    context.answer(document, _render_copy)


def _render_copy(document: dict[str, Any]) -> str:
    words = {
        "copied": "would be copied" if document["dry_run"] else "copied",
        "level": "level already",
        "absent": f"not in {document['from']}",
    }
    return "\n".join(
        f"{stack}: {words[one['outcome']]}" + (f" (generation {one['generation']})" if one["generation"] else "")
        for stack, one in document["stacks"].items()
    )


@state.command()
@click.option("--stack", required=True, metavar="NAME", shell_complete=completing.stacks, help="The stack to unlock.")
@click.option(
    "--state-region",
    metavar="REGION",
    shell_complete=completing.regions,
    help="The region whose bucket keeps the states. [default: the states' own region]",
)
@writes
def unlock(context: Context, stack: str, state_region: str | None) -> None:
    """Remove the lock that a killed run of the Pulumi CLI left on a stack.

    Refused while an operation or that run is still alive on this machine. For another machine, check yourself.
    """
    from breiqctl.estate import pulumi_cli, state_store
    from stackops import choose

    (name,) = choose(context.environment, [stack])
    if not context.dry_run:
        if context.is_local:
            state_store.refuse_beside_cli([name])
        state_store.refuse_beside_others(context)
        context.confirm(f"remove the Pulumi CLI's lock of {name}")
        pulumi_cli.unlock(context, name, state_region)
    document = {"schema": "breiq.state-unlock/1", "stack": name, "unlocked": not context.dry_run}
    context.answer(document, lambda d: f"{d['stack']}: {'unlocked' if d['unlocked'] else 'would be unlocked'}")


@state.command()
@click.option(
    "--stack",
    "stack",
    multiple=True,
    metavar="NAME",
    shell_complete=completing.stacks,
    help="Only this stack. [default: all]",
)
@click.option(
    "--state-region",
    metavar="REGION",
    shell_complete=completing.regions,
    help="The region whose bucket is read. [default: the states' own region]",
)
@writes
def repair(context: Context, stack: tuple[str, ...], state_region: str | None) -> None:
    """Repair broken states where the repair is certain, and write deleted ones to the bucket again.

    No resource that exists in AWS is dropped from the state.

    A state is broken if the Pulumi CLI refuses it as a snapshot integrity failure: a duplicate provider, a wrong order,
    or a reference to something that does not exist.
    """
    from breiqctl.estate import state_store
    from breiqctl.local import environment as local_env
    from stackops import choose
    from stackops.states import repair as state_repair

    names = choose(context.environment, stack)
    states = state_store.states_of(context, state_region)
    left = {name: path for name in names if context.is_local and (path := local_env.checkpoint(name)).exists()}

    def repair(*, dry_run: bool) -> list[state_repair.Repaired]:
        return state_repair.repair_states(states, names, copies=context.is_local, left_by_cli=left, dry_run=dry_run)

    found = repair(dry_run=True)
    if found and not context.dry_run:
        state_store.refuse_beside_others(context)
        context.confirm(f"repair the states of {', '.join(sorted({one.stack for one in found}))}")
        found = repair(dry_run=False)
    document = {
        "schema": "breiq.state-repair/1",
        "dry_run": context.dry_run,
        "repaired": [{"stack": one.stack, "where": one.where, "changes": list(one.changes)} for one in found],
    }
    context.answer(document, _render_repair)


def _render_repair(document: dict[str, Any]) -> str:
    if not document["repaired"]:
        return "all states are whole"
    word = "would be repaired" if document["dry_run"] else "repaired"
    return "\n".join(
        "\n  ".join([f"{one['stack']} in {one['where']}: {word}", *one["changes"]]) for one in document["repaired"]
    )
