"""The journal of one operation: an item that grows by one event with each conditional write.

The plan is an item of its own, `{pk: operation#<id>, sk: plan}`: each write costs as much as the whole item is large.

The item is `{pk: operation#<id>, sk: journal}` with `token` (the lock's fencing token of its owner), `seq`, `status`
and the list `events` (JSON texts). Every write expects the owner's token and the last number: who was superseded, or
resumed elsewhere, fails at its next write. The table has no transactions, so lock and journal are two items. An index
item `{pk: operations, sk: <id>}` serves `operation list`; it carries the token of who wrote it, and none below lands.
"""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from aws.errors import ConditionFailed, Transient
from estate.errors import BreiqError
from operations.clock import Clock
from operations.table import Table

Status = Literal["running", "done", "undone", "refused", "stuck", "abandoned", "superseded"]
ENDED: Final[frozenset[str]] = frozenset({"done", "undone", "refused", "abandoned", "superseded"})
"""No owner writes to these any more. `superseded`: an emergency took the lock, and what was done stays as it is."""

LEFT: Final[frozenset[str]] = frozenset({"abandoned", "superseded"})
"""Ended by another operation or by a human: they cannot be resumed or aborted."""

TRIES: Final = 10
PAUSE_S: Final = 1.0
"""How often, and after which pause, a write is sent again when the table answers in no region."""

EventKind = Literal[
    "begun",
    "resumed",
    "started",
    "done",
    "verified",
    "failed",
    "turned",
    "undo_started",
    "undone",
    "undo_failed",
    "stuck",
    "ended",
]
"""begun and ended frame the operation; started, done and verified are a step's way forward; turned decides to undo."""


class Superseded(BreiqError):  # noqa: N818 - says what is so, like its neighbours
    """Another owner took this operation, or its lock: this process must stop at once and touch nothing more."""

    def __init__(self, operation_id: str) -> None:
        super().__init__(
            "superseded",
            "stuck",
            f"another process now owns {operation_id}; this process stopped",
            remedy=f"breiqctl operation show {operation_id}",
        )


@dataclass(frozen=True)
class JournalEvent:
    """One line of the journal. `at` is Unix seconds; `step` is a step's key; `data` is JSON-able."""

    seq: int
    at: float
    kind: EventKind
    step: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Header:
    """What the journal's item says besides its events. `plan` is empty when somebody has deleted its item."""

    operation_id: str
    kind: str
    status: str
    owner: str
    token: int
    seq: int
    plan: dict[str, Any]
    begun_at: float


class Journal:
    """The journal of one operation as its present owner writes it."""

    def __init__(self, table: Table, clock: Clock, operation_id: str, *, token: int, seq: int = 0) -> None:
        self._table, self._clock = table, clock
        self.operation_id, self.token, self._seq = operation_id, token, seq
        self.events: list[JournalEvent] = []

    @classmethod
    def begin(
        cls,
        table: Table,
        clock: Clock,
        operation_id: str,
        *,
        token: int,
        kind: str,
        owner: str,
        plan: dict[str, Any],
        took_over: dict[str, Any] | None = None,
    ) -> "Journal":
        """Write the item with its first event and return the journal. `took_over`: whose lock this operation took, and
        what that one had done. Raises Superseded when the item exists already.
        """
        journal = cls(table, clock, operation_id, token=token)
        values = {
            "kind": kind,
            "owner": owner,
            "token": token,
            "begun_at": clock.now(),
        }
        table.update(f"operation#{operation_id}", "plan", {"plan": json.dumps(plan, sort_keys=True)})
        said = {"owner": owner} | ({"took_over": took_over} if took_over else {})
        journal._write("begun", None, said, status="running", values=values, expect={"token": None})
        journal._index(kind=kind, owner=owner, begun_at=clock.now())
        return journal

    @classmethod
    def take(cls, table: Table, clock: Clock, header: Header, *, token: int, owner: str) -> "Journal":
        """Make `token` the one that may write, and return the journal with all its events.

        Raises Superseded when someone else took it first.
        """
        try:
            table.update(
                f"operation#{header.operation_id}",
                "journal",
                {"token": token, "owner": owner},
                expect={"token": header.token},
            )
        except ConditionFailed as error:
            now = read_header(table, header.operation_id)
            if now is None or now.token != token:
                raise Superseded(header.operation_id) from error
        taken = read_header(table, header.operation_id)
        assert taken is not None
        journal = cls(table, clock, header.operation_id, token=token, seq=taken.seq)
        journal.events = read_events(table, header.operation_id)
        journal._index(kind=header.kind, owner=owner, begun_at=header.begun_at)
        return journal

    @staticmethod
    def reindex(table: Table, header: Header, events: list[JournalEvent]) -> None:
        """Make the index item of an ended operation say so; a crash may have come between."""
        _write_index(table, header.operation_id, header.token, {"status": header.status, "ended_at": events[-1].at})

    def append(self, kind: EventKind, step: str | None = None, **data: Any) -> JournalEvent:
        """Write one event. Raises Superseded when this owner may not write any more."""
        status = {"ended": data.get("status"), "stuck": "stuck"}.get(kind) or "running"
        event = self._write(kind, step, data, status=status, values={}, expect={"token": self.token, "seq": self._seq})
        if kind in {"ended", "stuck"}:
            self._index(status=status, ended_at=event.at)
        return event

    def _write(
        self,
        kind: EventKind,
        step: str | None,
        data: dict[str, Any],
        *,
        status: str,
        values: dict[str, Any],
        expect: dict[str, Any],
    ) -> JournalEvent:
        event = JournalEvent(self._seq + 1, self._clock.now(), kind, step, data)
        text = json.dumps(
            {"seq": event.seq, "at": event.at, "kind": kind, "step": step, "data": data, "write": uuid.uuid4().hex}
        )
        self._put(text, {**values, "seq": event.seq, "status": status}, expect)
        self._seq = event.seq
        self.events.append(event)
        return event

    def _put(self, text: str, values: dict[str, Any], expect: dict[str, Any]) -> None:
        """Write one event's text; it is sent again while no region answers, and tells its own effect by it."""
        key = f"operation#{self.operation_id}"
        for left in range(TRIES - 1, -1, -1):
            try:
                self._table.update(key, "journal", values, expect=expect, append={"events": [text]})
            except ConditionFailed as error:
                if text not in self._table.read_list(key, "journal", "events"):
                    raise self._why_not() from error
            except Transient:
                if not left:
                    raise
                self._clock.sleep(PAUSE_S)
                continue
            return

    def _why_not(self) -> BreiqError:
        """Return why a write did not land: another owner writes, or somebody has deleted the journal."""
        if self._seq and self._table.get(f"operation#{self.operation_id}", "journal") is None:
            return BreiqError(
                "journal_missing",
                "stuck",
                f"the journal of {self.operation_id} is gone from the operations table: it was deleted",
                remedy=f"breiqctl operation resume {self.operation_id} starts a new journal and repeats each step",
            )
        return Superseded(self.operation_id)

    def _index(self, **values: Any) -> None:
        _write_index(self._table, self.operation_id, self.token, {"status": "running", **values})


def _write_index(table: Table, operation_id: str, token: int, values: dict[str, Any]) -> None:
    """Write the index item, unless a later owner has: what is listed never goes back to what was before."""
    while True:
        item = table.get("operations", operation_id) or {}
        seen = item.get("token")
        if isinstance(seen, int) and seen > token:
            return
        try:
            table.update("operations", operation_id, {**values, "token": token}, expect={"token": seen})
        except ConditionFailed:
            continue
        return


def read_header(table: Table, operation_id: str) -> Header | None:
    """Return the journal's header; None when there is no such operation."""
    item = table.get(f"operation#{operation_id}", "journal")
    if item is None:
        return None
    beside = item if "plan" in item else table.get(f"operation#{operation_id}", "plan")  # journals before had it within
    return Header(
        operation_id=operation_id,
        kind=str(item["kind"]),
        status=str(item["status"]),
        owner=str(item["owner"]),
        token=int(item["token"]),
        seq=int(item["seq"]),
        plan=json.loads(str(beside["plan"])) if beside else {},
        begun_at=float(item["begun_at"]),
    )


def read_events(table: Table, operation_id: str) -> list[JournalEvent]:
    """Return the journal's events, oldest first."""
    documents = (json.loads(text) for text in table.read_list(f"operation#{operation_id}", "journal", "events"))
    return [JournalEvent(d["seq"], d["at"], d["kind"], d["step"], d["data"]) for d in documents]


@dataclass(frozen=True)
class Progress:
    """Where an operation stands, derived from its events alone.

    `states` maps a step's key to its last event; `outputs` to what its last `do` handed on; `rollback_started` is the
    reason why it is being undone.
    """

    states: dict[str, str]
    outputs: dict[str, dict[str, Any]]
    rollback_started: str | None
    interrupted: bool

    def may_have_done(self, key: str) -> bool:
        """Whether the step may have changed something that was not undone since."""
        return self.states.get(key, "untouched") not in {"untouched", "undone"}


def replay(events: list[JournalEvent]) -> Progress:
    """Return where the operation stands after `events`."""
    states: dict[str, str] = {}
    outputs: dict[str, dict[str, Any]] = {}
    rollback_started, interrupted = None, False
    for event in events:
        if event.kind == "turned":
            rollback_started, interrupted = str(event.data.get("reason", "")), bool(event.data.get("interrupted"))
        if event.step is None:
            continue
        untouched = event.kind == "failed" and not event.data.get("touched", True)
        states[event.step] = "untouched" if untouched else event.kind
        if event.kind == "done":
            outputs[event.step] = dict(event.data.get("output") or {})
    return Progress(states, outputs, rollback_started, interrupted)
