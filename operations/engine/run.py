"""Runs an operation from its beginning: takes the lock, begins the journal, and drives its steps."""

import json
import secrets
import time
from typing import Any

import msgspec

from aws.errors import AwsError
from operations.clock import Clock
from operations.engine.recovery import Recovery
from operations.engine.refusals import refusing, unknown
from operations.fencing import mark_all
from operations.kind import F, Kind, P, Planned
from operations.lock import Held, Lock, read_lock
from operations.observer import Observer
from operations.outcome import Outcome
from operations.precedence import end_superseded, takeable
from operations.step import StepContext
from operations.writer_lease import Author


class Engine(Recovery):
    """Runs operations of one environment. `beat_s=None` writes no beats (a test's simulated process)."""

    def check_unlocked(self, kind: Kind[Any, Any], supersede: str | None = None) -> None:
        """Return when this kind of operation could take the lock now. Raises BreiqError `locked` or `table_unreachable`
        (refused).
        """
        with refusing():
            takeable(self._table, self.new_lock(), kind, read_lock(self._table), supersede)

    def check_known(self, operation_id: str) -> None:
        """Return when there is such an operation, or it has the lock.

        Raises BreiqError `unknown_operation` or `table_unreachable` (refused).
        """
        if self.find(operation_id) is not None:
            return
        with refusing():
            held = read_lock(self._table)
        if held is None or held.operation_id != operation_id:
            raise unknown(operation_id)

    def run(
        self,
        kind: Kind[P, F],
        params: P,
        facts: F,
        *,
        reason: str,
        observer: Observer | None = None,
        operation_id: str | None = None,
        supersede: str | None = None,
    ) -> Outcome:
        """Run an operation from its beginning to an end.

        `supersede` names an operation whose lock an emergency takes although its owner works (operations.precedence).
        Raises BreiqError when it could not begin: nothing was touched.
        """
        operation_id = operation_id or new_operation_id(self._clock)
        planned = Planned(kind=kind, params=params, facts=facts, steps=kind.plan(params, facts))
        begin = _begin_of(planned)
        lock = self.new_lock()
        with refusing():
            taken = takeable(self._table, lock, kind, read_lock(self._table), supersede)
            with self.interrupts.held():
                over = taken.held if taken else None
                lock.acquire(operation_id, reason=reason, begin=json.dumps(begin, sort_keys=True), over=over)
                try:
                    left_behind = self._end(taken.held, operation_id, lock) if taken else None
                    journal = self._begin(operation_id, lock.token, begin, left_behind)
                    if taken is not None and taken.acting:
                        self._wait_out(operation_id, lock)
                except AwsError:
                    self._release(lock)
                    raise
                return self._drive(planned, journal, lock, observer, lambda runner: runner.run())

    def _end(self, held: Held, operation_id: str, lock: Lock) -> dict[str, Any] | None:
        """End the operation whose lock was taken; return what it leaves behind, None when it had ended."""
        mark_all(self._table, Author(operation_id, lock.token))
        return end_superseded(self._table, self._clock, held, by=operation_id, token=lock.token, owner=self._owner)

    def _wait_out(self, operation_id: str, lock: Lock) -> None:
        """Return when the owner whose lock was taken can no longer act."""
        text = f"waiting {lock.expiry_s:g} s: the previous owner of the lock may still act until then"
        self._note(operation_id, text)
        self._clock.sleep(lock.expiry_s)

    def run_within(self, parent: StepContext, kind: Kind[P, F], params: P, facts: F, *, operation_id: str) -> Outcome:
        """Run an operation as a step of another one, under that one's lock and token, before the same observer."""
        planned = Planned(kind=kind, params=params, facts=facts, steps=kind.plan(params, facts))
        journal = self._begin(operation_id, parent.token, _begin_of(planned))
        return self._drive(planned, journal, None, parent.observer, lambda runner: runner.run())


def _begin_of(planned: Planned) -> dict[str, Any]:
    """Return what is kept of an operation, so that another process makes the same steps."""
    return {
        "kind": planned.kind.name,
        "params": msgspec.to_builtins(planned.params),
        "facts": msgspec.to_builtins(planned.facts),
    }


def new_operation_id(clock: Clock) -> str:
    """Return a new id: `op-YYYYMMDD-xxxx`."""
    return f"op-{time.strftime('%Y%m%d', time.gmtime(clock.now()))}-{secrets.token_hex(2)}"
