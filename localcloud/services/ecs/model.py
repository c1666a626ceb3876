"""Services and tasks as the scheduler sees them: read from the record, never changed in place."""

from typing import Literal

import msgspec

Health = Literal["healthy", "unhealthy", "initial"]


class LoadBalancer(msgspec.Struct, frozen=True):
    """A target group in which a service's tasks are registered."""

    target_group: str
    container_port: int


class Deployment(msgspec.Struct, frozen=True):
    """A deployment of a service: one task-definition revision."""

    id: str
    primary: bool
    task_definition: str
    completed: bool


class Service(msgspec.Struct, frozen=True):
    """A service; a deleted one (`active` false) wants no tasks."""

    arn: str
    name: str
    active: bool
    desired_count: int
    minimum_healthy_percent: int
    maximum_percent: int
    grace_period_s: float
    deployments: list[Deployment]
    load_balancers: list[LoadBalancer]
    steady: bool


class Task(msgspec.Struct, frozen=True):
    """A task. Times are unix seconds; `health` is None when no load balancer watches it.

    `succeeded` is true once it was running and, with a load balancer, healthy; `failed` when it ended by itself, did
    not start or was stopped as unhealthy.
    """

    arn: str
    id: str
    service: str | None
    deployment: str | None
    last_status: str
    desired_status: str
    created_at: float
    started_at: float | None
    stopped_at: float | None
    health: Health | None
    unhealthy_because: str
    succeeded: bool
    failed: bool

    @property
    def alive(self) -> bool:
        """Whether it counts towards its service: it has not been told to stop."""
        return self.desired_status == "RUNNING"

    @property
    def up(self) -> bool:
        """Whether it runs and its load balancer, if any, calls it healthy."""
        return self.alive and self.last_status == "RUNNING" and self.health in (None, "healthy")


class State(msgspec.Struct, frozen=True):
    """All services and tasks of a region."""

    services: list[Service]
    tasks: list[Task]
