"""The engine of every operation: lock, journal, run; then resume, abort or unlock what stopped half-way."""

import contextlib
import dataclasses
import json
import secrets
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from aws.errors import AwsError, Transient
from estate.errors import BreiqError
from operations.clock import Clock, SystemClock
from operations.fencing import highest_token, mark_all
from operations.guard import Guard
from operations.http import Fetch, fetch
from operations.interrupts import Interrupts
from operations.journal import (
    ENDED,
    LEFT,
    Header,
    Journal,
    JournalEvent,
    Superseded,
    read_events,
    read_header,
    replay,
)
from operations.kind import F, Kind, P, Planned, Registry
from operations.lock import BEAT_S, EXPIRY_S, Held, Lock, read_lock
from operations.mending import locked_again, may_undo_again, undo_again
from operations.observer import Observer
from operations.outcome import Outcome, Summary, outcome_of
from operations.owner import shown, this_process
from operations.precedence import end_superseded, take_journal, takeable
from operations.runner import Ending, Runner, refuse_past_no_return
from operations.step import Event, Step, StepContext
from operations.table import Table
from operations.writer_lease import Author

if TYPE_CHECKING:
    from aws.session import Session

__all__ = ["Engine", "Kind", "Outcome", "Planned", "Registry", "Summary", "new_operation_id"]


ID_HINT: Final = "breiqctl operation list shows them"


class Engine:
    """Runs operations of one environment. `beat_s=None` writes no beats (a test's simulated process)."""

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
    ) -> None:
        self._table, self._clients, self._registry = table, clients, registry
        self._clock = clock or SystemClock()
        self._emit, self._archive, self._fetch = _never_raising(emit), archive, fetch
        self.interrupts, self._guard = interrupts or Interrupts(), guard or Guard()
        self._owner = owner or this_process().text
        self._beat_s, self._expiry_s = beat_s, expiry_s

    def plan(self, kind: Kind[P, F], params: P, facts: F) -> Sequence[Step]:
        """Return the steps, for `--dry-run`."""
        return kind.plan(params, facts)

    def check_unlocked(self, kind: Kind[Any, Any], supersede: str | None = None) -> None:
        """Return when this kind of operation could take the lock now. Raises BreiqError `locked` or `table_unreachable`
        (refused).
        """
        with _refusing():
            takeable(self._table, self._lock(), kind, read_lock(self._table), supersede)

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
        begin = {
            "kind": kind.name,
            "params": msgspec.to_builtins(params),
            "facts": msgspec.to_builtins(facts),
        }
        lock = self._lock()
        with _refusing():
            taken = takeable(self._table, lock, kind, read_lock(self._table), supersede)
            held = taken.held if taken else None
            with self.interrupts.held():
                lock.acquire(operation_id, reason=reason, begin=json.dumps(begin, sort_keys=True), over=held)
                try:
                    left_behind = None
                    if held is not None:
                        mark_all(self._table, Author(operation_id, lock.token))
                        left_behind = end_superseded(
                            self._table, self._clock, held, by=operation_id, token=lock.token, owner=self._owner
                        )
                    journal = self._begin(operation_id, lock.token, begin, left_behind)
                    if taken is not None and taken.acting:
                        self._note(operation_id, f"waiting {lock.expiry_s:g} s: the owner of the lock may act so long")
                        self._clock.sleep(lock.expiry_s)
                except AwsError:
                    self._release(lock)
                    raise
                return self._drive(planned, journal, lock, observer, lambda runner: runner.run())

    def run_within(self, parent: StepContext, kind: Kind[P, F], params: P, facts: F, *, operation_id: str) -> Outcome:
        """Run an operation as a step of another one, under that one's lock and token, before the same observer."""
        begin = {"kind": kind.name, "params": msgspec.to_builtins(params), "facts": msgspec.to_builtins(facts)}
        planned = Planned(kind=kind, params=params, facts=facts, steps=kind.plan(params, facts))
        journal = self._begin(operation_id, parent.token, begin)
        return self._drive(planned, journal, None, parent.observer, lambda runner: runner.run())

    def resume_within(self, parent: StepContext, operation_id: str) -> Outcome:
        """Go on with an operation that is a step of another one. Raises BreiqError `unknown_operation`."""
        header = self.header(operation_id)
        if header.status in ENDED:
            return self._ended(header, None)
        journal = Journal.take(self._table, self._clock, header, token=parent.token, owner=self._owner)
        journal.append("resumed", owner=self._owner)
        return self._drive(self.read_plan(header), journal, None, parent.observer, lambda runner: runner.run())

    def outcome(self, operation_id: str) -> Outcome | None:
        """Return the outcome of an operation that has ended, as its journal has it; None when there is none."""
        header = read_header(self._table, operation_id)
        return self._ended(header, None) if header is not None and header.status in ENDED else None

    def resume(self, operation_id: str, *, observer: Observer | None = None) -> Outcome:
        """Go on where the operation stopped, forward or undoing. Raises BreiqError when that is refused."""
        if self.kind_of(operation_id).resumable:
            return self._continue(operation_id, observer, lambda runner: runner.run())
        void = "it was interrupted, and what it had measured is void"
        return self._continue(operation_id, observer, lambda runner: runner.abort(void))

    def abort(self, operation_id: str, *, observer: Observer | None = None) -> Outcome:
        """Undo what the operation did. One that is undone is undone again, unless another has run since: what a call
        that came late has set is set back.

        Raises BreiqError `past_no_return` when it only goes forward, `has_ended` when it is done (both refused).
        """
        with _refusing():
            header = read_header(self._table, operation_id)
            if header is not None and header.status not in ENDED:
                progress = replay(read_events(self._table, operation_id))
                refuse_past_no_return(operation_id, self.read_plan(header).steps, progress)
        outcome = self._continue(operation_id, observer, lambda runner: runner.abort("aborted by a human"))
        if outcome.status in ("done", "refused"):
            raise BreiqError(
                "has_ended",
                "refused",
                f"{operation_id} is {outcome.status}: there is nothing to abort",
                remedy="an operation of its own leads back: breiqctl release rollback, breiqctl failover",
            )
        if header is not None and header.status == "undone" and may_undo_again(self._table, operation_id):
            planned = self.read_plan(header)
            self._undo_again(planned.steps, self._context(planned, operation_id, observer, token=0))
        return outcome

    def unlock(self, operation_id: str, *, reason: str = "unlocked by a human") -> None:
        """Release the lock that the operation holds, and end its journal as `abandoned`: what it did stays as it is.

        Raises BreiqError when it holds no lock, or when its owner still beats.
        """
        held = read_lock(self._table)
        if held is None or not held.held or held.operation_id != operation_id:
            raise BreiqError("not_locked", "refused", f"{operation_id} does not hold the lock", remedy=ID_HINT)
        lock = self._lock()
        lock.take_over(operation_id)
        mark_all(self._table, Author(operation_id, lock.token))
        header = read_header(self._table, operation_id)
        if header is None or header.status not in ENDED:
            journal = take_journal(self._table, self._clock, held, token=lock.token, owner=self._owner)
            journal.append("ended", status="abandoned", reason=reason)
        lock.release()

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
        header = self.header(operation_id)
        progress, steps = replay(read_events(self._table, operation_id)), self.read_plan(header).steps
        if header.status in ENDED:
            return []
        if verb == "abort" or progress.turned is not None:
            return [step for step in reversed(steps) if progress.may_have_done(step.key) and step.undo is not None]
        return [step for step in steps if progress.states.get(step.key) != "verified"]

    def read_plan(self, header: Header) -> Planned:
        """Return an operation as it was planned when it began."""
        kind = self._registry.find(header.kind)
        params = msgspec.convert(header.plan["params"], kind.params)
        facts = msgspec.convert(header.plan["facts"], kind.facts)
        return Planned(kind=kind, params=params, facts=facts, steps=kind.plan(params, facts))

    def find(self, operation_id: str) -> Header | None:
        """Return an operation's header; None before its journal began. Raises BreiqError `table_unreachable`."""
        with _refusing():
            return read_header(self._table, operation_id)

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

    def _lock(self) -> Lock:
        return Lock(
            self._table,
            self._clock,
            self._owner,
            beat_s=self._beat_s,
            expiry_s=self._expiry_s,
            highest=lambda: highest_token(self._table),
        )

    def header(self, operation_id: str) -> Header:
        """Return an operation's header. Raises BreiqError `unknown_operation`."""
        header = read_header(self._table, operation_id)
        if header is None:
            raise unknown(operation_id)
        return header

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

    def _continue(self, operation_id: str, observer: Observer | None, drive: Callable[[Runner], Ending]) -> Outcome:
        lock = self._lock()
        with _refusing():
            header = read_header(self._table, operation_id)
            held = read_lock(self._table)
            if header is None and (held is None or not held.held or held.operation_id != operation_id):
                raise unknown(operation_id)
            if header is not None and header.status in LEFT:
                raise left(header, read_events(self._table, operation_id))
            if header is not None and header.status in ENDED:
                return self._ended(header, held)
            if header is not None:
                self.read_plan(header)
            is_step = held is not None and held.held and header is not None and header.token == held.token
            lock.take_over(operation_id, of=held.operation_id if held and is_step else None)
            with self.interrupts.held():
                mark_all(self._table, Author(operation_id, lock.token))
                if header is None:
                    assert held is not None
                    journal = take_journal(self._table, self._clock, held, token=lock.token, owner=self._owner)
                    header = self.header(operation_id)
                else:
                    journal = Journal.take(self._table, self._clock, header, token=lock.token, owner=self._owner)
                journal.append("resumed", owner=self._owner)
                return self._drive(self.read_plan(header), journal, lock, observer, drive)

    def _ended(self, header: Header, held: Held | None) -> Outcome:
        """Return an ended operation's outcome; a lock that its owner could not release any more is released."""
        if held is not None and held.held and held.operation_id == header.operation_id:
            lock = self._lock()
            lock.take_over(header.operation_id)
            lock.release()
        events = read_events(self._table, header.operation_id)
        Journal.reindex(self._table, header, events)
        last = events[-1].data
        reason = str(last.get("reason") or "")
        error = BreiqError("ended_before", "permanent", reason) if reason else None
        ending = Ending(header.status, error, interrupted=bool(last.get("interrupted")))
        return outcome_of(self.read_plan(header), header.operation_id, events, ending)

    def _drive(
        self,
        planned: Planned,
        journal: Journal,
        lock: Lock | None,
        observer: Observer | None,
        drive: Callable[[Runner], Ending],
    ) -> Outcome:
        """Run, end, keep and release. `lock` None: the operation that this one is a step of holds it."""

        of_parent = self._guard.checks

        def check() -> None:
            for ask in of_parent:
                ask()
            if lock is not None and not lock.confirm():
                raise Superseded(journal.operation_id)

        context = self._context(planned, journal.operation_id, observer, token=journal.token)
        with self.interrupts.held():
            if lock is not None:
                lock.start_beating()
            try:
                with self._guard.asking(check):
                    runner = Runner(planned.steps, context, journal, check=check, interrupts=self.interrupts)
                    ending = drive(runner)
            except KeyboardInterrupt:
                ending = Ending("stuck", BreiqError("interrupted", "stuck", "interrupted"), interrupted=True)
            except Superseded:
                if lock is not None:
                    lock.stop_beating()
                    self._mend(planned.steps, context)
                elif [event.kind for event in journal.events] == ["begun"]:  # too late: nobody knows of it
                    with contextlib.suppress(BreiqError):
                        journal.append("ended", status="superseded", reason="the operation that it was for had ended")
                raise
            except BreiqError as error:
                if error.code == "past_no_return":
                    raise
                ending = Ending("stuck", error)
            finally:
                if lock is not None:
                    lock.stop_beating()
            outcome = outcome_of(planned, journal.operation_id, journal.events, ending)
            if ending.status in ENDED:
                self._keep(outcome)
                if lock is not None:
                    self._release(lock)
        return outcome

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
        late = f"{calls} may have landed after another process took {operation_id} over"
        try:
            if may_undo_again(self._table, operation_id):
                self._undo_again(steps, context)
                self._note(operation_id, f"{late}: what was undone is undone again")
            else:
                self._note(operation_id, f"{late}: look at breiqctl status")
        except Exception as error:  # noqa: BLE001 - who was replaced does what it can, and says what is left to do
            self._note(operation_id, f"{late} ({error}): breiqctl operation abort {operation_id} undoes it again")

    def _undo_again(self, steps: Sequence[Step], context: StepContext) -> None:
        lock = self._lock()

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
            self._note(outcome.operation_id, f"the journal was not archived: {error}")

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


class _refusing:  # noqa: N801 - reads as a statement
    """Before anything is touched, an unreachable table is a refusal (exit 3)."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Transient):
            raise BreiqError(
                "table_unreachable",
                "refused",
                "the operations table cannot be asked in any region: nothing was touched",
                cause=f"{error.message}: {error.cause}" if error.cause else error.message,
                remedy="breiqctl doctor (it tells this machine's faults from AWS's, and names the next command); while "
                "the table is silent, deploy and release rollback alone take --without-journal",
                retryable=True,
            ) from error


def unknown(operation_id: str) -> BreiqError:
    """Return the refusal of an id that no operation has."""
    return BreiqError("unknown_operation", "refused", f"there is no operation {operation_id}", remedy=ID_HINT)


def left(header: Header, events: Sequence[JournalEvent]) -> BreiqError:
    """Return the refusal to resume or abort an operation that a human or an emergency has ended."""
    return BreiqError(
        "has_ended",
        "refused",
        f"{header.operation_id} has ended as {header.status}: it can be neither resumed nor aborted",
        cause=str(events[-1].data.get("reason") or "") or None,
        remedy=f"breiqctl operation show {header.operation_id} lists what it had done",
    )


def _never_raising(emit: Callable[[Event], None]) -> Callable[[Event], None]:
    """Return `emit` without its errors: showing never decides (docs/design.md#output-decides-nothing)."""

    def shown_or_not(event: Event) -> None:
        with contextlib.suppress(Exception):
            emit(event)

    return shown_or_not


def new_operation_id(clock: Clock) -> str:
    """Return a new id: `op-YYYYMMDD-xxxx`."""
    return f"op-{time.strftime('%Y%m%d', time.gmtime(clock.now()))}-{secrets.token_hex(2)}"
