"""`estate up` and `estate destroy` as operations, with either engine: an id, a journal, a lock, a report.

```
up       look ──▶ foundation ──▶ both regions ──▶ edge     each step is declarative: done again, it finds what is there
destroy  look ──▶ edge ──▶ region ──▶ region ──▶ foundation     done again, it deletes what is still there
```
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from breiqctl import operating
from breiqctl.context import Context
from breiqctl.estate.engines import ByPulumi, Engine, InProcess
from breiqctl.estate.params import IN_PROCESS, PULUMI, ApplyFacts, ApplyParams, DestroyFacts, DestroyParams, Work
from operations.clock import SystemClock
from operations.kind import Kind, OperationContext
from operations.lock import Lock, read_lock
from operations.outcome import result_document as outcome_document
from operations.owner import this_process
from operations.step import Output, PointOfNoReturn, Refusal, Step, StepContext

if TYPE_CHECKING:
    from typing import TypeGuard

    from operations.engine import Engine as Operations
    from operations.front import Result
    from operations.lock import Held
    from operations.outcome import Outcome
    from operations.prober import Sample
    from operations.report import ReportData
    from operations.table import Table

STANDS: Final = PointOfNoReturn("what was created stays and is in the state: the next apply continues from there")
GONE: Final = PointOfNoReturn("what was deleted stays deleted: a resume deletes the rest, an apply creates it again")

UP: Final = "estate-up"
DESTROY: Final = "estate-destroy"
OURS: Final = frozenset({UP, DESTROY})

Engines = Mapping[str, Engine]
"""The engines by name."""


def up_kind(engines: Engines) -> Kind[ApplyParams, ApplyFacts]:
    """Return the kind of operation that applies stacks."""

    def plan(params: ApplyParams, facts: ApplyFacts) -> Sequence[Step]:
        engine = engines[params.engine]
        return [
            _look(engine, params, facts.fingerprint, "breiqctl estate plan, then up again"),
            *(_apply(engine, params, wave, facts) for wave in params.waves),
        ]

    return Kind(name=UP, params=ApplyParams, facts=ApplyFacts, plan=plan, document=document, report=report)


def destroy_kind(engines: Engines) -> Kind[DestroyParams, DestroyFacts]:
    """Return the kind of operation that destroys stacks."""

    def plan(params: DestroyParams, facts: DestroyFacts) -> Sequence[Step]:
        engine = engines[params.engine]
        return [
            _look(engine, params, facts.fingerprint, "breiqctl estate destroy --dry-run, then destroy again"),
            _nothing_protected(engine, params),
            *(_destroy(engine, params, name, facts) for name in params.stacks),
        ]

    return Kind(name=DESTROY, params=DestroyParams, facts=DestroyFacts, plan=plan, document=document, report=report)


def _look(engine: Engine, work: Work, fingerprint: str, remedy: str) -> Step:
    def refuse(_context: StepContext) -> Refusal | None:
        if engine.fingerprint(work) == fingerprint:
            return None
        return Refusal("states_changed", "a stack was applied or destroyed after this plan was made", remedy)

    return Step(
        name="look",
        summary="check that the states have not changed since the plan",
        refuse=refuse,
        undo=lambda _context: None,
    )


def _apply(engine: Engine, params: ApplyParams, wave: tuple[str, ...], facts: ApplyFacts) -> Step:
    def do(context: StepContext) -> Output:
        results = engine.apply(params, wave, _telling(context))
        return {name: result_document(result) for name, result in results.items()}

    return Step(
        name=f"apply-{'-and-'.join(wave)}",
        summary=f"apply {' and '.join(wave)}: {'; '.join(facts.changes[name] for name in wave)}",
        do=do,
        undo=STANDS,
    )


def _nothing_protected(engine: Engine, params: DestroyParams) -> Step:
    def refuse(_context: StepContext) -> Refusal | None:
        protected = [] if params.even_protected else engine.protected(params)
        if not protected:
            return None
        return Refusal(
            "protected",
            f"{len(protected)} resources are protected by the program or by AWS; nothing was deleted: "
            f"{', '.join(protected)}",
            waiver="--even-protected",
        )

    return Step(
        name="look-for-protected",
        summary="check that no resource is protected, or that deleting protected resources is allowed",
        refuse=refuse,
        undo=lambda _context: None,
    )


def _destroy(engine: Engine, params: DestroyParams, name: str, facts: DestroyFacts) -> Step:
    def do(context: StepContext) -> Output:
        return {name: result_document(engine.destroy(params, name, _telling(context)))}

    return Step(
        name=f"destroy-{name}",
        summary=f"delete the {facts.resources.get(name, 0)} resources of {name}",
        do=do,
        undo=GONE,
    )


def _telling(context: StepContext) -> Callable[[Any], None]:
    def tell(event: Any) -> None:
        if event.action in ("failed", "warning"):
            context.note(str(event))

    return tell


def result_document(result: Any) -> dict[str, Any]:
    """Return what was done with one stack, in numbers of resources."""
    names = ("created", "updated", "replaced", "imported", "unchanged", "deleted", "duration_s")
    return {name: getattr(result, name) for name in names}


def engines(context: Context | None = None) -> Engines:
    """Return the engines, for a command: where its progress goes, what interrupts it, and what its lock allows."""
    return {IN_PROCESS: InProcess(context), PULUMI: ByPulumi(context)}


def kinds(context: Context | None = None) -> tuple[Kind[Any, Any], ...]:
    """Return both kinds, as a command runs them."""
    chosen = engines(context)
    return up_kind(chosen), destroy_kind(chosen)


def end_interrupted(engine: "Operations", table: "Table") -> str | None:
    """Take the lock from an apply or a destruction whose process is gone, and return its id: one goes on from there.

    Raises BreiqError `operation_alive` (refused) while its process lives.
    """
    held = read_lock(table)
    if not _is_ours(held):
        return None
    engine.unlock(held.operation_id, reason="a later operation continues from there")
    return held.operation_id


def _is_ours(held: "Held | None") -> "TypeGuard[Held]":
    """Whether an apply or a destruction holds the lock."""
    return held is not None and held.held and bool(held.begin) and json.loads(held.begin)["kind"] in OURS


def refuse_when_locked(context: Context) -> None:
    """Raise BreiqError `locked` or `operation_alive` (refused) while another operation holds the lock.

    Asked before a plan is made: who has to wait hears so at once. It is asked again when the lock is taken.
    """
    clients = operating.clients_of(context)
    table = operating.table_of(context, clients)
    if operating.stands(table):
        engine = operating.engine_of(context, clients, table)
        check_free(engine, table, Lock(table, SystemClock(), this_process().text), up_kind(engines(context)))


def check_free(engine: "Operations", table: "Table", lock: Lock, kind: Kind[Any, Any]) -> None:
    """Raise BreiqError `locked` or `operation_alive` (refused) unless `kind` could begin now.

    It could where nobody holds the lock, or an apply or a destruction whose process is gone.
    """
    held = read_lock(table)
    if _is_ours(held):
        lock.wait_until_gone(held)
    else:
        engine.check_unlocked(kind)


def run(context: Context, params: ApplyParams, changes: Mapping[str, str]) -> "Result":
    """Apply with lock and journal; its document is `breiq.estate-up/1`. `changes` are what is planned, in words."""
    chosen = engines(context)
    facts = ApplyFacts(changes=dict(changes), fingerprint=chosen[params.engine].fingerprint(params))
    return _run(context, up_kind(chosen), params, facts, f"apply {', '.join(params.stacks)}")


def refuse_protected(context: Context, params: DestroyParams) -> None:
    """Raise BreiqError `protected` (refused) for what a destruction would delete, and may not."""
    import stackops

    protected = engines(context)[params.engine].protected(params)
    stackops.refuse_protected(protected, even_protected=params.even_protected)


def run_destroy(context: Context, params: DestroyParams) -> "Callable[[], Result]":
    """Return what destroys with lock and journal, once it was agreed to; its document is `breiq.estate-destroy/1`.

    Raises BreiqError `protected` (refused) before anybody is asked for a yes.
    """
    chosen = engines(context)
    engine = chosen[params.engine]
    refuse_protected(context, params)
    facts = DestroyFacts(resources=dict(engine.resource_counts(params)), fingerprint=engine.fingerprint(params))
    context.confirm(f"delete all {sum(facts.resources.values())} resources of {', '.join(params.stacks)}")
    reason = f"destroy {', '.join(params.stacks)}"
    return lambda: _run(context, destroy_kind(chosen), params, facts, reason)


def _run(context: Context, kind: Kind[Any, Any], params: Any, facts: Any, reason: str) -> "Result":
    """Run an operation that may make, or delete, the very table that its lock and journal are in."""
    from breiqctl.estate.table import EstateTable

    clients = operating.clients_of(context)
    real = operating.table_of(context, clients)
    if not operating.stands(real):
        context.say("there is no operations table yet: lock and journal are written to it as soon as it exists")
    table = EstateTable(real)
    engine = operating.engine_of(context, clients, table)
    if interrupted := end_interrupted(engine, table):
        context.say(f"{interrupted} was interrupted: this run continues from there")
    operation_id = operating.new_id()
    context.say(f"{operation_id}: {reason}")
    return operating.front_of(context, engine).run(kind, params, facts, reason=reason, operation_id=operation_id)


def document(outcome: "Outcome", samples: "Sequence[Sample]", operation_context: OperationContext) -> dict[str, Any]:
    """Return `breiq.estate-up/1` or `breiq.estate-destroy/1`."""
    return {
        **outcome_document(outcome, samples, operation_context),
        "schema": f"breiq.{outcome.kind}/1",
        "engine": outcome.params.engine,
        "stacks": _stacks(outcome),
        "duration_s": round(outcome.events[-1].at - outcome.events[0].at, 2),
    }


def _stacks(outcome: "Outcome") -> dict[str, Any]:
    return {name: result for output in outcome.outputs.values() for name, result in (output or {}).items()}


def report(
    outcome: "Outcome", document: dict[str, Any], _samples: "Sequence[Sample]", operation_context: OperationContext
) -> "ReportData":
    """Return the report of an apply or a destruction."""
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
        title=f"The estate of {operation_context.environment}",
        verdict=document["verdict"],
        tone="good" if document["verdict"] == "done" else "warn",
        reason=document["reason"],
        environment=operation_context.environment,
        owner=operation_context.owner,
        started_at=begun,
        ended_at=outcome.events[-1].at,
        grade=operation_context.grade,
        document=document,
        figures=[Figure(name=word.capitalize(), value=str(number)) for word, number in sums.items()],
        chapters=[Chapter(heading="What happened", origin_at=begun, steps=step_rows(outcome.steps, outcome.events))],
        method=[
            "Counts are resources in AWS, as the engine's state holds them after the run."
            if outcome.params.engine == IN_PROCESS
            else "Counts are the Pulumi CLI's: resources in AWS, components and providers."
        ],
    )
