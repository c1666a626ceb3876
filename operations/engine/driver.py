"""Drives an operation's steps under a lock: beats, guard, journal, what it leaves for the archive, and repair."""

import contextlib
import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from aws.errors import AwsError
from estate.errors import BreiqError, in_words
from operations.clock import Clock, SystemClock
from operations.engine.history import History
from operations.fencing import highest_token
from operations.guard import Guard
from operations.http import Fetch, fetch
from operations.interrupts import Interrupts
from operations.journal import ENDED, Journal, Superseded, replay
from operations.kind import F, Kind, P, Planned, Registry
from operations.lock import BEAT_S, EXPIRY_S, Lock
from operations.observer import Observer
from operations.outcome import Outcome, outcome_of
from operations.owner import this_process
from operations.runner import Ending, Runner
from operations.step import Checked, Event, Step, StepContext
from operations.table import Table
from operations.undo_again import locked_again, may_undo_again, undo_again

if TYPE_CHECKING:
    from aws.session import Session


ShowPlan = Callable[[str, Planned, set[str]], None]
"""Is given an operation's id, its plan, and the keys of the steps that are verified already."""


class Driver(History):
    """What every run of an operation shares, the first one and those that go on with it."""

    def __init__(
        self,
        *,
        table: Table,
        clients: "Callable[[str], Session]",
        registry: Registry,
        clock: Clock | None = None,
        emit: Callable[[Event], None] = lambda _event: None,
        archive: Callable[[str, bytes], None] = lambda _operation_id, _document: None,
        owner: str | None = None,
        fetch: Fetch = fetch,
        beat_s: float | None = BEAT_S,
        expiry_s: float = EXPIRY_S,
        interrupts: Interrupts | None = None,
        guard: Guard | None = None,
        show_plan: ShowPlan = lambda _operation_id, _planned, _verified: None,
    ) -> None:
        super().__init__(table, registry)
        self._clients = clients
        self._clock = clock or SystemClock()
        self._show_plan = show_plan
        self._emit, self._archive, self._fetch = _never_raising(emit), archive, fetch
        self.interrupts, self._guard = interrupts or Interrupts(), guard or Guard()
        self._owner = owner or this_process().text
        self._beat_s, self._expiry_s = beat_s, expiry_s

    def new_lock(self) -> Lock:
        """Return the lock as this process sees it; nobody holds it by that."""
        return Lock(
            self._table,
            self._clock,
            self._owner,
            beat_s=self._beat_s,
            expiry_s=self._expiry_s,
            highest=lambda: highest_token(self._table),
        )

    def checked(self, kind: Kind[P, F], params: P, facts: F) -> list[Checked]:
        """Return the answers of all gates of an operation now. Nothing is written."""
        planned = Planned(kind=kind, params=params, facts=facts, steps=kind.plan(params, facts))
        context = self._context(planned, "", None, token=0)
        return [answer for step in planned.steps for answer in step.checked(context)]

    def _begin(
        self, operation_id: str, token: int, begin: dict[str, Any], took_over: dict[str, Any] | None = None
    ) -> Journal:
        plan = {"params": begin["params"], "facts": begin["facts"]}
        return Journal.begin(
            self._table,
            self._clock,
            operation_id,
            token=token,
            kind=str(begin["kind"]),
            owner=self._owner,
            plan=plan,
            took_over=took_over,
        )

    def _release(self, lock: Lock) -> None:
        """Let others hold the lock. A failure is told, never fatal: the lock of an ended operation blocks nobody."""
        try:
            lock.release()
        except AwsError as error:
            self._note(lock.operation_id, f"the lock was not released: {error}")

    def _note(self, operation_id: str, text: str) -> None:
        self._emit(Event(self._clock.now(), operation_id, "note", text=text))

    def _drive(
        self,
        planned: Planned,
        journal: Journal,
        lock: Lock | None,
        observer: Observer | None,
        drive: Callable[[Runner], Ending],
    ) -> Outcome:
        """Run, end, keep and release. `lock` None: the operation that this one is a step of holds it."""

        context = self._context(planned, journal.operation_id, observer, token=journal.token)
        with contextlib.suppress(Exception):  # showing never decides
            states = replay(journal.events).states
            self._show_plan(
                journal.operation_id, planned, {key for key, state in states.items() if state == "verified"}
            )
        with self.interrupts.held():
            if lock is not None:
                lock.start_beating()
            try:
                ending = self._ending(planned.steps, context, journal, lock, drive)
            except Superseded:
                if lock is not None:
                    lock.stop_beating()
                    self._mend(planned.steps, context)
                elif [event.kind for event in journal.events] == ["begun"]:  # too late: nobody knows of it
                    with contextlib.suppress(BreiqError):
                        journal.append("ended", status="superseded", reason="its operation had ended")
                raise
            finally:
                if lock is not None:
                    lock.stop_beating()
            outcome = outcome_of(planned, journal.operation_id, journal.events, ending)
            if ending.status in ENDED:
                self._keep(outcome)
                if lock is not None:
                    self._release(lock)
        return outcome

    def _ending(
        self,
        steps: Sequence[Step],
        context: StepContext,
        journal: Journal,
        lock: Lock | None,
        drive: Callable[[Runner], Ending],
    ) -> Ending:
        """Run the steps to an end. What stops them half-way is stuck. Raises Superseded when the lock is another's."""
        of_parent = self._guard.checks

        def check() -> None:
            for ask in of_parent:
                ask()
            if lock is not None and not lock.confirm():
                raise Superseded(journal.operation_id)

        try:
            with self._guard.asking(check):
                return drive(Runner(steps, context, journal, check=check, interrupts=self.interrupts))
        except KeyboardInterrupt:
            return Ending("stuck", BreiqError("interrupted", "stuck", "interrupted"), interrupted=True)
        except Superseded:
            raise
        except BreiqError as error:
            if error.code == "past_no_return":
                raise
            return Ending("stuck", error)

    def _context(self, planned: Planned, operation_id: str, observer: Observer | None, *, token: int) -> StepContext:
        return StepContext(
            operation_id=operation_id,
            clients=self._clients,
            clock=self._clock,
            emit=self._emit,
            params=planned.params,
            observer=observer,
            fetch=self._fetch,
            token=token,
        )

    def _mend(self, steps: Sequence[Step], context: StepContext) -> None:
        """Undo again what was undone, if a call of this replaced owner may have landed late. Tells what came of it."""
        if not self._guard.late:
            return
        operation_id, calls = context.operation_id, ", ".join(self._guard.late)
        late = f"{calls} may have arrived after another process took over {operation_id}"
        try:
            if may_undo_again(self._table, operation_id):
                self._undo_again(steps, context)
                self._note(operation_id, f"{late}: the undo is repeated")
            else:
                self._note(operation_id, f"{late}: check breiqctl status")
        except Exception as error:  # noqa: BLE001 - who was replaced does what it can, and says what is left to do
            self._note(operation_id, f"{late} ({error}): breiqctl operation abort {operation_id} undoes it again")

    def _undo_again(self, steps: Sequence[Step], context: StepContext) -> None:
        lock = self.new_lock()

        def check() -> None:
            if not lock.confirm():
                raise Superseded(context.operation_id)

        with self.interrupts.held(), locked_again(self._table, lock, context.operation_id), self._guard.asking(check):
            undo_again(self._table, steps, dataclasses.replace(context, token=lock.token))

    def _keep(self, outcome: Outcome) -> None:
        """Hand the whole journal to the archive (audit bucket, disk). An archive that fails is told, never fatal."""
        document = {
            "schema": "breiq.journal/1",
            "operation_id": outcome.operation_id,
            "kind": outcome.kind,
            "status": outcome.status,
            "params": msgspec.to_builtins(outcome.params),
            "facts": msgspec.to_builtins(outcome.facts),
            "events": msgspec.to_builtins(outcome.events),
        }
        try:
            self._archive(outcome.operation_id, json.dumps(document, indent=1).encode())
        except Exception as error:  # noqa: BLE001 - whatever breaks here, the operation has ended as it did
            self._note(outcome.operation_id, f"the journal was not archived: {in_words(error)}")


def _never_raising(emit: Callable[[Event], None]) -> Callable[[Event], None]:
    """Return `emit` without its errors: showing never decides (docs/design.md#output-decides-nothing)."""

    def shown_or_not(event: Event) -> None:
        with contextlib.suppress(Exception):
            emit(event)

    return shown_or_not
