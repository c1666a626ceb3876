"""`breiqctl drill`: experiments against the documented objectives, with real faults in the local cloud."""

import json
import os
import time
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import click

from breiqctl.context import Context, exit_with, reads, writes
from estate.errors import BreiqError

if TYPE_CHECKING:
    from dr.drills.experiment import Laboratory
    from operations.engine import Engine
    from operations.table import Table

DRILLS: Final[dict[str, tuple[str, str]]] = {
    "region-loss": ("multi-Region recovery", "the primary's region is lost; the service fails over to the other one"),
}
"""name → (AWS's name of the group, what happens)."""


@click.group()
def drill() -> None:
    """Experiments against the documented objectives: RTO 15 min, RPO 5 min."""


@drill.command("list")
@reads
def list_drills(context: Context) -> None:
    """The drills there are."""
    document = {
        "schema": "breiq.drills/1",
        "drills": [{"name": name, "group": group, "summary": text} for name, (group, text) in DRILLS.items()],
    }
    context.answer(document, _render_list)


@drill.command()
@click.argument("name")
@click.option(
    "--runs", type=click.IntRange(min=1), default=1, show_default=True, help="The local cloud is reset between."
)
@click.option("--to", "to_region", metavar="REGION", help="The recovery region [default: the one that does not write].")
@writes
def run(context: Context, name: str, runs: int, to_region: str | None) -> None:
    """Break something, recover as a user would, and measure from outside what users felt and what was lost.

    Exit 0 when every objective was met, 5 when one was missed, 1 when the drill was aborted. The fault is lifted
    whatever happens.
    """
    _check_name(name)
    if to_region is not None:
        context.check_region(to_region)
    if not context.is_local:
        raise BreiqError(
            "no_fault_injector",
            "refused",
            f"faults are injected in the local cloud alone, and {context.environment_name} is on AWS",
            remedy="breiqctl -e local drill run region-loss",
        )
    if context.dry_run:
        context.answer(_dry_run(context, name, to_region), lambda d: "\n".join(d["method"]))
        return
    laboratory = laboratory_of(context)
    context.confirm(f"lose a region of the local cloud {'once' if runs == 1 else f'{runs} times'}")
    from dr.drills.run import EXIT_CODES, run_region_loss

    document = run_region_loss(laboratory, runs=runs, to_region=to_region)
    context.answer(document, render)
    exit_with(EXIT_CODES[document["verdict"]])


@drill.command()
@click.argument("operation_id", required=False)
@reads
def report(context: Context, operation_id: str | None) -> None:
    """A drill's result once more, and where its report is: of the last one, or of an operation."""
    found = [
        path
        for path in context.reports().glob(f"{operation_id or '*'}/report.json")
        if json.loads(path.read_text()).get("schema") == "breiq.drill/1"
    ]
    if not found:
        raise BreiqError(
            "no_report",
            "refused",
            f"there is no report of drill {operation_id}" if operation_id else "no drill was run here yet",
            remedy="breiqctl drill run region-loss",
        )
    newest = max(found, key=lambda path: path.stat().st_mtime)
    document = json.loads(newest.read_text())
    document.pop("report", None)
    context.answer({**document, "report": str(newest.with_suffix(".html"))}, render)


class SupervisorFault:
    """Faults of the local cloud, by its supervisor; they are lifted when this process dies."""

    def start(self, name: str, region: str, for_s: float) -> str:
        """Begin a fault and return its id."""
        from breiqctl import local_client

        answer = local_client.ask("fault_start", name=name, region=region, for_s=for_s, owner_pid=os.getpid())
        return str(answer["fault_id"])

    def stop(self, fault_id: str) -> None:
        """Lift a fault. May be repeated."""
        from breiqctl import local_client

        try:
            local_client.ask("fault_stop", fault_id=fault_id, timeout_s=60)
        except BreiqError as error:
            if error.code != "unknown_fault":
                raise


def laboratory_of(context: Context) -> "Laboratory":
    """Return the local cloud as a place for drills."""
    from breiqctl import operating
    from breiqctl.commands.local import reset_local
    from dr.drills.experiment import Laboratory
    from dr.failover import only
    from estate import topology
    from operations.clock import SystemClock

    endpoints = context.endpoints
    assert endpoints is not None, "drills run in the local cloud"
    clients = operating.clients_of(context)

    @cache
    def table(region: str) -> "Table":
        return replace(clients(region), guard=None).table(topology.operations_table(context.environment))

    @cache
    def engine(region: str) -> "Engine":
        return operating.engine_of(context, only(region, clients), table(region))

    def reset() -> "Laboratory":
        from breiqctl import local_client

        reset_local(context, {name: str(value) for name, value in local_client.status()["settings"].items()})
        return laboratory_of(context)

    return Laboratory(
        environment=context.environment,
        clients=clients,
        table=table,
        engine=engine,
        fault=SupervisorFault(),
        resolve=lambda name: resolve(name, endpoints["dns"]),
        reset=reset,
        place=operating.place_of(context),
        folder=context.reports(),
        clock=SystemClock(),
        emit=lambda event: context.say(f"{time.strftime('%H:%M:%S', time.gmtime(event.at))}  {event.text}"),
    )


def resolve(name: str, server: str) -> str:
    """Return the first address that the local cloud's DNS gives for a name. Raises OSError when there is none."""
    from dnslib import DNSRecord

    answer = DNSRecord.parse(DNSRecord.question(name).send(server, 53, timeout=2))
    for record in answer.rr:
        if record.rtype == 1:
            return str(record.rdata)
    raise OSError(f"{server} knows no address of {name}")


def render(document: dict[str, Any]) -> str:
    """Return `breiq.drill/1` as text."""
    from operations.report.text import seconds

    rto, rpo = document["rto_s"], document["rpo_s"]
    lines = [f"{document['operation_id']}  {document['verdict']}", f"  {document['reason']}"]
    for result in document["results"]:
        lines.append(
            f"  run {result['run']}: reads back {seconds(result['reads_back_s'])}, "
            f"writes back {seconds(result['writes_back_s'])}, RTO {seconds(result['rto_s'])}, "
            f"RPO {seconds(result['rpo_s'])}, missing {result['lost_writes']} of {result['acknowledged_writes']}"
        )
    lines += [
        f"  RTO  worst {seconds(rto['worst'])}, median {seconds(rto['median'])}, objective {seconds(rto['objective'])}",
        f"  RPO  worst {seconds(rpo['worst'])}, median {seconds(rpo['median'])}, objective {seconds(rpo['objective'])}",
        f"  grade {document['grade']} (real processes on one machine, not AWS)"
        if document["grade"] == "local"
        else f"  grade {document['grade']}",
        f"  report: {document['report']}",
    ]
    return "\n".join(lines)


def _check_name(name: str) -> None:
    if name not in DRILLS:
        raise BreiqError(
            "unknown_drill", "usage", f"there is no drill {name!r}", remedy=f"use one of: {', '.join(DRILLS)}"
        )


def _dry_run(context: Context, name: str, to_region: str | None) -> dict[str, Any]:
    regions = list(context.environment.regions)
    lost = context.environment.other_region(to_region) if to_region else "the region that writes"
    return {
        "schema": "breiq.drill-plan/1",
        "drill": name,
        "regions": regions,
        "method": [
            "20 reads and 20 test writes a second through the public address, for 10 s and until all are good",
            f"fault region-loss in {lost}: its processes are killed, its AWS API closes (for 600 s at most)",
            "no good answer for 2 s: failover, as a user would run it",
            "10 s of good traffic; every acknowledged write is read back",
            "the fault is lifted; a write straight to the old region's load balancer must get 503",
            "steady state in the recovery region",
        ],
        "estimate_s": 75,
    }


def _render_list(document: dict[str, Any]) -> str:
    from breiqctl.render import table

    return table(
        ["drill", "group", "what happens"], [[d["name"], d["group"], d["summary"]] for d in document["drills"]]
    )
