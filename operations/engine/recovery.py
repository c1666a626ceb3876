"""Goes on with operations that stopped half-way: resume, abort, unlock."""

from collections.abc import Callable
from typing import Final, Literal

from estate.errors import BreiqError
from operations.engine.driver import Driver
from operations.engine.refusals import left, not_locked, nothing_to_abort, refusing, unknown
from operations.fencing import mark_all
from operations.journal import ENDED, LEFT, Header, Journal, read_events, read_header, replay
from operations.lock import Held, locked, read_lock
from operations.observer import Observer
from operations.outcome import Outcome, outcome_of
from operations.precedence import take_journal
from operations.runner import Ending, Runner, refuse_past_no_return
from operations.step import StepContext
from operations.undo_again import may_undo_again
from operations.writer_lease import Author

Verb = Literal["resume", "abort", "unlock"]
"""What can be done with an operation that stopped half-way."""

NOT_ABORTED: Final = ("done", "refused")
"""How an operation has ended that leaves nothing to abort."""


class Recovery(Driver):
    """Resume, abort and unlock."""

    def holder(self) -> tuple[Held, bool] | None:
        """Return the held lock, and whether its owner lives; None when nobody holds it.

        It lives as soon as its beat changes, or is gone at once when it was a process of this machine. Takes as long as
        the lock's expiry where its owner shows no sign of life.
        """
        held = read_lock(self._table)
        return None if held is None or not held.held else (held, not self.new_lock().is_gone(held))

    def why_not(self, operation_id: str, verb: Verb) -> BreiqError | None:
        """Return why a verb would be refused now; None when it would be accepted. Nothing is written.

        Takes as long as a lock's expiry where its owner shows no sign of life.
        """
        try:
            with refusing():
                header, held = read_header(self._table, operation_id), read_lock(self._table)
                held = held if held is not None and held.held else None
                owns = held is not None and held.operation_id == operation_id
                if verb == "unlock":
                    if not owns:
                        raise not_locked(operation_id)
                elif header is None:
                    if not owns:
                        raise unknown(operation_id)
                elif header.status in LEFT:
                    raise left(header, read_events(self._table, operation_id))
                elif header.status in ENDED:
                    return nothing_to_abort(header) if verb == "abort" and header.status in NOT_ABORTED else None
                elif verb == "abort":
                    progress = replay(read_events(self._table, operation_id))
                    refuse_past_no_return(operation_id, self.read_plan(header).steps, progress)
                if held is not None:
                    if not owns and (header is None or header.token != held.token):
                        raise locked(held)
                    self.new_lock().wait_until_gone(held)
        except BreiqError as error:
            return error
        return None

    def resume(self, operation_id: str, *, observer: Observer | None = None) -> Outcome:
        """Go on where the operation stopped, forward or undoing. Raises BreiqError when that is refused."""
        if self.kind_of(operation_id).resumable:
            return self._continue(operation_id, observer, lambda runner: runner.run())
        void = "it was interrupted, so its measurements are not valid"
        return self._continue(operation_id, observer, lambda runner: runner.abort(void))

    def abort(self, operation_id: str, *, observer: Observer | None = None) -> Outcome:
        """Undo what the operation did. One that is undone is undone again, unless another has run since: what a call
        that came late has set is set back.

        Raises BreiqError `past_no_return` when it only goes forward, `has_ended` when it is done (both refused).
        """
        with refusing():
            header = read_header(self._table, operation_id)
            if header is not None and header.status not in ENDED:
                progress = replay(read_events(self._table, operation_id))
                refuse_past_no_return(operation_id, self.read_plan(header).steps, progress)
        outcome = self._continue(operation_id, observer, lambda runner: runner.abort("aborted by an operator"))
        if outcome.status in NOT_ABORTED:
            raise nothing_to_abort(self.header(operation_id))
        if header is not None and header.status == "undone" and may_undo_again(self._table, operation_id):
            planned = self.read_plan(header)
            self._undo_again(planned.steps, self._context(planned, operation_id, observer, token=0))
        return outcome

    def unlock(self, operation_id: str, *, reason: str = "unlocked by an operator") -> None:
        """Release the lock that the operation holds, and end its journal as `abandoned`: what it did stays as it is.

        Raises BreiqError when it holds no lock, or when its owner still beats.
        """
        held = read_lock(self._table)
        if held is None or not held.held or held.operation_id != operation_id:
            raise not_locked(operation_id)
        lock = self.new_lock()
        lock.take_over(operation_id)
        mark_all(self._table, Author(operation_id, lock.token))
        header = read_header(self._table, operation_id)
        if header is None or header.status not in ENDED:
            journal = take_journal(self._table, self._clock, held, token=lock.token, owner=self._owner)
            journal.append("ended", status="abandoned", reason=reason)
        lock.release()

    def outcome(self, operation_id: str) -> Outcome | None:
        """Return the outcome of an operation that has ended, as its journal has it; None when there is none."""
        header = read_header(self._table, operation_id)
        return self._ended(header, None) if header is not None and header.status in ENDED else None

    def resume_within(self, parent: StepContext, operation_id: str) -> Outcome:
        """Go on with an operation that is a step of another one. Raises BreiqError `unknown_operation`."""
        header = self.header(operation_id)
        if header.status in ENDED:
            return self._ended(header, None)
        journal = Journal.take(self._table, self._clock, header, token=parent.token, owner=self._owner)
        journal.append("resumed", owner=self._owner)
        return self._drive(self.read_plan(header), journal, None, parent.observer, lambda runner: runner.run())

    def _continue(self, operation_id: str, observer: Observer | None, drive: Callable[[Runner], Ending]) -> Outcome:
        lock = self.new_lock()
        with refusing():
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
            lock = self.new_lock()
            lock.take_over(header.operation_id)
            lock.release()
        events = read_events(self._table, header.operation_id)
        Journal.reindex(self._table, header, events)
        last = events[-1].data
        reason = str(last.get("reason") or "")
        error = BreiqError("ended_before", "permanent", reason) if reason else None
        ending = Ending(header.status, error, interrupted=bool(last.get("interrupted")))
        return outcome_of(self.read_plan(header), header.operation_id, events, ending)
