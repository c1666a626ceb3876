"""`estate up` as an operation: an id, a journal, a lock, a report; a stack (or the two regions together) a step.

```
look ──▶ foundation ──▶ both regions ──▶ edge     each step is declarative: done again, it finds what is there
```
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from breiqctl import operating
from breiqctl.context import Context
from operations.kind import Kind, Place
from operations.lock import read_lock
from operations.outcome import result_document as outcome_document
from operations.step import Output, PointOfNoReturn, Refusal, Step, StepContext

if TYPE_CHECKING:
    from operations.engine import Engine as Operations
    from operations.engine import Outcome
    from operations.prober import Sample
    from operations.report import ReportData
    from operations.table import Table

STANDS: Final = PointOfNoReturn("what was made stands, and the state holds it: the next apply goes on from there")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is applied where. `waves` are stacks that go together; `targets` URNs, empty for all; the states are kept in
    `state_region`, empty for the environment's own; with `keep_drift` what was changed in AWS stays.
    """

    environment: str
    waves: tuple[tuple[str, ...], ...]
    endpoint_url: str
    state_dir: str
    image_digest: str
    targets: tuple[str, ...] = ()
    state_region: str = ""
    keep_drift: bool = False


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan said would be done, by stack, in words; and which states it was made against (`fingerprint`)."""

    changes: dict[str, str]
    fingerprint: str


class Engine(Protocol):
    """What applies stacks, and says whether their states changed since they were planned."""

    def apply(self, wanted: Wanted, wave: Sequence[str], on_event: Callable[[Any], None]) -> Mapping[str, Any]:
        """Apply the stacks of a wave together; return what was done, by stack."""
        ...

    def fingerprint(self, wanted: Wanted) -> str:
        """Return a digest of the states of all wanted stacks."""
        ...


class InProcess:
    """The engine in process (`breiqctl.stacks`)."""

    def apply(self, wanted: Wanted, wave: Sequence[str], on_event: Callable[[Any], None]) -> Mapping[str, Any]:
        """See Engine."""
        from breiqctl import stacks, state_store
        from estate.files import read_environment

        environment, folder = read_environment(wanted.environment), Path(wanted.state_dir)
        states = state_store.opened(environment, folder, wanted.endpoint_url, wanted.state_region)
        with state_store.kept(states, wave):
            return stacks.apply(
                environment,
                wave,
                endpoint_url=wanted.endpoint_url,
                state_dir=folder,
                values={"image_digest": wanted.image_digest},
                targets=wanted.targets,
                keep_drift=wanted.keep_drift,
                on_event=on_event,
            )

    def fingerprint(self, wanted: Wanted) -> str:
        """See Engine."""
        paths = [Path(wanted.state_dir) / f"{name}.json" for wave in wanted.waves for name in wave]
        digest = hashlib.sha256()
        for path in paths:
            digest.update(path.read_bytes() if path.exists() else b"absent")
        return digest.hexdigest()


def kind(engine: Engine) -> Kind[Wanted, Found]:
    """Return the kind of operation that applies stacks with an engine."""

    def plan(wanted: Wanted, found: Found) -> Sequence[Step]:
        return [_look(engine, wanted, found), *(_apply(engine, wanted, wave, found) for wave in wanted.waves)]

    return Kind(name="estate-up", params=Wanted, facts=Found, plan=plan, document=document, report=report)


def _look(engine: Engine, wanted: Wanted, found: Found) -> Step:
    def refuse(_context: StepContext) -> Refusal | None:
        if engine.fingerprint(wanted) == found.fingerprint:
            return None
        return Refusal(
            "states_changed",
            "somebody has applied or destroyed a stack since this was planned",
            "breiqctl estate plan, then up again",
        )

    return Step(
        name="look",
        summary="the states are those that the plan was made against",
        refuse=refuse,
        undo=lambda _context: None,
    )


def _apply(engine: Engine, wanted: Wanted, wave: tuple[str, ...], found: Found) -> Step:
    def do(context: StepContext) -> Output:
        def tell(event: Any) -> None:
            if event.action in ("failed", "warning"):
                context.note(str(event))

        results = engine.apply(wanted, wave, tell)
        return {name: result_document(result) for name, result in results.items()}

    return Step(
        name=f"apply-{'-and-'.join(wave)}",
        summary=f"apply {' and '.join(wave)}: {'; '.join(found.changes[name] for name in wave)}",
        do=do,
        undo=STANDS,
    )


def result_document(result: Any) -> dict[str, Any]:
    """Return what an apply of one stack did, in numbers of resources."""
    names = ("created", "updated", "replaced", "imported", "unchanged", "deleted", "duration_s")
    return {name: getattr(result, name) for name in names}


def end_interrupted(engine: "Operations", table: "Table") -> str | None:
    """Take the lock from an apply whose process is gone, and return its id: an apply goes on where another stopped.

    Raises BreiqError `operation_alive` (refused) while its process lives.
    """
    held = read_lock(table)
    if held is None or not held.held or not held.begin or json.loads(held.begin)["kind"] != ESTATE_UP.name:
        return None
    engine.unlock(held.operation_id, reason="a later apply goes on from there")
    return held.operation_id


def run(context: Context, wanted: Wanted, found: Found) -> "tuple[Outcome, dict[str, Any]]":
    """Apply with lock and journal; return the outcome and `breiq.estate-up/1`.

    Before the first apply there is no operations table: then without both, and stderr says so.
    """
    from operations.table import MemoryTable

    clients = operating.clients_of(context)
    table = operating.table_of(context, clients)
    if not operating.stands(table):
        context.say("there is no operations table yet: no lock and no journal this time")
        table = MemoryTable()
    engine = operating.engine_of(context, clients, table)
    if interrupted := end_interrupted(engine, table):
        context.say(f"{interrupted} was interrupted: this apply goes on from there")
    operation_id = operating.new_id()
    reason = f"apply {', '.join(name for wave in wanted.waves for name in wave)}"
    context.say(f"{operation_id}: {reason}")
    front = operating.front_of(context, engine)
    with context.interrupts.held():
        result = front.run(ESTATE_UP, wanted, found, reason=reason, operation_id=operation_id)
    return result.outcome, result.document


def document(outcome: "Outcome", samples: "Sequence[Sample]", place: Place) -> dict[str, Any]:
    """Return `breiq.estate-up/1`."""
    return {
        **outcome_document(outcome, samples, place),
        "schema": "breiq.estate-up/1",
        "stacks": _stacks(outcome),
        "duration_s": round(outcome.events[-1].at - outcome.events[0].at, 2),
    }


def _stacks(outcome: "Outcome") -> dict[str, Any]:
    return {name: result for output in outcome.outputs.values() for name, result in (output or {}).items()}


def report(outcome: "Outcome", document: dict[str, Any], _samples: "Sequence[Sample]", place: Place) -> "ReportData":
    """Return the report of an apply."""
    from operations.report import Chapter, Figure, ReportData
    from operations.report.rows import step_rows

    begun = outcome.events[0].at
    sums = {
        word: sum(stack[word] for stack in document["stacks"].values())
        for word in ("created", "updated", "replaced", "deleted", "unchanged")
    }
    return ReportData(
        operation_id=outcome.operation_id,
        kind=outcome.kind,
        title=f"The estate of {place.environment}",
        verdict=document["verdict"],
        tone="good" if document["verdict"] == "done" else "warn",
        reason=document["reason"],
        environment=place.environment,
        owner=place.owner,
        started_at=begun,
        ended_at=outcome.events[-1].at,
        grade=place.grade,
        document=document,
        figures=[Figure(name=word.capitalize(), value=str(number)) for word, number in sums.items()],
        chapters=[Chapter(heading="What happened", origin_at=begun, steps=step_rows(outcome.steps, outcome.events))],
        method=["Counts are resources in AWS, as the engine's state holds them after the run."],
    )


ESTATE_UP: Final = kind(InProcess())
