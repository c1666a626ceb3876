"""What a service needs now: a pure function of its record and its tasks.

Source: "Amazon ECS services" and "Deployment types: rolling update" of the ECS developer guide.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from localcloud.services.ecs.model import Deployment, Service, Task

LONGEST_PAUSE_S = 60.0
"""How long the scheduler waits at most before it tries a failing task again (AWS: 27 minutes)."""


@dataclass(frozen=True)
class Stop:
    """A task to be stopped, in ECS's words. `failed` counts it against its deployment."""

    task: str
    reason: str
    failed: bool = False


@dataclass(frozen=True)
class Plan:
    """What to do for one service. `start` counts new tasks of the primary deployment."""

    start: int = 0
    stop: list[Stop] = field(default_factory=list)
    complete: list[str] = field(default_factory=list)
    retire: list[str] = field(default_factory=list)
    inactive: bool = False
    steady: bool = False
    events: list[str] = field(default_factory=list)


def plan(service: Service, tasks: Sequence[Task], now: float) -> Plan:
    """Return what brings a service to its desired count, within its deployment's limits."""
    own = [task for task in tasks if task.service == service.arn]
    if not service.active:
        return _ending(own)
    primary = next(deployment for deployment in service.deployments if deployment.primary)
    unhealthy = _unhealthy(service, own, now)
    to_stop = {stop.task for stop in unhealthy}
    alive = [task for task in own if task.alive and task.arn not in to_stop]
    current = [task for task in alive if task.deployment == primary.id]
    old = [task for task in alive if task.deployment != primary.id]
    start = _starts(service, current, old) if now >= next_try(own, primary) else 0
    stops = [*unhealthy, *_surplus(service, primary, current), *_replaced(service, primary, current, old)]
    ready = sum(task.up for task in current) == service.desired_count == len(current)
    retired = [
        deployment.id
        for deployment in service.deployments
        if not deployment.primary
        and not any(task.deployment == deployment.id and task.last_status != "STOPPED" for task in own)
    ]
    steady = ready and not old and not stops and len(service.deployments) - len(retired) == 1
    return Plan(
        start=start,
        stop=stops,
        complete=[primary.id] if ready and not old and not primary.completed else [],
        retire=retired,
        steady=steady,
        events=_events(service, stops, steady),
    )


def next_try(tasks: Sequence[Task], deployment: Deployment) -> float:
    """Return when the scheduler may start the next task of a deployment: later with each failure in a row."""
    own = [task for task in tasks if task.deployment == deployment.id]
    succeeded = max((task.created_at for task in own if task.succeeded), default=0.0)
    failures = [task.stopped_at or 0.0 for task in own if task.failed and task.created_at > succeeded]
    if len(failures) < 2:
        return 0.0
    return max(failures) + min(LONGEST_PAUSE_S, 2.0 ** (len(failures) - 2))


def _ending(own: Sequence[Task]) -> Plan:
    stops = [Stop(task.arn, "Service deleted") for task in own if task.alive]
    gone = all(task.last_status == "STOPPED" for task in own)
    return Plan(stop=stops, inactive=gone)


def _unhealthy(service: Service, own: Sequence[Task], now: float) -> list[Stop]:
    return [
        Stop(task.arn, f"Task failed ELB health checks in ({task.unhealthy_because})", failed=True)
        for task in own
        if task.alive
        and task.health == "unhealthy"
        and task.started_at is not None
        and now - task.started_at >= service.grace_period_s
    ]


def _starts(service: Service, current: Sequence[Task], old: Sequence[Task]) -> int:
    maximum = max(math.floor(service.desired_count * service.maximum_percent / 100), 1 if not old else 0)
    return max(0, min(service.desired_count - len(current), maximum - len(current) - len(old)))


def _surplus(service: Service, primary: Deployment, current: Sequence[Task]) -> list[Stop]:
    """Scaling in: tasks that are not up go first, then the youngest."""
    order = sorted(current, key=lambda task: (task.up, -task.created_at))
    reason = f"Scaling activity initiated by (deployment {primary.id})"
    return [Stop(task.arn, reason) for task in order[: max(0, len(current) - service.desired_count)]]


def _replaced(service: Service, primary: Deployment, current: Sequence[Task], old: Sequence[Task]) -> list[Stop]:
    """A new deployment takes over: old tasks go as far as the healthy minimum allows."""
    minimum = math.ceil(service.desired_count * service.minimum_healthy_percent / 100)
    spare = sum(task.up for task in [*current, *old]) - minimum
    broken = [task for task in old if not task.up]
    serving = sorted((task for task in old if task.up), key=lambda task: task.created_at)
    reason = f"Scaling activity initiated by (deployment {primary.id})"
    return [Stop(task.arn, reason) for task in [*broken, *serving[: max(0, spare)]]]


def _events(service: Service, stops: Sequence[Stop], steady: bool) -> list[str]:
    name = f"(service {service.name})"
    events = [
        f"{name} (task {stop.task.rpartition('/')[2]}) is unhealthy: {stop.reason}" for stop in stops if stop.failed
    ]
    ended = [stop.task.rpartition("/")[2] for stop in stops]
    if ended:
        events.append(f"{name} has stopped {len(ended)} running tasks: {' '.join(f'(task {each})' for each in ended)}.")
    if steady and not service.steady:
        events.append(f"{name} has reached a steady state.")
    return events
