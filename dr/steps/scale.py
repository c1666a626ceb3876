"""The step of a failover that brings the recovery region's tasks to their count."""

from typing import TYPE_CHECKING, Any

from aws.autoscaling import Bounds
from dr.facts import FailoverFacts, ServiceFacts
from dr.steps.common import calls
from operations.concurrency import run_concurrently
from operations.step import Step, StepContext

if TYPE_CHECKING:
    from aws.session import Session


def scale(facts: FailoverFacts) -> Step:
    """Bring every service and worker of the recovery region to its count, all at once; autoscaling leaves it that."""

    def do(ctx: StepContext) -> dict[str, Any]:
        _start_tasks(ctx.clients(facts.to_region), facts)
        return {one.name: {"before": one.desired_before, "desired": one.desired_count} for one in facts.services}

    def missing(ctx: StepContext) -> str | None:
        counts = _healthy(ctx.clients(facts.to_region), facts)
        wanted = sum(one.desired_count for one in facts.services)
        ctx.tasks(facts.to_region, sum(min(count, one.desired_count) for one, count in counts), wanted)
        few = ((one, count) for one, count in counts if count < one.desired_count)
        return next(
            (f"{count} of {one.desired_count} tasks of {one.ecs_service} are healthy" for one, count in few), None
        )

    def undo(ctx: StepContext) -> None:
        _set_back(ctx.clients(facts.to_region), facts)

    grown = [one for one in facts.services if one.desired_before < one.desired_count]
    counts = ", ".join(f"{one.name} {one.desired_before} to {one.desired_count}" for one in grown)
    return Step(
        name="scale",
        region=facts.to_region,
        summary=f"start tasks until all are healthy; {counts or 'the number does not change'}",
        calls=calls(
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


def _start_tasks(session: "Session", facts: FailoverFacts) -> None:
    running = session.ecs.describe(facts.cluster, [one.ecs_service for one in facts.services])

    def start(one: ServiceFacts) -> None:
        if running[one.ecs_service].desired < one.desired_count:
            session.ecs.scale(facts.cluster, one.ecs_service, one.desired_count)
        bounds = Bounds(max(one.min_count, one.desired_count), one.max_count)
        session.autoscaling.set_bounds(facts.cluster, one.ecs_service, bounds)

    run_concurrently(facts.services, start)


def _healthy(session: "Session", facts: FailoverFacts) -> list[tuple[ServiceFacts, int]]:
    """Return each service with how many of its tasks are healthy; of a worker, which has no targets, run."""
    running = session.ecs.describe(facts.cluster, [one.ecs_service for one in facts.services])

    def healthy(one: ServiceFacts) -> int:
        if one.target_group_arn is None:
            return running[one.ecs_service].running
        targets = session.elbv2.targets(one.target_group_arn)
        return sum(target.state == "healthy" for target in targets)

    return list(zip(facts.services, run_concurrently(facts.services, healthy), strict=True))


def _set_back(session: "Session", facts: FailoverFacts) -> None:
    def back(one: ServiceFacts) -> None:
        before = Bounds(one.min_before, one.max_before)
        session.autoscaling.set_bounds(facts.cluster, one.ecs_service, before)
        if one.desired_before < one.desired_count:
            session.ecs.scale(facts.cluster, one.ecs_service, one.desired_before)

    run_concurrently(facts.services, back)
