"""The one front of every operation: dry run, prober, run, resume or abort, report, document, exit code.

A kind says what is its own (`operations.kind.Kind`): its plan, what watches it, its document and its report.
Everything else is done here, for the first run and for whoever goes on with it alike. Nothing that is written for
people decides how the operation ended: a report that cannot be written is mentioned in the document, and that is all.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from estate.errors import BreiqError, in_words
from operations.dryrun import describe_plan, first_refusal
from operations.engine import Engine, Verb
from operations.journal import ENDED
from operations.kind import Kind, OperationContext, Watching
from operations.observer import Observer
from operations.outcome import Outcome, result_document
from operations.prober import (
    Account,
    Prober,
    ProberConfig,
    ProberError,
    Sample,
    new_account,
    read_samples,
    start_prober,
)
from operations.report import read_report, write_report
from operations.step import Checked, Refusal

GOOD_REQUESTS: Final = 3
"""Good reads and writes that the prober must have seen before an operation that promises good traffic begins."""

GOOD_WITHIN_S: Final = 20.0
AFTER_S: Final = 0.5
"""How long the prober goes on after the last step."""

OBJECTIVE_MISSED: Final = 5


@dataclass(frozen=True, kw_only=True)
class Result:
    """How an operation ended: its outcome, the contract's document, and the exit code of the command that ran it."""

    outcome: Outcome
    document: dict[str, Any]
    exit_code: int


class Front:
    """Runs operations for people and scripts. `folder` makes an operation's folder of reports; it may fail.

    `start` starts a prober, and `rest` lets time pass. `show_traffic` is given what reads the prober's new samples.
    """

    def __init__(
        self,
        engine: Engine,
        operation_context: OperationContext,
        folder: Callable[[str], Path],
        *,
        start: Callable[[ProberConfig], Prober] = start_prober,
        rest: Callable[[float], None] = time.sleep,
        show_traffic: Callable[[Callable[[], Sequence[Sample]]], None] | None = None,
    ) -> None:
        self._engine, self._operation_context, self._folder = engine, operation_context, folder
        self._start, self._rest, self._show_traffic = start, rest, show_traffic

    def describe(
        self,
        kind: Kind[Any, Any],
        params: Any,
        facts: Any,
        *,
        supersede: str | None = None,
        bad_traffic_accepted: bool = False,
    ) -> dict[str, Any]:
        """Return what `--dry-run` shows: `breiq.steps/1`, with the answer of each gate now. Nothing is written."""
        gates = [self._lock_gate(kind, supersede), *self._engine.checked(kind, params, facts)]
        if kind.watching is not None and kind.watching.needs_good is not None and not bad_traffic_accepted:
            gates.append(Checked("good traffic", unasked="measured with real requests when the operation begins"))
        return describe_plan(kind.name, self._engine.plan(kind, params, facts), gates)

    def check(self, kind: Kind[Any, Any], params: Any, facts: Any, *, supersede: str | None = None) -> None:
        """Return when the operation would be accepted now, as far as can be asked before it begins.

        Raises BreiqError (refused): `locked`, or what the first gate that refuses says.
        """
        self._engine.check_unlocked(kind, supersede)
        refusal = first_refusal(self._engine.checked(kind, params, facts))
        if refusal is not None:
            raise refusal.error()

    def describe_rest(self, operation_id: str, verb: Verb) -> dict[str, Any]:
        """Return what resume or abort would do, and whether it would be accepted now.

        Raises BreiqError `unknown_operation`.
        """
        kind = self._engine.kind_of(operation_id)
        gates = [Checked(f"{verb} {operation_id}", _refusal(self._engine.why_not(operation_id, verb)))]
        return describe_plan(kind.name, self._engine.remaining(operation_id, verb), gates)

    def check_rest(self, operation_id: str, verb: Verb) -> None:
        """Return when resume, abort or unlock would be accepted now. Raises BreiqError (refused) when not."""
        error = self._engine.why_not(operation_id, verb)
        if error is not None:
            raise error

    def _lock_gate(self, kind: Kind[Any, Any], supersede: str | None) -> Checked:
        try:
            self._engine.check_unlocked(kind, supersede)
        except BreiqError as error:
            return Checked("lock", _refusal(error))
        return Checked("lock")

    def run(
        self,
        kind: Kind[Any, Any],
        params: Any,
        facts: Any,
        *,
        reason: str,
        operation_id: str,
        supersede: str | None = None,
        bad_traffic_accepted: bool = False,
    ) -> Result:
        """Run an operation from its beginning. Raises BreiqError when it could not begin: nothing was touched."""
        self._engine.check_unlocked(kind, supersede)

        def go(observer: Observer | None) -> Outcome:
            return self._engine.run(
                kind, params, facts, reason=reason, observer=observer, operation_id=operation_id, supersede=supersede
            )

        good = None if kind.watching is None or bad_traffic_accepted else kind.watching.needs_good
        return self._watched(kind, operation_id, go, needs_good=good)

    def resume(self, operation_id: str) -> Result:
        """Go on with an operation, forward or undoing, as its first run would. Raises BreiqError when refused."""
        return self._continued(operation_id, lambda observer: self._engine.resume(operation_id, observer=observer))

    def abort(self, operation_id: str) -> Result:
        """Undo an operation, watched as its first run was; exit code 0 when that is done. Raises BreiqError when
        refused.
        """
        result = self._continued(operation_id, lambda observer: self._engine.abort(operation_id, observer=observer))
        undone = result.outcome.status == "undone"
        return Result(outcome=result.outcome, document=result.document, exit_code=0 if undone else result.exit_code)

    def _continued(self, operation_id: str, go: Callable[[Observer | None], Outcome]) -> Result:
        kind = self._engine.kind_of(operation_id)
        header = self._engine.find(operation_id)
        if header is not None and header.status in ENDED:  # nothing is left to be watched
            return self._as_reported(kind, go(None))
        return self._watched(kind, operation_id, go, needs_good=None)

    def _as_reported(self, kind: Kind[Any, Any], outcome: Outcome) -> Result:
        """Return the result of an operation that had ended before. What its own run has counted is not counted anew."""
        result = self._result(kind, outcome, self._earlier(outcome.operation_id), report=False)
        with contextlib.suppress(BreiqError, OSError):
            folder = self._folder(outcome.operation_id)
            kept = read_report(folder)
            same = all(kept.get(key) == result.document.get(key) for key in ("schema", "operation_id", "verdict"))
            if kept and same:
                document = {**kept, "report": str(folder / "report.html"), "report_error": None}
                return Result(outcome=outcome, document=document, exit_code=result.exit_code)
        return self._result(kind, outcome, self._earlier(outcome.operation_id))

    def _watched(
        self,
        kind: Kind[Any, Any],
        operation_id: str,
        go: Callable[[Observer | None], Outcome],
        *,
        needs_good: str | None,
    ) -> Result:
        if kind.watching is None:
            return self._result(kind, go(None), [])
        earlier = self._earlier(operation_id)
        with self._prober(kind.watching, operation_id) as prober:
            if needs_good is not None:
                with self._engine.interrupts.interruptible():
                    self._wait_for_good(prober, needs_good)
            try:
                outcome = go(_Seen(earlier, prober))
            except BreiqError:  # refused: what was seen is none of that operation's
                self._forget(prober)
                raise
            self._rest(AFTER_S)
        return self._result(kind, outcome, _in_order(earlier, _seen(prober)))

    def _forget(self, prober: Prober) -> None:
        prober.stop()
        if prober.config.samples_file is not None:
            with contextlib.suppress(OSError):
                Path(prober.config.samples_file).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _prober(self, watching: Watching, operation_id: str) -> Iterator[Prober]:
        file = None
        with contextlib.suppress(BreiqError, OSError):
            file = str(self._folder(operation_id) / f"samples-{time.time():.0f}.jsonl")
        config = ProberConfig(
            site_url=self._operation_context.site_url,
            ca_file=self._operation_context.ca_file,
            samples_file=file,
            run_id=operation_id,
            account=new_account(operation_id),
            probe_paths=self._operation_context.probe_paths if watching.every_service else (),
            reads_per_s=watching.rate_per_s,
            writes_per_s=watching.rate_per_s,
        )
        with self._start(config) as prober:
            if self._show_traffic is not None:
                with contextlib.suppress(Exception):  # showing never decides
                    self._show_traffic(prober.follow())
            yield prober

    def _wait_for_good(self, prober: Prober, remedy: str) -> None:
        if prober.wait_for_good(reads=GOOD_REQUESTS, writes=GOOD_REQUESTS, timeout_s=GOOD_WITHIN_S):
            return
        failed = [one.error for one in _seen(prober) if one.error]
        raise BreiqError(
            "no_good_traffic",
            "refused",
            f"{self._operation_context.site_url} does not answer all reads and writes: nothing was changed",
            cause=failed[-1] if failed else "no answer yet",
            remedy=remedy,
        )

    def _earlier(self, operation_id: str) -> list[Sample]:
        """Return what probers of earlier runs of the operation saw, as far as the disk has kept it."""
        with contextlib.suppress(BreiqError, OSError):
            files = self._folder(operation_id).glob("samples-*.jsonl")
            return [one for path in files for one in read_samples(path)[0]]
        return []

    def _result(
        self, kind: Kind[Any, Any], outcome: Outcome, samples: Sequence[Sample], *, report: bool = True
    ) -> Result:
        """Return the result: its document with the report's path, null with `report_error` when it was not written."""
        make = kind.document or result_document
        document = make(outcome, samples, self._operation_context)
        code = outcome.exit_code
        if code == 0 and kind.missed(document):
            code = OBJECTIVE_MISSED
        document |= {"took_over": outcome.took_over, "report": None, "report_error": None}
        if kind.report is not None and report:
            try:
                folder = self._folder(outcome.operation_id)
                document["report"] = str(folder / "report.html")
                write_report(folder, kind.report(outcome, document, samples, self._operation_context))
            except Exception as error:  # noqa: BLE001 - a report that breaks must not hide how the operation ended
                document |= {"report": None, "report_error": in_words(error)}
        return Result(outcome=outcome, document=document, exit_code=code)


def _refusal(error: BreiqError | None) -> Refusal | None:
    """Return an error that comes before anything is touched as a gate's refusal."""
    if error is None:
        return None
    reason = f"{error.message}: {error.cause}" if error.cause else error.message
    return Refusal(error.code, reason, error.remedy or "")


@dataclass(frozen=True)
class _Seen:
    """What all probers of an operation saw: of its first run, and of this one."""

    earlier: Sequence[Sample]
    prober: Prober

    @property
    def account(self) -> Account:
        return self.prober.config.account

    def samples(self) -> Sequence[Sample]:
        return _in_order(self.earlier, self.prober.samples())


def _in_order(earlier: Sequence[Sample], later: Sequence[Sample]) -> list[Sample]:
    return sorted([*earlier, *later], key=lambda one: one.at) if earlier else list(later)


def _seen(prober: Prober) -> list[Sample]:
    """Return what a prober saw, also of one that has broken since."""
    with contextlib.suppress(ProberError):
        return prober.samples()
    return prober.seen
