"""What the journals say of operations: their headers, plans, what is left of them, and all of them in a list."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from estate.errors import BreiqError
from operations.engine.refusals import plan_missing, refusing, unknown
from operations.journal import ENDED, Header, JournalEvent, read_events, read_header, replay
from operations.kind import F, Kind, P, Planned, Registry
from operations.lock import Held, read_lock
from operations.outcome import Summary
from operations.owner import shown
from operations.step import Step
from operations.table import Table


class History:
    """The operations of one environment, as the table has them."""

    def __init__(self, table: Table, registry: Registry) -> None:
        self._table, self._registry = table, registry

    def plan(self, kind: Kind[P, F], params: P, facts: F) -> Sequence[Step]:
        """Return the steps, for `--dry-run`."""
        return kind.plan(params, facts)

    def history(self) -> list[Summary]:
        """Return all operations, newest first; one that was killed before its journal began is among them."""
        found = [self._summary(item) for item in self._table.query("operations")]
        held = read_lock(self._table)
        if held is not None and held.held and held.operation_id not in {one.operation_id for one in found}:
            found.append(
                Summary(
                    operation_id=held.operation_id,
                    kind=str(json.loads(held.begin)["kind"]) if held.begin else "",
                    status="running",
                    owner=shown(held.owner),
                    begun_at=held.claimed_at,
                    ended_at=None,
                )
            )
        return sorted(found, key=lambda one: -one.begun_at)

    def show(self, operation_id: str) -> tuple[Header, list[JournalEvent], Held | None]:
        """Return an operation's header and events, and the lock if it holds it.

        Raises BreiqError `unknown_operation`.
        """
        header = self.header(operation_id)
        held = read_lock(self._table)
        own = held if held and held.held and held.operation_id == operation_id else None
        return header, read_events(self._table, operation_id), own

    def remaining(self, operation_id: str, verb: str) -> list[Step]:
        """Return the steps that `resume` would still do, or that `abort` (or a resume while undoing) would undo."""
        header = self.find(operation_id)
        if header is None:
            return list(self._planned_by_lock(operation_id).steps) if verb == "resume" else []
        progress, steps = replay(read_events(self._table, operation_id)), self.read_plan(header).steps
        if header.status in ENDED:
            return []
        if verb == "abort" or progress.rollback_started is not None:
            return [step for step in reversed(steps) if progress.may_have_done(step.key) and step.undo is not None]
        return [step for step in steps if progress.states.get(step.key) != "verified"]

    def read_plan(self, header: Header) -> Planned:
        """Return an operation as it was planned when it began. Raises BreiqError `plan_missing` (stuck)."""
        if header.plan:
            return self._plan_again(header.kind, header.plan)
        try:
            return self._planned_by_lock(header.operation_id)
        except BreiqError:
            raise plan_missing(header.operation_id) from None

    def _plan_again(self, name: str, plan: Mapping[str, Any]) -> Planned:
        kind = self._registry.find(name)
        params = msgspec.convert(plan["params"], kind.params)
        facts = msgspec.convert(plan["facts"], kind.facts)
        return Planned(kind=kind, params=params, facts=facts, steps=kind.plan(params, facts))

    def find(self, operation_id: str) -> Header | None:
        """Return an operation's header; None before its journal began. Raises BreiqError `table_unreachable`."""
        with refusing():
            return read_header(self._table, operation_id)

    def _planned_by_lock(self, operation_id: str) -> Planned:
        """Return the plan of an operation that was killed before its journal began. Raises `unknown_operation`."""
        held = read_lock(self._table)
        if held is None or not held.held or held.operation_id != operation_id or not held.begin:
            raise unknown(operation_id)
        begin = json.loads(held.begin)
        return self._plan_again(str(begin["kind"]), begin)

    def kind_of(self, operation_id: str) -> Kind[Any, Any]:
        """Return an operation's kind, also of one that was killed before its journal began.

        Raises BreiqError `unknown_operation`, `unknown_kind`.
        """
        header = self.find(operation_id)
        if header is not None:
            return self._registry.find(header.kind)
        held = read_lock(self._table)
        if held is None or not held.held or held.operation_id != operation_id or not held.begin:
            raise unknown(operation_id)
        return self._registry.find(str(json.loads(held.begin)["kind"]))

    def header(self, operation_id: str) -> Header:
        """Return an operation's header. Raises BreiqError `unknown_operation`."""
        header = read_header(self._table, operation_id)
        if header is None:
            raise unknown(operation_id)
        return header

    def _summary(self, item: dict[str, Any]) -> Summary:
        status, operation_id = str(item["status"]), str(item["sk"])
        if status not in ENDED:
            header = read_header(self._table, operation_id)
            status = header.status if header else status
        ended_at = item.get("ended_at")
        return Summary(
            operation_id=operation_id,
            kind=str(item.get("kind", "")),
            status=status,
            owner=shown(str(item.get("owner", ""))),
            begun_at=float(item.get("begun_at", 0)),
            ended_at=None if ended_at is None or status not in ENDED else float(ended_at),
        )
