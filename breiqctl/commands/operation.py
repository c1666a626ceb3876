"""`breiqctl operation`: the journal, and what to do with an operation that stopped half-way."""

from typing import TYPE_CHECKING, Any

import click

from breiqctl import completing
from breiqctl.context import Context
from breiqctl.flags import reads, writes
from breiqctl.groups import Group

if TYPE_CHECKING:
    from operations.engine import Verb
    from operations.lock import Held
    from operations.outcome import Summary


@click.group(cls=Group)
def operation() -> None:
    """Operations and their journals: list, show, resume, abort, unlock."""


@operation.command("list")
@reads
def list_operations(context: Context) -> None:
    """List operations, newest first; of those that have not ended, whether the owner lives, and the next command.

    While one runs, this waits for a beat of its owner: about 2 s, or 10 s when none comes.
    """
    from breiqctl import operating
    from operations.report.text import rfc3339

    engine = operating.engine_of(context)
    history, holder = engine.history(), engine.holder()
    operations = [
        {
            "operation_id": one.operation_id,
            "kind": one.kind,
            "status": one.status,
            "owner": one.owner,
            "begun_at": rfc3339(one.begun_at),
            "ended_at": rfc3339(one.ended_at) if one.ended_at is not None else None,
            **_owner_and_next(one, holder),
        }
        for one in history
    ]
    context.answer({"schema": "breiq.operations/1", "operations": operations}, _render_list)


@operation.command()
@click.argument("operation_id", metavar="OPERATION", shell_complete=completing.operations)
@reads
def show(context: Context, operation_id: str) -> None:
    """Show an operation's journal."""
    from breiqctl import operating
    from operations.owner import shown
    from operations.report.text import rfc3339

    header, events, held = operating.engine_of(context).show(operation_id)
    document = {
        "schema": "breiq.operation/1",
        "operation_id": operation_id,
        "kind": header.kind,
        "status": header.status,
        "owner": shown(header.owner),
        "begun_at": rfc3339(header.begun_at),
        "holds_lock": held is not None,
        "plan": header.plan,
        "events": [{"seq": e.seq, "at": rfc3339(e.at), "kind": e.kind, "step": e.step, "data": e.data} for e in events],
    }
    context.answer(document, _render_show)


@operation.command()
@click.argument("operation_id", metavar="OPERATION", shell_complete=completing.operations)
@writes
def resume(context: Context, operation_id: str) -> None:
    """Continue an operation where it stopped: forward, or undoing if that had begun."""
    _go_on(context, operation_id, "resume")


@operation.command()
@click.argument("operation_id", metavar="OPERATION", shell_complete=completing.operations)
@writes
def abort(context: Context, operation_id: str) -> None:
    """Undo an operation. Refused after its point of no return."""
    _go_on(context, operation_id, "abort")


@operation.command()
@click.argument("operation_id", metavar="OPERATION", shell_complete=completing.operations)
@writes
def unlock(context: Context, operation_id: str) -> None:
    """Release the lock of OPERATION without undoing anything. Prefer resume or abort."""
    from breiqctl import operating

    engine = operating.engine_of(context)
    operating.front_of(context, engine).check_rest(operation_id, "unlock")
    document = {"schema": "breiq.unlock/1", "operation_id": operation_id, "unlocked": not context.dry_run}
    if not context.dry_run:
        context.confirm(
            f"release the lock of {operation_id} without undoing anything",
            [f"what it has done stays as it is: breiqctl operation show {operation_id} lists it"],
        )
        engine.unlock(operation_id)
    context.answer(document, lambda d: f"{d['operation_id']}: {'unlocked' if d['unlocked'] else 'would be unlocked'}")


def _go_on(context: Context, operation_id: str, verb: "Verb") -> None:
    """Resume or abort: dry run, the yes, and then as the operation's first run would go."""
    from breiqctl import operating

    front = operating.front_of(context, operating.engine_of(context))
    if context.dry_run:
        operating.answer_dry_run(context, front.describe_rest(operation_id, verb))
    known = []
    if not context.yes:
        front.check_rest(operation_id, verb)
        known = _known(verb, front.describe_rest(operation_id, verb)["steps"])
    context.confirm(f"{verb} {operation_id}", known)
    go = front.resume if verb == "resume" else front.abort
    operating.conclude(context, lambda: go(operation_id))


def _owner_and_next(one: "Summary", holder: "tuple[Held, bool] | None") -> dict[str, Any]:
    """Return whether the owner of an operation that has not ended lives (null: it holds no lock), and what continues
    it.

    A step of another operation is run by the same owner: both carry it in the list.
    """
    from operations.journal import ENDED
    from operations.owner import shown

    if one.status in ENDED:
        return {"owner_alive": None, "next": None}
    alive = None
    if holder is not None and (holder[0].operation_id == one.operation_id or shown(holder[0].owner) == one.owner):
        alive = holder[1]
    watched = alive and one.status != "stuck"
    verb = f"breiqctl operation show {one.operation_id}" if watched else f"breiqctl operation resume {one.operation_id}"
    return {"owner_alive": alive, "next": verb}


def _known(verb: "Verb", steps: list[dict[str, Any]]) -> list[str]:
    """Return what a resume would do, or an abort undo, a line each step."""
    names = [f"{one['region']}: {one['summary']}" if one["region"] else str(one["summary"]) for one in steps]
    if not names:
        return ["nothing is left to do"]
    return ["would undo:" if verb == "abort" else "what is left:", *(f"  {name}" for name in names)]


def _render_list(document: dict[str, Any]) -> str:
    from breiqctl.views.tables import table

    operations = document["operations"]
    rows = [[o["operation_id"], o["kind"], o["status"], o["owner"], _minute(o["begun_at"])] for o in operations]
    if not rows:
        return "no operation has run yet"
    lines = [table(["operation", "kind", "status", "owner", "begun (UTC)"], rows)]
    words = {True: "lives (its heartbeat is current)", False: "is GONE (no heartbeat)", None: "holds no lock"}
    for one in operations:
        if one["next"]:
            said = f"{one['operation_id']} has not ended; its owner {one['owner']} {words[one['owner_alive']]}"
            lines += ["", said, f"  next: {one['next']}"]
    return "\n".join(lines)


def _minute(at: str) -> str:
    """Return a time to the minute, as a narrow table shows it."""
    return at[:16].replace("T", " ")


def _render_show(document: dict[str, Any]) -> str:
    from breiqctl.views.tables import table

    lock = ", holds the lock" if document["holds_lock"] else ""
    head = f"{document['operation_id']}  {document['kind']}  {document['status']}  by {document['owner']}{lock}"
    rows = [
        [
            str(e["seq"]),
            e["at"],
            e["kind"],
            e["step"] or "",
            str(e["data"].get("reason") or e["data"].get("error") or ""),
        ]
        for e in document["events"]
    ]
    return f"{head}\n\n{table(['', 'at', 'event', 'step', 'why'], rows)}"
