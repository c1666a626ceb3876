"""`breiqctl failover`: the primary is presumed lost, and the service moves to the other region."""

from dataclasses import replace
from typing import Any

import click

from breiqctl.context import Context, exit_with, writes
from breiqctl.option_types import DAY_S, Seconds


@click.command()
@click.option("--to", "to_region", required=True, metavar="REGION", help="The recovery region.")
@click.option(
    "--accept-data-loss",
    "accept_data_loss_s",
    required=True,
    type=Seconds(0, 30 * DAY_S),
    metavar="SECONDS",
    help="Maximum accepted data loss, in seconds: allow losing the last SECONDS of confirmed writes.",
)
@click.option(
    "--lag-unknown-accepted", is_flag=True, help="DANGER: continue although the possible data loss is unknown."
)
@click.option(
    "--supersede",
    metavar="OPERATION",
    help="Stop this operation, in any state, and take its lock.",
)
@writes
def failover(
    context: Context, to_region: str, accept_data_loss_s: float, lag_unknown_accepted: bool, supersede: str | None
) -> None:
    """Move the service to REGION when the primary is lost. Only AWS APIs in REGION are called.

    Reads move first. Writes follow when the old region can no longer accept writes and the replica is promoted: that
    cannot be undone. Refused when more data could be lost than the accepted limit.
    """
    from breiqctl import operating
    from dr.facts import FailoverParams, read_facts
    from dr.failover import FAILOVER, only
    from dr.gates import first_refusal
    from estate import topology
    from operations.clock import SystemClock
    from operations.lock import read_lock
    from operations.step import StepContext

    context.check_region(to_region)
    clients = only(to_region, operating.clients_of(context))
    own = replace(clients(to_region), guard=None)
    table = own.table(topology.operations_table(context.environment))
    engine = operating.engine_of(context, clients, table)
    front = operating.front_of(context, engine)
    params = FailoverParams(
        to_region=to_region, accept_data_loss_s=accept_data_loss_s, lag_unknown_accepted=lag_unknown_accepted
    )
    facts = read_facts(context.environment, clients(to_region), table)
    ctx = StepContext(operation_id="", clients=clients, clock=SystemClock(), emit=lambda _event: None)
    held = read_lock(table)
    taken = held is not None and held.held
    refusal = first_refusal(params, facts, ctx, table) if context.dry_run or taken else None
    if context.dry_run:
        context.answer(front.describe(FAILOVER, params, facts, refusal), operating.render_steps)
        exit_with(3 if refusal else 0)
    engine.check_unlocked(FAILOVER, supersede)
    if refusal is not None:  # before the lock is taken from anybody
        raise refusal.error()
    what = (
        f"fail over from {facts.from_region} to {to_region}, losing at most the last {accept_data_loss_s:g} s of writes"
    )
    context.confirm(what)
    operation_id = operating.new_id()
    context.say(f"{operation_id}: {what}")
    operating.conclude(
        context,
        lambda: front.run(FAILOVER, params, facts, reason=what, operation_id=operation_id, supersede=supersede),
        render,
    )


def render(document: dict[str, Any]) -> str:
    """Return `breiq.failover/1` as text."""
    from breiqctl import operating

    lines = [f"{document['operation_id']}  {document['verdict']}", f"  {document['reason']}"]
    if document["error"] and document["error"]["remedy"]:
        lines.append(f"  what to do: {document['error']['remedy']}")
    if document["cut_over_s"] is not None:
        lines.append(f"  lease taken until writes open: {document['cut_over_s']:.1f} s")
    if document["rpo_bound_s"] is not None:
        lines.append(f"  at most {document['rpo_bound_s']:.1f} s of acknowledged writes could be lost at the decision")
    lines += operating.took_over_lines(document)
    if document.get("report_error"):
        lines.append(f"  the report could not be written: {document['report_error']}")
    if document.get("report"):
        lines.append(f"  report: {document['report']}")
    if document["next_command"]:
        lines.append(f"  next: {document['next_command']}")
    return "\n".join(lines)
