"""Idempotent writes and readings that releases are made of: revisions, weights, one-off tasks, counts, health."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from aws.errors import NotFound
from operations.concurrency import run_concurrently
from operations.step import StepContext, StepFailed
from releases.active import silent
from releases.model import ColourFacts, RegionFacts

if TYPE_CHECKING:
    from aws.ecs import Ecs
    from aws.elbv2 import Elbv2
    from aws.session import Session

OPERATION_TAG: Final = "breiq:operation"
"""Tags a revision with the operation that registered it, for a repeated `do` and for the undo."""

SICK: Final = ": unhealthy "
"""How a text tells that a load balancer calls a target unhealthy, and not only that it has not asked it yet."""

TASK_S: Final = 300.0
"""How long a one-off task may take."""

DRAIN_S: Final = 150.0
"""How long a colour may take to be scaled to 0: deregistration delay and stop time-out, and then some."""


def ensure_revision(
    ecs: "Ecs", family: str, container: str | None, image_uri: str, operation_id: str, **environment: str
) -> str:
    """Return the ARN of this operation's revision of a family: the latest one with another image and environment.

    `container` is which container changes; None: the first.
    """
    latest = ecs.task_definition(family)
    if latest.tags.get(OPERATION_TAG) == operation_id:
        return latest.arn
    tags = {key: value for key, value in latest.tags.items() if not key.startswith("aws:")}
    document = changed(latest.document, container, image_uri, environment)
    return ecs.register(document, {**tags, OPERATION_TAG: operation_id})


def changed(
    document: Mapping[str, Any], container: str | None, image_uri: str, environment: Mapping[str, str]
) -> dict[str, Any]:
    """Return a task definition with one container's image and some of its environment replaced. Pure."""
    definitions = []
    for position, one in enumerate(document["containerDefinitions"]):
        if one["name"] == container or (container is None and position == 0):
            kept = [pair for pair in one.get("environment", []) if pair["name"] not in environment]
            new = [{"name": name, "value": value} for name, value in environment.items()]
            definitions.append({**one, "image": image_uri, "environment": [*kept, *new]})
        else:
            definitions.append(dict(one))
    return {**document, "containerDefinitions": definitions}


def ensure_no_revision(ecs: "Ecs", family: str, operation_id: str) -> None:
    """Make this operation's revision of a family inactive, so that the one before is the latest again."""
    try:
        latest = ecs.task_definition(family)
    except NotFound:
        return
    if latest.tags.get(OPERATION_TAG) == operation_id:
        ecs.deregister(latest.arn)


def ensure_task(ecs: "Ecs", region: RegionFacts, revision: str, started_by: str) -> str:
    """Return the ARN of the one-off task that this operation runs under a name; started if none runs."""
    running = ecs.tasks_started_by(region.cluster, started_by)
    return (
        running[0]
        if running
        else ecs.run_task(
            region.cluster,
            revision,
            subnets=region.subnets,
            security_group=region.security_group,
            started_by=started_by,
        )
    )


def ensure_weights(elbv2: "Elbv2", rule: str, weights: dict[str, int]) -> None:
    """Make a rule lead where `weights` says; writes nothing when it does already."""
    if not same_weights(elbv2.weights([rule])[rule], weights):
        elbv2.set_weights(rule, weights)


def unfinished(context: StepContext, region: RegionFacts, name: str) -> str | None:
    """Return what a one-off task is still at, None when it ended well. Raises StepFailed when it ended badly."""
    arn = str(context.outputs[f"{region.region}/{name}"]["task"])
    task = context.clients(region.region).ecs.task(region.cluster, arn)
    if task.last_status != "STOPPED":
        return f"the task is {task.last_status}"
    if task.exit_code == 0:
        return None
    code = "never started" if task.exit_code is None else f"exit code {task.exit_code}"
    raise StepFailed(
        f"{name}_failed", f"the {name} task failed in {region.region}", cause=f"{task.stopped_reason} ({code})"
    )


def unhealthy(context: StepContext, region: RegionFacts) -> str | None:
    """Return what keeps the new colour from being healthy; None when exactly its wanted tasks are, of every service.

    A service's tasks are healthy when its target group says so, a worker's when one of them has noted a fresh beat.
    """
    session = context.clients(region.region)
    running = session.ecs.describe(region.cluster, [one.target.ecs_service for one in region.everything])
    wanted = sum(one.wanted for one in region.everything)
    for one in region.everything:
        ecs = running[one.target.ecs_service]
        if (ecs.running, ecs.pending, ecs.deployments) != (one.wanted, 0, 1):
            latest = f"; {ecs.events[0]}" if ecs.events else ""
            context.tasks(region.region, 0, wanted)
            return f"{ecs.name} runs {ecs.running} of {one.wanted} tasks, {ecs.pending} pending{latest}"
    problems = run_concurrently(region.services, lambda one: _sick_targets(session, one.target, one.wanted))
    sick = sum(one.wanted for one, problem in zip(region.services, problems, strict=True) if problem is not None)
    context.tasks(region.region, wanted - sick, wanted)
    found = sorted((one for one in problems if one is not None), key=lambda text: SICK not in text)
    return found[0] if found else silent(context, region)


def old_unhealthy(context: StepContext, region: RegionFacts) -> str | None:
    """Return what keeps the old colour, scaled up again, from serving; None when as many as before are healthy."""
    counts = {one.previous.ecs_service: one.previous.desired for one in region.everything}
    problem = other_counts(context, region, counts)
    if problem is not None:
        return problem
    session = context.clients(region.region)
    problems = run_concurrently(region.services, lambda one: _sick_targets(session, one.previous, one.previous.desired))
    return next((problem for problem in problems if problem is not None), None)


def _sick_targets(session: "Session", colour: ColourFacts, wanted: int) -> str | None:
    assert colour.target_group is not None
    targets = [target for target in session.elbv2.targets(colour.target_group) if target.state != "draining"]
    sick = sorted((one for one in targets if one.state != "healthy"), key=lambda one: one.state != "unhealthy")
    if not sick and len(targets) == wanted:
        return None
    why = f"; {sick[0].address}: {sick[0].state} {sick[0].reason}" if sick else ""
    return f"{len(targets) - len(sick)} of {wanted} targets of {colour.ecs_service} are healthy{why}"


def wait_for_counts(context: StepContext, region: RegionFacts, counts: dict[str, int]) -> None:
    """Return when each ECS service runs its count. Raises StepFailed after DRAIN_S."""
    context.wait_for(
        lambda: other_counts(context, region, counts),
        deadline_s=DRAIN_S,
        what=f"tasks in {region.region} have stopped",
    )


def other_counts(context: StepContext, region: RegionFacts, counts: dict[str, int]) -> str | None:
    """Return which ECS service does not run its count of tasks yet; None when all do."""
    running = context.clients(region.region).ecs.describe(region.cluster, list(counts))
    for name, wanted in counts.items():
        service = running[name]
        if service.running + service.pending != wanted:
            return f"{name} runs {service.running} tasks, {service.pending} pending; {wanted} are wanted"
    return None


def stop_tasks(context: StepContext, region: RegionFacts, name: str) -> None:
    """Ask the one-off tasks that this operation runs under a name to stop."""
    ecs = context.clients(region.region).ecs
    for arn in ecs.tasks_started_by(region.cluster, f"{context.operation_id}/{name}"):
        ecs.stop_task(region.cluster, arn, f"{context.operation_id} is undone")


def same_weights(one: Mapping[str, int], two: Mapping[str, int]) -> bool:
    """Whether two rules lead to the same groups in the same ratio; a weight of 0 is as good as absent."""

    def shares(weights: Mapping[str, int]) -> dict[str, float]:
        total = sum(weights.values()) or 1
        return {arn: weight / total for arn, weight in weights.items() if weight}

    return shares(one) == shares(two)


def calls_in(region: RegionFacts, *calls: str) -> tuple[str, ...]:
    """Return AWS calls with the region that they go to."""
    return tuple(f"{call}@{region.region}" for call in calls)
