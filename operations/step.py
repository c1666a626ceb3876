"""A step of an operation: a refusal, a `do` that may be repeated, a `verify`, and an `undo` or a point of no return."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from estate.errors import BreiqError
from operations.clock import Clock
from operations.failures.evidence import Evidence
from operations.http import Fetch, fetch
from operations.observer import Observer

if TYPE_CHECKING:
    from aws.session import Session

Output = dict[str, Any]
"""What a `do` hands on: small, JSON-able; it is journalled, so never a secret."""

POLL_S: Final = 0.2


@dataclass(frozen=True)
class Refusal:
    """Why a step must not be started. `remedy` says what to do; `waiver` is the flag that skips this gate."""

    code: str
    reason: str
    remedy: str = ""
    waiver: str | None = None

    def error(self) -> BreiqError:
        """Return it as the error of a command; the waiver is told as what else can be done."""
        waiver = f"; {self.waiver} skips this check" if self.waiver else ""
        remedy = (self.remedy + waiver).lstrip("; ") or None
        return BreiqError(self.code, "refused", self.reason, remedy=remedy)


@dataclass(frozen=True)
class Checked:
    """A gate and its answer now: why it refuses, None when it agrees. `unasked` is why it cannot be asked before the
    operation begins.
    """

    name: str
    refusal: Refusal | None = None
    unasked: str | None = None


@dataclass(frozen=True)
class PointOfNoReturn:
    """Stands for an undo that does not exist. Once such a step was started, the operation only goes forward."""

    why: str


class StepFailed(BreiqError):  # noqa: N818 - says what happened, like its neighbours
    """A step did not do what it should. `touched` is False when it is certain that nothing was changed by it."""

    def __init__(
        self, code: str, message: str, *, cause: str | None = None, remedy: str | None = None, touched: bool = True
    ) -> None:
        super().__init__(code, "permanent", message, cause=cause, remedy=remedy)
        self.touched = touched


@dataclass(frozen=True)
class Event:
    """One line of progress. `at` is Unix seconds; `kind` is a journal event's kind, `note`, `waiting` (`text` is what
    is still missing) or `tasks` (`text` is `healthy/wanted` in the region).
    """

    at: float
    operation_id: str
    kind: str
    step: str | None = None
    region: str | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class StepContext:
    """What a step may use. `outputs` holds what earlier steps handed on, by their key; `token` is the fencing token of
    the lock under which the operation acts: what it writes into shared items carries it.
    """

    operation_id: str
    clients: "Callable[[str], Session]"
    clock: Clock
    emit: Callable[[Event], None]
    params: Any = None
    outputs: dict[str, Output] = field(default_factory=dict)
    observer: Observer | None = None
    fetch: Fetch = fetch
    token: int = 0

    def note(self, text: str, *, step: str | None = None, region: str | None = None) -> None:
        """Emit a line of progress."""
        self.emit(Event(self.clock.now(), self.operation_id, "note", step, region, text))

    def tasks(self, region: str, healthy: int, wanted: int) -> None:
        """Tell how many tasks of a region are healthy, and how many there shall be."""
        self.emit(Event(self.clock.now(), self.operation_id, "tasks", None, region, f"{healthy}/{wanted}"))

    def wait_for(self, missing: Callable[[], str | None], *, deadline_s: float, what: str) -> None:
        """Return when `missing()` is None (it names what is still missing). Raises StepFailed after `deadline_s`."""
        wait_for(self.telling(missing), clock=self.clock, deadline_s=deadline_s, what=what)

    def telling(self, missing: Callable[[], str | None], step: "Step | None" = None) -> Callable[[], str | None]:
        """Return `missing`, which also tells what it misses whenever that has changed."""
        told: list[str | None] = [None]

        def tell() -> str | None:
            text = missing()
            if text is not None and text != told[0]:
                told[0] = text
                name, region = (step.name, step.region) if step is not None else (None, None)
                self.emit(Event(self.clock.now(), self.operation_id, "waiting", name, region, text))
            return text

        return tell


def wait_for(missing: Callable[[], str | None], *, clock: Clock, deadline_s: float, what: str) -> None:
    """Return when `missing()` is None (it names what is still missing). Raises StepFailed after `deadline_s`.

    It is asked at least once, and once more after the deadline's last pause.
    """
    end = clock.monotonic() + deadline_s
    while (text := missing()) is not None:
        if clock.monotonic() >= end:
            raise StepFailed("deadline", f"{what}: not within {deadline_s:g} s", cause=text)
        clock.sleep(POLL_S)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One row of an operation's table.

    `do` may be repeated, after a crash and by a resume. `verify` names what is still missing, None when all is true;
    it is polled for `deadline_s`, and may raise StepFailed at once. `undo` may be repeated too, and must work when `do`
    was cut short. `refuse` reads and never writes; all steps' refusals are asked before the first `do`. `checks` gives
    the answer of each gate behind it, for people: `refuse` is the first of them that refuses. `explain` finds out why
    the step failed: it is asked after the undo, and only reads.
    """

    name: str
    region: str | None = None
    summary: str
    calls: tuple[str, ...] = ()
    estimate_s: float = 0.0
    refuse: Callable[[StepContext], Refusal | None] | None = None
    checks: Callable[[StepContext], Sequence[Checked]] | None = None
    do: Callable[[StepContext], Output | None] | None = None
    verify: Callable[[StepContext], str | None] | None = None
    deadline_s: float = 60.0
    undo: Callable[[StepContext], None] | PointOfNoReturn | None = None
    explain: Callable[[StepContext, BreiqError], Evidence | None] | None = None

    @property
    def key(self) -> str:
        """The step's name within its operation: `us-west-2/scale`, or `promote` where there is no region."""
        return f"{self.region}/{self.name}" if self.region else self.name

    def checked(self, context: StepContext) -> Sequence[Checked]:
        """Return the answers of this step's gates now; nothing when it has none."""
        if self.checks is not None:
            return self.checks(context)
        name = f"{self.summary} in {self.region}" if self.region else self.summary
        return [Checked(name, self.refuse(context))] if self.refuse is not None else []
