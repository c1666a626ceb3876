"""`breiqctl drill`: experiments against the documented objectives, with real faults in the local cloud."""

import contextlib
import json
from typing import TYPE_CHECKING, Any, Final

import click

from breiqctl import completing, drilling, operating
from breiqctl.context import Context, exit_with
from breiqctl.flags import reads, writes
from breiqctl.groups import Group
from breiqctl.option_types import Whole
from estate.errors import BreiqError
from estate.words import known_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dr.drills.findings import Findings
    from operations.front import Result

DRILLS: Final[dict[str, tuple[str, str]]] = {
    "region-loss": ("multi-Region recovery", "the primary's region is lost; the service fails over to the other one"),
}
"""name → (AWS's name of the group, what happens)."""


@click.group(cls=Group)
def drill() -> None:
    """Run recovery experiments against the documented objectives: RTO 15 min, RPO 5 min."""


@drill.command("list")
@reads
def list_drills(context: Context) -> None:
    """List the drills."""
    document = {
        "schema": "breiq.drills/1",
        "drills": [{"name": name, "group": group, "summary": text} for name, (group, text) in DRILLS.items()],
    }
    context.answer(document, _render_list)


@drill.command()
@click.argument(
    "name", type=click.STRING, shell_complete=lambda _c, _p, word: [n for n in DRILLS if n.startswith(word)]
)
@click.option(
    "--runs",
    type=Whole(1, 1000),
    default=1,
    show_default=True,
    help="The number of runs; the local cloud is reset between runs.",
)
@click.option(
    "--to",
    "to_region",
    metavar="REGION",
    shell_complete=completing.regions,
    help="The recovery region [default: the one that does not write].",
)
@writes
def run(context: Context, name: str, runs: int, to_region: str | None) -> None:
    """Inject a fault, recover, and measure from outside: the outage for users and the lost writes.

    Exit 0 when every objective was met, 5 when one was missed, 1 when the drill was aborted. The fault is always
    removed.
    """
    _check_name(name)
    if to_region is not None:
        context.check_region(to_region)
    if not context.is_local:
        raise BreiqError(
            "no_fault_injector",
            "refused",
            f"faults can be injected only in the local cloud, and {context.environment_name} is on AWS",
            remedy="breiqctl -e local drill run region-loss",
        )
    first = _Run(context, number=1, to_region=to_region)
    if context.dry_run:
        operating.answer_dry_run(context, first.described())
    if not context.yes:
        first.check()
    facts = first.facts
    context.confirm(
        f"lose a region of the local cloud {'once' if runs == 1 else f'{runs} times'}",
        [
            f"{facts.from_region} is lost, and the service fails over to {facts.to_region}",
            "the fault is always removed; after it, the lost region has no standby (breiqctl local reset)",
        ],
    )
    with context.interrupts.held():
        done, results = [first], [first.run()]
        while len(results) < runs and results[-1].outcome.status == "done":
            with context.interrupts.interruptible():
                context.say("resetting the local cloud before the next run")
                reset(context)
                done.append(_Run(context, number=len(done) + 1, to_region=to_region))
            results.append(done[-1].run())
        document = results[0].document if runs == 1 else _together(context, done, results[0].outcome.operation_id)
        context.answer(document, render)
    exit_with(max(result.exit_code for result in results))


class _Run:
    """One run of the drill, in the local cloud as it stands."""

    def __init__(self, context: Context, *, number: int, to_region: str | None) -> None:
        from dr.drills.region_loss import NAME, DrillParams, drill_kind, read_drill_facts
        from operations.clock import SystemClock
        from operations.step import StepContext

        drill_environment = drilling.drill_environment_of(context)
        self.found: list[Findings] = []
        self.kind = drill_kind(lambda: drill_environment, self.found.append)
        self.params = DrillParams(name=NAME, number=number)
        engine = operating.engine_of(context)
        engine.check_unlocked(self.kind)
        self.front = operating.front_of(context, engine)
        ctx = StepContext(
            operation_id="", clients=drill_environment.clients, clock=SystemClock(), emit=lambda _event: None
        )
        self.facts = read_drill_facts(drill_environment, ctx, to_region, failover_id=operating.new_id())
        self.context = context

    def described(self) -> dict[str, Any]:
        """Return `breiq.steps/1`, and what scripts read of a drill's plan."""
        document = self.front.describe(self.kind, self.params, self.facts)
        return {**document, "drill": self.params.name, "regions": list(self.context.environment.regions)}

    def check(self) -> None:
        """Return when the drill would be accepted now. Raises BreiqError (refused) when not."""
        self.front.check(self.kind, self.params, self.facts)

    def run(self) -> "Result":
        """Run it; its failover gets a report of its own besides."""
        operation_id = operating.new_id()
        reason = f"drill {self.params.name}: {self.facts.from_region} is lost"
        self.context.say(f"{operation_id}: {reason}")
        result = self.front.run(self.kind, self.params, self.facts, reason=reason, operation_id=operation_id)
        for one in self.found:
            with contextlib.suppress(Exception):  # a report that breaks decides nothing
                _report_failover(self.context, one)
        return result


def _report_failover(context: Context, found: "Findings") -> None:
    """Write the report of the failover that a run ended with, in that operation's own folder."""
    from dr.drills.findings import failover_of
    from dr.failover_report import failover_report
    from operations.report import write_report

    operation_context = operating.operation_context_of(context)
    document = failover_of(found, operation_context)
    if found.outcome is None or document is None:
        return
    folder = operating.folder_of(context, found.outcome.operation_id)
    document["report"] = str(folder / "report.html")
    write_report(folder, failover_report(found.outcome, document, found.samples, operation_context))


def reset(context: Context) -> None:
    """Bring the local cloud back to the state after `up`, with the settings that it has. Its addresses may change."""
    from breiqctl.commands.local import reset_local
    from stackops import local_socket

    reset_local(context, {name: str(value) for name, value in local_socket.status()["settings"].items()})


def _together(context: Context, runs: "Sequence[_Run]", operation_id: str) -> dict[str, Any]:
    """Return the document of several runs, and write their report in the place of the first one's."""
    from dr.drills.summary import drill_document, drill_report
    from operations.report import write_report

    found, operation_context = [one for run in runs for one in run.found], operating.operation_context_of(context)
    document = drill_document(found, operation_context, operation_id=operation_id)
    page = write_report(operating.folder_of(context, operation_id), drill_report(found, document, operation_context))
    return {**document, "report": str(page)}


@drill.command()
@click.argument("operation_id", required=False, shell_complete=completing.operations)
@reads
def report(context: Context, operation_id: str | None) -> None:
    """Show the result of the last drill, or of one operation, and the path of its report."""
    paths = list(context.reports().glob(f"{operation_id or '*'}/report.json"))
    found = [path for path in paths if json.loads(path.read_text()).get("schema") == "breiq.drill/1"]
    if operation_id and not found:
        raise _no_drill(context, operation_id, paths)
    if not found:
        raise BreiqError(
            "no_report",
            "refused",
            "no drill has run here yet",
            remedy="breiqctl drill run region-loss",
        )
    newest = max(found, key=lambda path: path.stat().st_mtime)
    document = json.loads(newest.read_text())
    document.pop("report", None)
    context.answer({**document, "report": str(newest.with_suffix(".html"))}, render)


def _no_drill(context: Context, operation_id: str, paths: "Sequence[Path]") -> BreiqError:
    """Return the refusal to show a drill's report: of an operation that is none, or one that nobody knows."""
    if paths:
        page = paths[0].with_suffix(".html")
        return BreiqError(
            "no_drill",
            "refused",
            f"{operation_id} is no drill; its own report is {page}",
            remedy=f"breiqctl operation show {operation_id}",
        )
    return BreiqError(
        "no_report",
        "refused",
        f"there is no report of drill {operation_id}",
        cause=f"{context.reports()} holds none",
        remedy=f"breiqctl operation show {operation_id} shows what it did; breiqctl operation list shows all",
    )


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
        raise BreiqError("unknown_drill", "usage", f"there is no drill {name!r}", remedy=known_names(name, DRILLS))


def _render_list(document: dict[str, Any]) -> str:
    from breiqctl.views.tables import table

    return table(
        ["drill", "group", "what happens"], [[d["name"], d["group"], d["summary"]] for d in document["drills"]]
    )
