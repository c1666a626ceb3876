"""Drill: the primary's region is lost, and the service fails over. One run of it, as an operation.

    steady state → fault → detect → fail over → recover → ledger → lift → old region → steady state again
                     ↑ undo: lifted    ↑ undo: brought to its end, where it had begun

Everything is seen from outside, by a prober that goes through the public address like a user. Whatever happens, the
fault is lifted: by the undo, by its deadline, and at once when the process that owns it dies. A drill that was
interrupted is void: `resume` ends it as `abort` does.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from dr.drills.experiment import DrillEnvironment
from dr.drills.findings import Findings, findings_of
from dr.drills.old_region import Answer
from dr.drills.summary import drill_document, drill_report, missed
from dr.drills.watch import silence_s, unrecovered, unsteady
from dr.facts import FailoverParams, read_facts
from dr.failover import FAILOVER
from dr.gates import first_refusal
from dr.lease import read_lease
from dr.ledger import balance, entries
from estate import objectives
from estate.errors import BreiqError
from operations.kind import Kind, OperationContext, Watching
from operations.observer import Observer
from operations.outcome import Outcome
from operations.prober import Sample
from operations.report import ReportData
from operations.step import Output, Step, StepContext, StepFailed
from operations.table import RegionalTable

NAME: Final = "region-loss"
RATE: Final = 20.0
BEFORE_S: Final = 10.0
AFTER_S: Final = 10.0
DETECT_S: Final = 2.0
FAULT_DEADLINE_S: Final = 600.0
STEADY_DEADLINE_S: Final = 60.0
DETECT_DEADLINE_S: Final = 60.0
RECOVERY_DEADLINE_S: Final = 120.0
RETURN_DEADLINE_S: Final = 90.0


class DrillParams(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked: which drill, and which run of it this is."""

    name: str
    number: int = 1


class DrillFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Which region is lost and which recovers; the id that the failover will have."""

    from_region: str
    to_region: str
    failover_id: str


def read_drill_facts(
    drill: DrillEnvironment, ctx: StepContext, to_region: str | None, *, failover_id: str
) -> DrillFacts:
    """Return who is primary. Raises BreiqError (refused) when a failover would be refused: nothing was touched."""
    holder = read_lease(RegionalTable([drill.table(region) for region in drill.environment.regions])).holder
    to_region = to_region or drill.environment.other_region(holder)
    table = drill.table(to_region)
    facts = read_facts(drill.environment, drill.clients(to_region), table)
    refusal = first_refusal(_failover_params(to_region), facts, ctx, table)
    if refusal is not None:
        raise BreiqError(
            refusal.code,
            "refused",
            f"the drill did not start, because a failover to {to_region} would be refused: {refusal.reason}",
            remedy="breiqctl local reset",
        )
    return DrillFacts(from_region=facts.from_region, to_region=to_region, failover_id=failover_id)


def _failover_params(to_region: str) -> FailoverParams:
    return FailoverParams(to_region=to_region, accept_data_loss_s=objectives.RPO_S)


class RegionLoss:
    """The steps of one run. The drill environment is made when it is first needed: `operation list` needs none."""

    def __init__(
        self, drill_environment: Callable[[], DrillEnvironment], params: DrillParams, facts: DrillFacts
    ) -> None:
        self._drill_environment, self._params, self._facts = drill_environment, params, facts

    def steps(self) -> list[Step]:
        """Return the run's steps."""
        lost, recovers = self._facts.from_region, self._facts.to_region
        return [
            self._steady("steady state", lost, before_s=BEFORE_S),
            self._fault(),
            self._detect(),
            self._fail_over(),
            self._recover(),
            self._ledger(),
            self._lift(),
            self._old_region(),
            self._steady("steady state again", recovers, before_s=0.0),
        ]

    def _steady(self, name: str, region: str, *, before_s: float) -> Step:
        def missing(ctx: StepContext) -> str | None:
            now = ctx.clock.now()
            if now - float(ctx.outputs[name]["begun_at"]) < before_s:
                return f"{before_s:g} s of traffic come before the fault"
            return unsteady(_observer(ctx).samples(), now, region=region)

        return Step(
            name=name,
            summary=f"{RATE:g} reads and {RATE:g} test writes per second, all successful, answered by {region}",
            estimate_s=before_s,
            do=lambda ctx: {"begun_at": ctx.clock.now()},
            verify=missing,
            deadline_s=STEADY_DEADLINE_S,
        )

    def _fault(self) -> Step:
        lost = self._facts.from_region

        def do(ctx: StepContext) -> Output:
            at = ctx.clock.now()
            return {"at": at, "fault_id": self._drill_environment().fault.start(NAME, lost, FAULT_DEADLINE_S)}

        def undo(ctx: StepContext) -> None:
            self._drill_environment().fault.stop(ctx.outputs.get("fault", {}).get("fault_id"))

        return Step(
            name="fault",
            summary=f"disconnect {lost}: kill its processes and close its AWS API, for at most {FAULT_DEADLINE_S:g} s",
            do=do,
            undo=undo,
        )

    def _detect(self) -> Step:
        def missing(ctx: StepContext) -> str | None:
            silent = silence_s(_observer(ctx).samples(), ctx.clock.now())
            return None if silent is not None and silent >= DETECT_S else "users still get successful answers"

        return Step(
            name="detect",
            summary=f"wait until users had no successful answer for {DETECT_S:g} s",
            estimate_s=DETECT_S,
            verify=missing,
            deadline_s=DETECT_DEADLINE_S,
        )

    def _fail_over(self) -> Step:
        recovers, failover_id = self._facts.to_region, self._facts.failover_id

        def do(ctx: StepContext) -> Output:
            drill = self._drill_environment()
            engine = drill.engine(recovers)
            if engine.find(failover_id) is not None:
                outcome = engine.resume_within(ctx, failover_id)
            else:
                facts = read_facts(drill.environment, drill.clients(recovers), drill.table(recovers))
                params = _failover_params(recovers)
                outcome = engine.run_within(ctx, FAILOVER, params, facts, operation_id=failover_id)
            if outcome.interrupted:
                raise KeyboardInterrupt
            if outcome.status != "done":
                why = outcome.error.message if outcome.error else "it stopped"
                raise StepFailed("failover_failed", f"the failover ended as {outcome.status}", cause=why)
            return {"operation_id": failover_id}

        def undo(ctx: StepContext) -> None:
            engine = self._drill_environment().engine(recovers)
            if engine.find(failover_id) is not None:
                engine.resume_within(ctx, failover_id)

        return Step(
            name="fail over",
            summary=f"fail over to {recovers} with the command that users run",
            estimate_s=20,
            do=do,
            undo=undo,
        )

    def _recover(self) -> Step:
        def missing(ctx: StepContext) -> str | None:
            fault_at = float(ctx.outputs["fault"]["at"])
            return unrecovered(_observer(ctx).samples(), fault_at, ctx.clock.now(), watch_s=AFTER_S)

        return Step(
            name="recover",
            summary=f"wait for {AFTER_S:g} s of traffic without failures",
            estimate_s=AFTER_S,
            verify=missing,
            deadline_s=RECOVERY_DEADLINE_S,
        )

    def _ledger(self) -> Step:
        def do(ctx: StepContext) -> Output:
            drill, observer = self._drill_environment(), _observer(ctx)
            written = entries(observer.samples(), ctx.operation_id)
            ctx.note(f"reading {len(written)} acknowledged writes back through the public API")
            fates = drill.read_back(observer.account, written)
            failover = drill.engine(self._facts.to_region).outcome(self._facts.failover_id)
            gates = failover.outputs.get(f"{self._facts.to_region}/gates", {}) if failover else {}
            ledger = balance(
                written,
                fates,
                old_primary=self._facts.from_region,
                fault_at=float(ctx.outputs["fault"]["at"]),
                bound_s=gates.get("rpo_bound_s"),
            )
            return {"ledger": msgspec.to_builtins(ledger)}

        return Step(name="ledger", summary="read back every acknowledged write", estimate_s=2, do=do)

    def _lift(self) -> Step:
        def do(ctx: StepContext) -> Output:
            self._drill_environment().fault.stop(str(ctx.outputs["fault"]["fault_id"]))
            return {"at": ctx.clock.now()}

        return Step(name="lift", summary=f"restore {self._facts.from_region}", estimate_s=10, do=do)

    def _old_region(self) -> Step:
        """Send writes straight to the returned region until its own app has refused one; none may be accepted."""
        lost = self._facts.from_region

        def do(ctx: StepContext) -> Output:
            seen: list[Answer] = []

            def missing() -> str | None:
                answer = self._drill_environment().write_straight(lost, self._facts.to_region, _observer(ctx).account)
                seen[:] = [answer]
                if answer.accepted or answer.refused_by(lost):
                    return None
                return f"its load balancer answered {answer.status} {answer.code or ''}".rstrip()

            ctx.wait_for(missing, deadline_s=RETURN_DEADLINE_S, what=f"{lost} is back")
            if seen[0].accepted:
                raise StepFailed("old_region_wrote", f"the old region {lost} ACCEPTED a write after its return")
            return {"answer": msgspec.to_builtins(seen[0])}

        return Step(name="old region", summary=f"{lost} is back and refuses writes", estimate_s=10, do=do)


def _observer(ctx: StepContext) -> Observer:
    if ctx.observer is None:
        raise StepFailed("no_prober", "no prober watches this drill", touched=False)
    return ctx.observer


def drill_kind(
    drill_environment: Callable[[], DrillEnvironment], seen: Callable[[Findings], None] = lambda _found: None
) -> Kind[DrillParams, DrillFacts]:
    """Return the kind of operation that a drill is, in a drill environment that is made when it is first needed.

    `seen` is told what a run has found.
    """

    def plan(params: DrillParams, facts: DrillFacts) -> Sequence[Step]:
        return RegionLoss(drill_environment, params, facts).steps()

    def found(outcome: Outcome, samples: Sequence[Sample]) -> Findings:
        facts: DrillFacts = outcome.facts
        failover = drill_environment().engine(facts.to_region).outcome(facts.failover_id)
        return findings_of(outcome, failover, samples)

    def document(outcome: Outcome, samples: Sequence[Sample], operation_context: OperationContext) -> dict[str, Any]:
        findings = found(outcome, samples)
        seen(findings)
        return drill_document([findings], operation_context, operation_id=outcome.operation_id)

    def report(
        outcome: Outcome, made: dict[str, Any], samples: Sequence[Sample], operation_context: OperationContext
    ) -> ReportData:
        return drill_report([found(outcome, samples)], made, operation_context)

    return Kind(
        name="drill",
        params=DrillParams,
        facts=DrillFacts,
        plan=plan,
        resumable=False,
        watching=Watching(rate_per_s=RATE),
        document=document,
        missed=missed,
        report=report,
    )
