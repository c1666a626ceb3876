"""`breiqctl lease`: who may write, what is wrong with that, and how it is made right."""

from typing import TYPE_CHECKING, Any

import click

from breiqctl import completing
from breiqctl.context import Context, exit_with
from breiqctl.flags import reads, writes
from breiqctl.groups import Group
from estate.errors import BreiqError

if TYPE_CHECKING:
    from dr.lease_repair import Evidence, Problem, Role
    from operations.table import Table


@click.group(cls=Group)
def lease() -> None:
    """The writer lease: show it, and repair it when no region can write."""


@lease.command()
@reads
def show(context: Context) -> None:
    """Show the lease, the role of each database, the beats and any problem. Exit 4 when there is a problem."""
    from dr.lease_repair import problems

    _, evidence = _read(context)
    found = problems(evidence)
    document = _document(context, evidence, found, verdict="wrong" if found else "good")
    context.answer(document, _render)
    exit_with(4 if found else 0)


@lease.command()
@click.option(
    "--holder",
    metavar="REGION",
    shell_complete=completing.regions,
    help="The region that shall have the lease, if it cannot be determined.",
)
@writes
def repair(context: Context, holder: str | None) -> None:
    """Repair the lease: a damaged item, a lowered epoch, or a lease that an ended operation left closed.

    The repair opens it with a higher epoch than any task has read, for the region whose database is the primary.
    """
    from dr.lease_repair import Repair, apply_repair, plan_repair, wait_for_beat
    from operations.clock import SystemClock

    if holder is not None:
        context.check_region(holder)
    table, evidence = _read(context)
    plan = plan_repair(evidence, holder)
    if not isinstance(plan, Repair):
        if plan.code == "nothing_to_repair":
            context.answer(_document(context, evidence, [], verdict="good"), _render)
            return
        raise BreiqError(plan.code, "refused", plan.reason, remedy=plan.remedy)
    if context.dry_run:
        document = _document(context, evidence, plan.problems, verdict="would be repaired")
        context.answer({**document, "to": _shown(plan.to), "waits": plan.waits}, _render)
        return
    context.confirm(f"open the writer lease for {plan.to.holder} under epoch {plan.to.epoch}")
    if plan.waits:
        context.say("another region may still accept writes: waiting until its lease has expired")
    clock = SystemClock()
    repaired = apply_repair(table, evidence, plan, clock)
    context.say(f"the lease is open for {repaired.holder}; waiting for its renewer's beat")
    writing = wait_for_beat(table, repaired, clock)
    document = _document(context, evidence, plan.problems, verdict="repaired" if writing else "repaired, not written")
    context.answer({**document, "to": _shown(repaired), "waits": plan.waits}, _render)
    exit_with(0 if writing else 4)


def _read(context: Context) -> "tuple[Table, Evidence]":
    from dr.lease_repair import read_evidence
    from estate import topology
    from operations.concurrency import run_concurrently
    from operations.table import RegionalTable

    context.check_account()
    regions, name = tuple(context.environment.regions), topology.operations_table(context.environment)
    table = RegionalTable([context.session(region).table(name) for region in regions])
    found = dict(zip(regions, run_concurrently(list(regions), lambda region: _role(context, region)), strict=True))
    return table, read_evidence(table, regions, found)


def _role(context: Context, region: str) -> "Role":
    from estate import topology

    try:
        instance = context.session(region).rds.instance(topology.database_instance(context.environment, region))
    except BreiqError:
        return "unknown"
    return "replica" if instance.replica_of else "primary"


def _document(context: Context, evidence: "Evidence", found: "Any", *, verdict: str) -> dict[str, Any]:
    problems: list[Problem] = list(found)
    return {
        "schema": "breiq.lease/1",
        "environment": context.environment.environment,
        "verdict": verdict,
        "item": evidence.item,
        "lease": None if evidence.lease is None else _shown(evidence.lease),
        "problems": [{"code": problem.code, "text": problem.text} for problem in problems],
        "epoch_seen": evidence.epoch_seen or None,
        "acted_last": evidence.acted_last,
        "databases": dict(evidence.roles),
        "to": None,
        "waits": None,
        "next_command": _next(evidence, problems, verdict),
    }


def _next(evidence: "Evidence", problems: "list[Problem]", verdict: str) -> str | None:
    if verdict == "repaired, not written":
        return "breiqctl status"
    if verdict == "repaired" or not problems:
        return None
    if problems[-1].code == "under_way" and evidence.lease is not None:
        return f"breiqctl operation resume {evidence.lease.operation}"
    if verdict == "would be repaired":
        return "breiqctl lease repair --yes"
    return "breiqctl lease repair"


def _shown(lease: Any) -> dict[str, Any]:
    import msgspec

    shown: dict[str, Any] = msgspec.to_builtins(lease)
    return shown


def _render(document: dict[str, Any]) -> str:
    words = {
        "good": "the writer lease is correct",
        "wrong": "the writer lease has a problem",
        "would be repaired": "the writer lease would be repaired; nothing was changed",
        "repaired": "the writer lease is repaired, and its region can write again",
        "repaired, not written": "the writer lease is repaired, but the tasks of its region have not written yet",
    }
    lines = [words[document["verdict"]]]
    lines += [f"  {problem['text']}" for problem in document["problems"]]
    for name, one in (("now", document["item"]), ("repaired", document["to"])):
        if one is not None:
            texts = [f"{key} {one[key]}" for key in ("holder", "state", "epoch", "traffic_region") if key in one]
            lines.append(f"  {name}: {', '.join(texts)}")
    lines.append("  databases: " + ", ".join(f"{region} {role}" for region, role in document["databases"].items()))
    if document["next_command"]:
        lines.append(f"  next: {document['next_command']}")
    return "\n".join(lines)
