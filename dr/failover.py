"""Failover: the primary is lost; the service moves to the recovery region and says how much it may lose.

    gates → scale → take lease ── reads move → wait → lag again → promote ═ no return ═> open lease → verify → watch
               ↑ undo: count back  ↑ undo: lease back, higher epoch

Only the recovery region's control planes are asked. The old region can acknowledge nothing after its lease ended; what
it had in flight is bounded by the transaction limit. Both have passed before the promotion (docs/design.md#the-wait).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from aws.autoscaling import Bounds
from aws.errors import Denied
from dr.beats import read_beats, read_primary_beat
from dr.facts import FailoverFacts, FailoverParams, ServiceFacts
from dr.failover_report import failover_report
from dr.gates import ask_gates, first_refusal, lag_gate, lag_now, standby_gate
from dr.lease import Author, Lease, give_back, set_state, take
from dr.result import failover_document
from operations.concurrency import run_concurrently
from operations.kind import Kind, Watching
from operations.step import PointOfNoReturn, Step, StepContext, StepFailed
from operations.table import Table

if TYPE_CHECKING:
    from aws.session import Session

TableOf = Callable[[StepContext], Table]

PROMOTION_DEADLINE_S: Final = 1800.0
"""RDS takes minutes, with a reboot. Source: Amazon RDS User Guide, "Promoting a read replica"."""

WRITES_THAT_PROVE_IT: Final = 20
"""So many writes acknowledged by the recovery region, within WATCH_S, are as good as a beat that says so."""

WATCH_S: Final = 3.0
WATCH_DEADLINE_S: Final = 60.0


def plan(params: FailoverParams, facts: FailoverFacts) -> list[Step]:
    """Return the steps of a failover to `facts.to_region`."""
    table = _table_once(facts)
    return [
        _gates(params, facts, table),
        _scale(facts),
        _take(facts, table),
        _wait(facts),
        _lag_again(params, facts, table),
        _promote(facts, table),
        _open(facts, table),
        _verify(facts, table),
        _watch(facts),
    ]


def only(region: str, clients: "Callable[[str], Session]") -> "Callable[[str], Session]":
    """Return `clients` for one region; asking it for another one raises Denied `foreign_region`."""

    def restricted(asked: str) -> "Session":
        if asked != region:
            raise Denied(
                "foreign_region",
                "permanent",
                f"a failover to {region} does not call AWS APIs in {asked}",
                call="any",
                region=asked,
            )
        return clients(asked)

    return restricted


def _gates(params: FailoverParams, facts: FailoverFacts, table: TableOf) -> Step:
    def do(ctx: StepContext) -> dict[str, Any]:
        lag = lag_now(facts, table(ctx), ctx.clock.now())
        return {"lag_s": lag.lag_s, "rpo_bound_s": lag.rpo_bound_s, "limit_s": lag.limit_s}

    return Step(
        name="gates",
        region=facts.to_region,
        summary="check replica lag, replica, images, capacity and secrets",
        calls=_calls(
            facts,
            "dynamodb:GetItem",
            "rds:DescribeDBInstances",
            "ecr:BatchGetImage",
            "ecr:BatchCheckLayerAvailability",
            "ecs:DescribeServices",
            "secretsmanager:DescribeSecret",
        ),
        estimate_s=1,
        refuse=lambda ctx: first_refusal(params, facts, ctx, table(ctx)),
        checks=lambda ctx: ask_gates(params, facts, ctx, table(ctx)),
        do=do,
    )


def _scale(facts: FailoverFacts) -> Step:
    """Bring every service and worker of the recovery region to its count, all at once; autoscaling leaves it that."""

    def do(ctx: StepContext) -> dict[str, Any]:
        session = ctx.clients(facts.to_region)
        running = session.ecs.describe(facts.cluster, [one.ecs_service for one in facts.services])

        def start(one: ServiceFacts) -> None:
            if running[one.ecs_service].desired < one.desired_count:
                session.ecs.scale(facts.cluster, one.ecs_service, one.desired_count)
            session.autoscaling.set_bounds(
                facts.cluster, one.ecs_service, Bounds(max(one.min_count, one.desired_count), one.max_count)
            )

        run_concurrently(facts.services, start)
        return {one.name: {"before": one.desired_before, "desired": one.desired_count} for one in facts.services}

    def missing(ctx: StepContext) -> str | None:
        session = ctx.clients(facts.to_region)
        running = session.ecs.describe(facts.cluster, [one.ecs_service for one in facts.services])

        def healthy(one: ServiceFacts) -> int:
            if one.target_group_arn is None:
                return running[one.ecs_service].running
            targets = session.elbv2.targets(one.target_group_arn)
            return sum(target.state == "healthy" for target in targets)

        counts = list(zip(facts.services, run_concurrently(facts.services, healthy), strict=True))
        wanted = sum(one.desired_count for one in facts.services)
        ctx.tasks(facts.to_region, sum(min(count, one.desired_count) for one, count in counts), wanted)
        return next(
            (
                f"{count} of {one.desired_count} tasks of {one.ecs_service} are healthy"
                for one, count in counts
                if count < one.desired_count
            ),
            None,
        )

    def undo(ctx: StepContext) -> None:
        session = ctx.clients(facts.to_region)

        def back(one: ServiceFacts) -> None:
            before = Bounds(one.min_before, one.max_before)
            session.autoscaling.set_bounds(facts.cluster, one.ecs_service, before)
            if one.desired_before < one.desired_count:
                session.ecs.scale(facts.cluster, one.ecs_service, one.desired_before)

        run_concurrently(facts.services, back)

    grown = [one for one in facts.services if one.desired_before < one.desired_count]
    counts = ", ".join(f"{one.name} {one.desired_before} to {one.desired_count}" for one in grown)
    return Step(
        name="scale",
        region=facts.to_region,
        summary=f"start tasks until all are healthy; {counts or 'the number does not change'}",
        calls=_calls(
            facts,
            "ecs:UpdateService",
            "application-autoscaling:RegisterScalableTarget",
            "elasticloadbalancing:DescribeTargetHealth",
        ),
        estimate_s=60 if grown else 0,
        do=do,
        verify=missing,
        deadline_s=600,
        undo=undo,
    )


def _take(facts: FailoverFacts, table: TableOf) -> Step:
    def do(ctx: StepContext) -> dict[str, Any]:
        lease = take(table(ctx), facts.lease, facts.to_region, _author(ctx))
        return {"epoch": lease.epoch, "holder": lease.holder, "traffic_region": lease.traffic_region}

    def undo(ctx: StepContext) -> None:
        give_back(table(ctx), facts.lease, facts.to_region, _author(ctx))

    return Step(
        name="take lease",
        region=facts.to_region,
        summary=f"give the writer lease to {facts.to_region} (epoch {facts.lease.epoch + 1}); reads move there",
        calls=_calls(facts, "dynamodb:UpdateItem"),
        do=do,
        undo=undo,
    )


def _wait(facts: FailoverFacts) -> Step:
    wait_s = facts.periods.wait_s

    def do(ctx: StepContext) -> dict[str, Any]:
        end = ctx.clock.monotonic() + wait_s  # in full after a resume too: a stopped process's clock proves nothing
        while (left := end - ctx.clock.monotonic()) > 0:
            ctx.clock.sleep(min(left, 1.0))
        return {"waited_s": wait_s}

    return Step(
        name="wait",
        region=facts.to_region,
        summary=f"wait {wait_s:g} s until {facts.from_region} can no longer accept writes",
        estimate_s=wait_s,
        do=do,
    )


def _lag_again(params: FailoverParams, facts: FailoverFacts, table: TableOf) -> Step:
    def do(ctx: StepContext) -> dict[str, Any]:
        now = ctx.clock.now()
        lag = lag_now(facts, table(ctx), now)
        standby = standby_gate(facts, read_beats(table(ctx), facts.to_region), ctx.clients(facts.to_region), now)
        refusal = standby or lag_gate(params, lag)
        if refusal is not None:
            raise StepFailed(refusal.code, refusal.reason, remedy=refusal.remedy, touched=False)
        return {"lag_s": lag.lag_s, "rpo_bound_s": lag.rpo_bound_s}

    return Step(
        name="lag again",
        region=facts.to_region,
        summary="check again that the replica can be promoted and the possible data loss is within the limit",
        calls=_calls(facts, "dynamodb:GetItem", "rds:DescribeDBInstances"),
        do=do,
    )


def _promote(facts: FailoverFacts, table: TableOf) -> Step:
    def do(ctx: StepContext) -> dict[str, Any]:
        set_state(table(ctx), _own(ctx, facts), "promoting", _author(ctx))
        rds = ctx.clients(facts.to_region).rds
        if rds.instance(facts.database_instance).replica_of is not None:
            rds.promote(facts.database_instance)
        return {"instance": facts.database_instance}

    def missing(ctx: StepContext) -> str | None:
        instance = ctx.clients(facts.to_region).rds.instance(facts.database_instance)
        if instance.replica_of is None and instance.status == "available":
            return None
        role = "a replica" if instance.replica_of else "a primary"
        return f"{facts.database_instance} is {instance.status}, and {role}"

    return Step(
        name="promote",
        region=facts.to_region,
        summary=f"promote {facts.database_instance} to primary",
        calls=_calls(facts, "dynamodb:UpdateItem", "rds:PromoteReadReplica", "rds:DescribeDBInstances"),
        estimate_s=1 if facts.environment == "local" else 300,
        do=do,
        verify=missing,
        deadline_s=PROMOTION_DEADLINE_S,
        undo=PointOfNoReturn("the promotion of a replica cannot be undone: RDS cannot make it a replica again"),
    )


def _open(facts: FailoverFacts, table: TableOf) -> Step:
    def do(ctx: StepContext) -> dict[str, Any]:
        lease = set_state(table(ctx), _own(ctx, facts), "open", _author(ctx))
        return {"epoch": lease.epoch, "holder": lease.holder}

    return Step(
        name="open lease",
        region=facts.to_region,
        summary=f"allow writes in {facts.to_region}",
        calls=_calls(facts, "dynamodb:UpdateItem"),
        do=do,
    )


def _verify(facts: FailoverFacts, table: TableOf) -> Step:
    def missing(ctx: StepContext) -> str | None:
        beat = read_primary_beat(table(ctx))
        if beat is not None and beat.region == facts.to_region and beat.epoch > facts.lease.epoch:
            return None
        if _acknowledged(ctx, facts.to_region) >= WRITES_THAT_PROVE_IT:
            ctx.note("the beat could not be read, but writes of users succeed", region=facts.to_region)
            return None
        return (
            f"no beat of {facts.to_region}'s renewer under epoch {facts.lease.epoch + 1} yet, and no successful writes"
        )

    return Step(
        name="verify",
        region=facts.to_region,
        summary=f"check that the database in {facts.to_region} accepts writes",
        calls=_calls(facts, "dynamodb:GetItem"),
        estimate_s=2,
        verify=missing,
        deadline_s=120,
    )


def _acknowledged(ctx: StepContext, region: str) -> int:
    """Return how many writes a region acknowledged in the last WATCH_S, by the prober."""
    if ctx.observer is None:
        return 0
    recent = [one for one in ctx.observer.samples() if one.at >= ctx.clock.now() - WATCH_S]
    return sum(one.ok and one.kind == "write" and one.region == region for one in recent)


def _watch(facts: FailoverFacts) -> Step:
    def missing(ctx: StepContext) -> str | None:
        if ctx.observer is None:
            raise StepFailed("no_prober", "no prober watches this failover")
        recent = [s for s in ctx.observer.samples() if ctx.clock.now() - WATCH_S <= s.at <= ctx.clock.now() - 0.5]
        for kind in ("read", "write"):
            answers = [sample for sample in recent if sample.kind == kind]
            good = sum(sample.ok and sample.region == facts.to_region for sample in answers)
            if not answers or good < len(answers):
                return f"{good} of {len(answers)} {kind}s of the last {WATCH_S:g} s were answered by {facts.to_region}"
        return None

    return Step(
        name="watch",
        region=facts.to_region,
        summary=f"check that {facts.to_region} answers reads and writes through the public address",
        estimate_s=WATCH_S,
        verify=missing,
        deadline_s=WATCH_DEADLINE_S,
    )


def _own(ctx: StepContext, facts: FailoverFacts) -> Lease:
    """Return the lease as this operation took it."""
    return Lease(
        holder=facts.to_region,
        epoch=facts.lease.epoch + 1,
        state="taken",
        traffic_region=facts.to_region,
        operation=ctx.operation_id,
    )


def _author(ctx: StepContext) -> Author:
    return Author(ctx.operation_id, ctx.token)


def _table_once(facts: FailoverFacts) -> TableOf:
    """Return a function that gives the operations table, whose client (a tenth of a second) is made once."""
    made: list[Table] = []

    def table(ctx: StepContext) -> Table:
        if not made:
            made.append(ctx.clients(facts.to_region).table(facts.operations_table))
        return made[0]

    return table


def _calls(facts: FailoverFacts, *names: str) -> tuple[str, ...]:
    return tuple(f"{name}@{facts.to_region}" for name in names)


FAILOVER: Final = Kind(
    name="failover",
    params=FailoverParams,
    facts=FailoverFacts,
    plan=plan,
    emergency=True,
    watching=Watching(),
    document=failover_document,
    report=failover_report,
)
