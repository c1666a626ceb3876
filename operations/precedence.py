"""Who may take the lock from whom, and what becomes of the one that loses it.

| who asks     | the lock's operation has ended | it is stuck, or its owner is gone | its owner works          |
|--------------|--------------------------------|-----------------------------------|--------------------------|
| an emergency | takes it                       | takes it                          | takes it by --supersede  |
| any other    | takes it                       | is told to resume or abort it     | is told to wait          |

An emergency is a kind that says so of itself: a failover. Whose lock was taken can write nothing more to its journal,
the writer lease or the lock; it ends as `superseded`, and what it may have done and not undone is noted in the journal
of who took it.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from operations.clock import Clock
from operations.journal import ENDED, Header, Journal, read_events, read_header, replay
from operations.kind import Kind
from operations.lock import Held, Lock, locked
from operations.owner import is_proven_dead
from operations.table import Table

SUPERSEDED: Final = "superseded"


@dataclass(frozen=True)
class Takeable:
    """A held lock that may be taken. `acting`: its owner may still make calls, for as long as its lock is confirmed."""

    held: Held
    acting: bool = False


def takeable(
    table: Table, lock: Lock, kind: Kind[Any, Any], held: Held | None, supersede: str | None
) -> Takeable | None:
    """Return the held lock that this kind of operation takes now; None when nobody holds one.

    Raises BreiqError `locked` (refused) when it may not. An emergency waits for a sign of life before it says so.
    """
    if held is None or not held.held:
        return None
    header = read_header(table, held.operation_id)
    if header is not None and header.status in ENDED:
        return Takeable(held)
    stuck = header is not None and header.status == "stuck"
    if not kind.emergency:
        raise locked(held, stuck=stuck)
    if stuck:  # its runner has stopped, and with it all of its calls
        return Takeable(held)
    if held.operation_id == supersede:
        return Takeable(held, acting=not is_proven_dead(held.owner))
    if lock.is_gone(held):
        return Takeable(held)
    same = bool(held.begin) and json.loads(held.begin).get("kind") == kind.name
    raise locked(held, emergency=True, same_kind=same)


def end_superseded(table: Table, clock: Clock, held: Held, *, by: str, token: int, owner: str) -> dict[str, Any] | None:
    """End the journal of an operation whose lock was taken; return what it leaves behind, None when it had ended.

    From here on each of its owner's writes fails. The steps are those that it may have done and did not undo.
    """
    header = read_header(table, held.operation_id)
    if header is not None and header.status in ENDED:
        return None
    left = left_behind(table, header) if header is not None else None
    journals = [
        Journal.take(table, clock, one, token=token, owner=owner)
        for one in (_steps_of_their_own(table, header) if header is not None else ())
    ]
    for journal in (*journals, take_journal(table, clock, held, token=token, owner=owner)):
        journal.append("ended", status=SUPERSEDED, reason=f"{by} took its lock", by=by)
    return left


def _steps_of_their_own(table: Table, parent: Header) -> list[Header]:
    """Return the operations that ran as steps of another one, under its token, and have not ended."""
    ids = [str(item["sk"]) for item in table.query("operations") if str(item.get("status")) not in ENDED]
    headers = [read_header(table, one) for one in ids if one != parent.operation_id]
    return [one for one in headers if one is not None and one.token == parent.token and one.status not in ENDED]


def take_journal(table: Table, clock: Clock, held: Held, *, token: int, owner: str) -> Journal:
    """Return the journal of a lock's operation, to be written under `token` alone.

    One that has not begun is begun, from what the lock says: else its stopped owner would begin it later.
    """
    header = read_header(table, held.operation_id)
    if header is not None:
        return Journal.take(table, clock, header, token=token, owner=owner)
    begin = json.loads(held.begin)
    plan = {"params": begin["params"], "facts": begin["facts"]}
    return Journal.begin(table, clock, held.operation_id, token=token, kind=str(begin["kind"]), owner=owner, plan=plan)


def left_behind(table: Table, header: Header) -> dict[str, Any]:
    """Return an operation's id, kind, last status, and the keys of the steps that it may have done and did not undo."""
    progress = replay(read_events(table, header.operation_id))
    steps = [key for key in progress.states if progress.may_have_done(key)]
    return {"operation_id": header.operation_id, "kind": header.kind, "status": header.status, "steps": steps}
