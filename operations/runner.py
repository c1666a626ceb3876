"""Runs a table of steps forward, and in reverse when one fails; journals before and after all that happens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aws.errors import Transient
from estate.errors import BreiqError
from operations.failures.evidence import Evidence, as_data
from operations.interrupts import PRESSES_TO_STOP_UNDOING, Interrupts
from operations.journal import EventKind, Journal, Progress, Superseded, replay
from operations.step import Event, PointOfNoReturn, Step, StepContext, StepFailed, wait_for

TRIES: Final = 3
"""How often a `do` is tried when AWS does not answer or throttles; it may be repeated by contract."""

UNDO_TRIES: Final = 20
PAUSE_S: Final = 1.0


@dataclass(frozen=True)
class Ending:
    """How a run ended: `done`, `undone`, `refused` or `stuck`; what went wrong first, and what while undoing it."""

    status: str
    error: BreiqError | None = None
    undo_error: BreiqError | None = None
    interrupted: bool = False


class Runner:
    """Drives one operation's steps from where its journal stands. `check` raises Superseded when the lock was lost."""

    def __init__(
        self,
        steps: Sequence[Step],
        context: StepContext,
        journal: Journal,
        *,
        check: Callable[[], None],
        interrupts: Interrupts,
    ) -> None:
        keys = [step.key for step in steps]
        assert len(set(keys)) == len(keys), f"two steps have one key: {keys}"
        self._steps, self._context, self._journal, self._check = steps, context, journal, check
        self._interrupts = interrupts
        context.outputs.update(self._progress.outputs)

    def run(self) -> Ending:
        """Go forward to the end; undo in reverse on failure or Ctrl-C. Goes on undoing when the journal says so."""
        progress = self._progress
        if progress.rollback_started is not None:
            return self._undo(BreiqError("undone_before", "permanent", progress.rollback_started), progress.interrupted)
        try:
            if not progress.states:
                with self._interrupts.interruptible():
                    refused = self._refused()
                if refused is not None:
                    return self._end(Ending("refused", refused))
            for step in self._steps:
                self._forward(step)
        except Superseded:
            raise
        except KeyboardInterrupt:
            return self._turn(BreiqError("interrupted", "transient", "interrupted"), interrupted=True)
        except BreiqError as error:
            return self._turn(error)
        except Exception as error:  # noqa: BLE001 - whatever breaks in a step, what was done must be undone
            return self._turn(_wrapped(error))
        return self._end(Ending("done"))

    def abort(self, reason: str) -> Ending:
        """Undo what was done. Raises BreiqError `past_no_return`, and changes nothing, when it is too late for that."""
        refuse_past_no_return(self._journal.operation_id, self._steps, self._progress)
        if self._progress.rollback_started is None:
            self._write("turned", None, reason=reason, interrupted=False)
        return self._undo(BreiqError("aborted", "permanent", reason), interrupted=False)

    @property
    def _progress(self) -> Progress:
        return replay(self._journal.events)

    def _write(self, kind: EventKind, step: Step | None = None, **data: Any) -> None:
        self._check()
        event = self._journal.append(kind, step.key if step else None, **data)
        text = str(data.get("reason") or data.get("error") or (step.summary if step else ""))
        self._context.emit(
            Event(
                event.at,
                self._journal.operation_id,
                kind,
                step.name if step else None,
                step.region if step else None,
                text,
            )
        )

    def _refused(self) -> BreiqError | None:
        for step in self._steps:
            refusal = step.refuse(self._context) if step.refuse else None
            if refusal is not None:
                return refusal.error()
        return None

    def _forward(self, step: Step) -> None:
        if self._progress.states.get(step.key) == "verified":
            return
        self._write("started", step)
        try:
            with self._interrupts.interruptible():
                output = self._repeat(lambda: step.do(self._context) if step.do else None, TRIES)
            self._context.outputs[step.key] = output or {}
            self._write("done", step, output=output or {})
            with self._interrupts.interruptible():
                self._verify(step)
        except Superseded:
            raise
        except Exception as error:
            touched = not (isinstance(error, StepFailed) and not error.touched)
            self._write("failed", step, touched=touched, error=_said(error))
            raise
        self._write("verified", step)

    def _verify(self, step: Step) -> None:
        verify = step.verify
        if verify is None:
            return

        def missing() -> str | None:
            self._check()
            try:
                return verify(self._context)
            except Transient as error:
                return _said(error)

        told = self._context.telling(missing, step)
        wait_for(told, clock=self._context.clock, deadline_s=step.deadline_s, what=step.summary)

    def _repeat(self, action: Callable[[], Any], tries: int) -> Any:
        for left in range(tries - 1, -1, -1):
            try:
                return action()
            except Transient:
                if not left:
                    raise
                self._check()
                self._context.clock.sleep(PAUSE_S)
        raise AssertionError("unreachable: the last try returns or raises")

    def _turn(self, error: BreiqError, *, interrupted: bool = False) -> Ending:
        if passed_no_return(self._steps, self._progress) is not None:
            return self._stuck(Ending("stuck", error, interrupted=interrupted))
        self._write("turned", None, reason=_said(error), interrupted=interrupted)
        return self._undo(error, interrupted)

    def _undo(self, error: BreiqError, interrupted: bool) -> Ending:
        self._interrupts.forget()
        for step in reversed(self._steps):
            if not self._progress.may_have_done(step.key) or not callable(step.undo):
                continue
            undo = step.undo
            self._write("undo_started", step)
            try:
                with self._interrupts.interruptible(presses=PRESSES_TO_STOP_UNDOING):
                    self._repeat(lambda undo=undo: undo(self._context), UNDO_TRIES)  # type: ignore[misc]
            except Superseded:
                raise
            except KeyboardInterrupt:
                again = BreiqError("interrupted", "stuck", "interrupted while undoing")
                return self._stuck(Ending("stuck", error, again, interrupted=True))
            except Exception as undo_error:  # noqa: BLE001 - both errors are reported
                self._write("undo_failed", step, error=_said(undo_error))
                return self._stuck(Ending("stuck", error, _wrapped(undo_error), interrupted))
            self._write("undone", step)
        return self._end(Ending("undone", error, interrupted=interrupted))

    def _stuck(self, ending: Ending) -> Ending:
        found = self._found_out(ending)
        self._write("stuck", None, reason=_said(ending.undo_error or ending.error), **found)
        return ending

    def _end(self, ending: Ending) -> Ending:
        found = self._found_out(ending)
        self._write(
            "ended",
            None,
            status=ending.status,
            reason=_said(ending.error) if ending.error else "",
            interrupted=ending.interrupted,
            **found,
        )
        return ending

    def _found_out(self, ending: Ending) -> dict[str, Any]:
        """Return why a step failed, as the journal keeps it; the error tells it from here on too.

        It is asked when all is undone: users come first, and tasks and their logs can wait.
        """
        if ending.error is None or ending.interrupted or ending.status == "refused":
            return {}
        evidence = self._explained(ending.error)
        return {} if evidence is None else {"evidence": as_data(evidence)}

    def _explained(self, error: BreiqError) -> Evidence | None:
        """Return what the step that failed finds out about it. What cannot be read is mentioned, and fails nothing."""
        failed = next((event.step for event in reversed(self._journal.events) if event.kind == "failed"), None)
        step = next((one for one in self._steps if one.key == failed), None)
        if step is None or step.explain is None:
            return None
        try:
            with self._interrupts.interruptible():
                evidence = step.explain(self._context, error)
        except KeyboardInterrupt:
            return None
        except Superseded:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever breaks in a look for the cause, the failure is told
            evidence = Evidence(note=f"the cause could not be read: {type(problem).__name__}: {problem}")
        if evidence is not None:
            _tell(error, evidence)
        return evidence


def passed_no_return(steps: Sequence[Step], progress: Progress) -> tuple[Step, str] | None:
    """Return the step after which there is no way back, and why, if it may have happened."""
    for step in steps:
        if isinstance(step.undo, PointOfNoReturn) and progress.may_have_done(step.key):
            return step, step.undo.why
    return None


def refuse_past_no_return(operation_id: str, steps: Sequence[Step], progress: Progress) -> None:
    """Return when an operation can still be undone; raise BreiqError `past_no_return` (refused) otherwise."""
    passed = passed_no_return(steps, progress)
    if passed is not None:
        raise BreiqError(
            "past_no_return",
            "refused",
            f"{operation_id} is past its point of no return: {passed[0].key}",
            cause=passed[1],
            remedy=f"breiqctl operation resume {operation_id}",
        )


def _wrapped(error: Exception) -> BreiqError:
    """Return any error as one for people; the original stays its cause."""
    if isinstance(error, BreiqError):
        return error
    wrapped = BreiqError(
        "step_broke", "permanent", "internal error in a step", cause=f"{type(error).__name__}: {error}"
    )
    wrapped.__cause__ = error
    return wrapped


def _tell(error: BreiqError, evidence: Evidence) -> None:
    """Have the error's cause and remedy say what was found out."""
    if evidence.summary and evidence.summary not in (error.cause or ""):
        error.cause = f"{error.cause}; {evidence.summary}" if error.cause else evidence.summary
    error.remedy = error.remedy or evidence.remedy or None


def _said(error: Exception | None) -> str:
    if isinstance(error, BreiqError):
        return f"{error.message}: {error.cause}" if error.cause else error.message
    return f"{type(error).__name__}: {error}" if error else ""
