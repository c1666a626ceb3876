"""`breiqctl failover`: the primary is presumed lost, and the service moves to the other region."""

from typing import TYPE_CHECKING, Any, Final

import click

from breiqctl.context import Context, exit_with, writes
from estate.errors import BreiqError

if TYPE_CHECKING:
    from operations.table import Table

RELEASES: Final = ("deploy", "rollback", "first-release")


@click.command()
@click.option("--to", "to_region", required=True, metavar="REGION", help="The recovery region.")
@click.option(
    "--accept-data-loss",
    "accept_data_loss_s",
    required=True,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How much of what was acknowledged may be lost at most.",
)
@click.option("--lag-unknown-accepted", is_flag=True, help="Go on although nobody can say how much would be lost.")
@click.option("--supersede", metavar="OPERATION", help="Take the lock from this release, which stops at once.")
@writes
def failover(
    context: Context, to_region: str, accept_data_loss_s: float, lag_unknown_accepted: bool, supersede: str | None
) -> None:
    """Move the service to REGION: the primary is lost. Only REGION's control planes are asked.

    Reads move first; writes follow when the old region can acknowledge nothing more and the replica is promoted: that
    cannot be undone. Refuses when more could be lost than was accepted.
    """
    from breiqctl import operating
    from dr.facts import FailoverParams, read_facts
    from dr.failover import FAILOVER, only
    from dr.gates import first_refusal
    from dr.watched import fail_over
    from estate import topology
    from operations.clock import SystemClock
    from operations.dryrun import describe_plan
    from operations.engine import new_operation_id
    from operations.step import StepContext

    context.check_region(to_region)
    clients = only(to_region, operating.clients_of(context))
    table = clients(to_region).table(topology.operations_table(context.environment))
    engine = operating.engine_of(context, clients, table)
    params = FailoverParams(
        to_region=to_region, accept_data_loss_s=accept_data_loss_s, lag_unknown_accepted=lag_unknown_accepted
    )
    facts = read_facts(context.environment, clients(to_region), table)
    ctx = StepContext(operation_id="", clients=clients, clock=SystemClock(), emit=lambda _event: None)
    if context.dry_run:
        refusal = first_refusal(params, facts, ctx, table)
        context.answer(describe_plan("failover", FAILOVER.plan(params, facts), refusal), operating.render_steps)
        exit_with(3 if refusal else 0)
    if supersede is None:
        engine.check_unlocked(FAILOVER)
    else:
        check_supersede(table, supersede)
        refusal = first_refusal(params, facts, ctx, table)
        if refusal is not None:  # before the release is stopped
            raise BreiqError(refusal.code, "refused", refusal.reason, remedy=refusal.remedy or None)
    context.confirm(
        f"fail over from {facts.from_region} to {to_region}, and give up {accept_data_loss_s:g} s of writes at most"
    )
    outcome, document = fail_over(
        engine, params, facts, watch_of(context), operation_id=new_operation_id(SystemClock()), supersede=supersede
    )
    context.answer(document, render)
    exit_with(outcome.exit_code)


def check_supersede(table: "Table", operation_id: str) -> None:
    """Return when an operation may be superseded by a failover: it is a release. Raises BreiqError (refused)."""
    from operations.journal import read_header

    header = read_header(table, operation_id)
    if header is None:
        raise BreiqError(
            "unknown_operation", "refused", f"there is no operation {operation_id}", remedy="breiqctl operation list"
        )
    if header.kind not in RELEASES:
        raise BreiqError(
            "not_a_release",
            "refused",
            f"{operation_id} is a {header.kind}: a failover takes the lock from a release only",
            remedy=f"breiqctl operation resume {operation_id} (or abort)",
        )


def watch_of(context: Context) -> Any:
    """Return where a failover's prober asks and where its report goes."""
    from breiqctl import operating
    from dr.watched import Watch

    return Watch(
        site_url=context.site_url,
        ca_file=context.ca_file,
        folder=lambda operation_id: operating.folder_of(context, operation_id),
        grade=context.grade,
        settings=shown_settings(context),
    )


def shown_settings(context: Context) -> dict[str, str]:
    """Return the waits that figures depend on, as reports show them; empty on AWS, where they are AWS's own."""
    if not context.is_local:
        return {}
    from breiqctl import local_client

    settings = local_client.status()["settings"]
    names = {
        "health_check_interval_s": "Health check interval (Route 53)",
        "dns_ttl_s": "DNS TTL, at most",
        "target_health_interval_s": "Target health interval (load balancer)",
        "promotion_s": "Promotion's wait (AWS: minutes)",
        "task_start_s": "Task start's wait",
    }
    return {text: f"{float(settings[name]):g} s" for name, text in names.items() if name in settings}


def render(document: dict[str, Any]) -> str:
    """Return `breiq.failover/1` as text."""
    lines = [f"{document['operation_id']}  {document['verdict']}", f"  {document['reason']}"]
    if document["error"] and document["error"]["remedy"]:
        lines.append(f"  what to do: {document['error']['remedy']}")
    if document["cut_over_s"] is not None:
        lines.append(f"  lease taken until writes open: {document['cut_over_s']:.1f} s")
    if document["rpo_bound_s"] is not None:
        lines.append(f"  at most {document['rpo_bound_s']:.1f} s of acknowledged writes could be lost at the decision")
    if document.get("report"):
        lines.append(f"  report: {document['report']}")
    if document["next_command"]:
        lines.append(f"  next: {document['next_command']}")
    return "\n".join(lines)
