"""`breiqctl failover`: the primary is presumed lost, and the service moves to the other region."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from breiqctl import completing
from breiqctl.context import Context
from breiqctl.flags import writes
from breiqctl.option_types import DAY_S, Seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws.session import Session
    from dr.facts import FailoverFacts, FailoverParams
    from operations.front import Front
    from operations.table import Table


@click.command()
@click.option(
    "--to", "to_region", required=True, metavar="REGION", shell_complete=completing.regions, help="The recovery region."
)
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
    shell_complete=completing.operations,
    help="Stop this operation, in any state, and take its lock.",
)
@writes
def failover(
    context: Context, to_region: str, accept_data_loss_s: float, lag_unknown_accepted: bool, supersede: str | None
) -> None:
    """Move the service to REGION when the primary is lost. Only AWS APIs in REGION are called.

    Reads move first. Writes follow when the old region can no longer accept writes and the replica is promoted: that
    cannot be undone. Refused when more data could be lost than the accepted limit. The question comes after the checks,
    and says what is known: the loss, and whether the primary still serves users.
    """
    from breiqctl import operating
    from dr.facts import FailoverParams, read_facts
    from dr.failover import FAILOVER, only
    from estate import topology
    from operations.lock import read_lock

    context.check_region(to_region)
    clients = only(to_region, operating.clients_of(context))
    own = replace(clients(to_region), guard=None)
    table = own.table(topology.operations_table(context.environment))
    front = _front(context, clients, table, supersede)
    params = FailoverParams(
        to_region=to_region, accept_data_loss_s=accept_data_loss_s, lag_unknown_accepted=lag_unknown_accepted
    )
    facts = read_facts(context.environment, clients(to_region), table)
    if context.dry_run:
        operating.answer_dry_run(context, front.describe(FAILOVER, params, facts, supersede=supersede))
    held = read_lock(table)
    if not context.yes or (held is not None and held.held):  # before it is asked, and before a lock is taken
        front.check(FAILOVER, params, facts, supersede=supersede)
    what = (
        f"fail over from {facts.from_region} to {to_region}, losing at most the last {accept_data_loss_s:g} s of writes"
    )
    context.confirm(what, [] if context.yes else known(context, params, facts, table))
    operation_id = operating.new_id()
    context.say(f"{operation_id}: {what}")
    operating.conclude(
        context,
        lambda: front.run(FAILOVER, params, facts, reason=what, operation_id=operation_id, supersede=supersede),
        render,
    )


def _front(context: Context, clients: "Callable[[str], Session]", table: "Table", supersede: str | None) -> "Front":
    """Return what runs the failover. Raises BreiqError `unknown_operation` where it supersedes what is none."""
    from breiqctl import operating

    engine = operating.engine_of(context, clients, table)
    if supersede is not None:
        engine.check_known(supersede)
    return operating.front_of(context, engine)


def known(context: Context, params: "FailoverParams", facts: "FailoverFacts", table: "Table") -> list[str]:
    """Return what is known before a failover, a line each: the loss, the primary as users see it, what stays."""
    import time

    from breiqctl.status.vantage import ask_site
    from dr.failover import plan
    from dr.gates import lag_now
    from operations.step import PointOfNoReturn

    lag, site = lag_now(facts, table, time.time()), ask_site(context)
    loss = f"unknown: {lag.unknown}"
    if lag.limit_s is not None:
        loss = f"at most {lag.limit_s:.0f} s of acknowledged writes (replica lag {lag.lag_s:.1f} s)"
    users = f"{context.site_url} does not answer"
    if site is not None:
        serves = " and accepts writes" if site.writes else ", but accepts no writes"
        users = f"{context.site_url} answers from {site.region}{serves}"
        if site.writes and site.region == facts.from_region:
            users += ": the primary serves users, so this failover is not an emergency"
    steps = plan(params, facts)
    final = next(one for one in steps if isinstance(one.undo, PointOfNoReturn))
    return [
        f"loss     {loss}; {params.accept_data_loss_s:g} s are accepted",
        f"users    {users}",
        f"time     about {sum(one.estimate_s for one in steps):.0f} s; no region accepts writes meanwhile",
        f"undo     possible until step {final.name!r}; after it {facts.to_region} stays the primary",
    ]


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
