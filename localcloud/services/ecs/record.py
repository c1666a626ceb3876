"""What moto lacks of ECS, kept beside its services: tasks with a life, deployments, events. For the api process."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.api.record import ACCOUNT
from localcloud.api.record import backend as moto_backend

STOPPED_KEPT_S = 3600.0
"""ECS shows stopped tasks for an hour."""

STOPPED_KEPT = 200
EVENTS_KEPT = 100


@dataclass
class TaskRecord:
    """A task: `document` is what DescribeTasks shows, the rest is the scheduler's."""

    document: dict[str, Any]
    service: str | None = None
    deployment: str | None = None
    targets: list[dict[str, Any]] = field(default_factory=list)
    succeeded: bool = False
    failed: bool = False

    @property
    def arn(self) -> str:
        """The task's ARN."""
        return str(self.document["taskArn"])


def backend(region: str) -> Any:
    """Return moto's ECS of a region."""
    return moto_backend("ecs", region)


def tasks(region: str) -> dict[str, TaskRecord]:
    """Return a region's tasks by ARN."""
    found = backend(region)
    if not hasattr(found, "local_tasks"):
        found.local_tasks = {}
    known: dict[str, TaskRecord] = found.local_tasks
    return known


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def new_task(
    region: str,
    cluster: Any,
    definition: Any,
    *,
    group: str,
    started_by: str,
    network: dict[str, Any] | None,
    overrides: dict[str, Any] | None = None,
    tags: list[dict[str, str]] | None = None,
    launch_type: str = "FARGATE",
) -> TaskRecord:
    """Return a new task, PROVISIONING; the region's controller starts it."""
    arn = f"arn:aws:ecs:{region}:{ACCOUNT}:task/{cluster.name}/{uuid.uuid4().hex}"
    document: dict[str, Any] = {
        "taskArn": arn,
        "clusterArn": cluster.arn,
        "taskDefinitionArn": definition.arn,
        "group": group,
        "startedBy": started_by,
        "launchType": launch_type,
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "lastStatus": "PROVISIONING",
        "desiredStatus": "RUNNING",
        "connectivity": "CONNECTED",
        "createdAt": now(),
        "cpu": definition.cpu or "256",
        "memory": definition.memory or "512",
        "version": 1,
        "overrides": overrides or {"containerOverrides": [], "inferenceAcceleratorOverrides": []},
        "tags": tags or [],
        "attachments": [_interface(network)],
        "containers": [_container(arn, container) for container in definition.container_definitions],
    }
    task = TaskRecord(document)
    tasks(region)[arn] = task
    return task


def _interface(network: dict[str, Any] | None) -> dict[str, Any]:
    """Return the network interface of a new task, in the first subnet that is named."""
    subnet = ((network or {}).get("awsvpcConfiguration") or {}).get("subnets", [""])[0]
    return {
        "id": str(uuid.uuid4()),
        "type": "ElasticNetworkInterface",
        "status": "PRECREATED",
        "details": [{"name": "subnetId", "value": subnet}],
    }


def _container(task_arn: str, container: dict[str, Any]) -> dict[str, Any]:
    """Return a container of a new task."""
    return {
        "containerArn": f"{task_arn.replace(':task/', ':container/')}/{uuid.uuid4()}",
        "taskArn": task_arn,
        "name": container["name"],
        "image": container["image"],
        "lastStatus": "PENDING",
        "networkInterfaces": [],
        "healthStatus": "UNKNOWN",
        "cpu": str(container.get("cpu") or 0),
    }


def new_deployment(service: Any, definition_arn: str) -> dict[str, Any]:
    """Return a deployment of a service, PRIMARY and in progress."""
    identity = f"ecs-svc/{uuid.uuid4().int % 10**19:019d}"
    return {
        "id": identity,
        "status": "PRIMARY",
        "taskDefinition": definition_arn,
        "desiredCount": service.desired_count,
        "pendingCount": 0,
        "runningCount": 0,
        "failedTasks": 0,
        "createdAt": now(),
        "updatedAt": now(),
        "launchType": service.launch_type,
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "networkConfiguration": service.network_configuration or None,
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment {identity} in progress.",
    }


def add_event(service: Any, message: str) -> None:
    """Add an event to a service, the newest first."""
    service.events.insert(0, {"id": str(uuid.uuid4()), "createdAt": now(), "message": message})
    del service.events[EVENTS_KEPT:]


def count(region: str) -> None:
    """Make the counts of services, deployments and clusters those of the tasks."""
    found = backend(region)
    living = [task for task in tasks(region).values() if task.document["lastStatus"] != "STOPPED"]
    for service in found.services.values():
        own = [task for task in living if task.service == service.arn]
        service.running_count, service.pending_count = _counts(own)
        for deployment in service.deployments:
            running, pending = _counts([task for task in own if task.deployment == deployment["id"]])
            deployment |= {"runningCount": running, "pendingCount": pending}
    for cluster in found.clusters.values():
        own = [task for task in living if task.document["clusterArn"] == cluster.arn]
        cluster.running_tasks_count, cluster.pending_tasks_count = _counts(own)
        cluster.active_services_count = sum(
            service.cluster_arn == cluster.arn and service.status == "ACTIVE" for service in found.services.values()
        )


def _counts(own: list[TaskRecord]) -> tuple[int, int]:
    states = [task.document["lastStatus"] for task in own]
    return states.count("RUNNING"), sum(state in ("PROVISIONING", "PENDING", "ACTIVATING") for state in states)


def forget_stopped(region: str) -> None:
    """Forget tasks that stopped an hour ago, and the oldest of very many."""
    known = tasks(region)
    stopped = sorted(
        (task for task in known.values() if task.document["lastStatus"] == "STOPPED"),
        key=lambda task: task.document["stoppedAt"],
    )
    limit = now().timestamp() - STOPPED_KEPT_S
    for position, task in enumerate(stopped):
        if task.document["stoppedAt"].timestamp() < limit or position < len(stopped) - STOPPED_KEPT:
            del known[task.arn]


def backend_service(region: str, arn: str) -> Any:
    """Return the service of an ARN."""
    return next(service for service in backend(region).services.values() if service.arn == arn)


def want_stopped(task: TaskRecord, code: str, reason: str) -> None:
    """Tell a task to stop; its controller does it. The first reason stays."""
    if task.document["desiredStatus"] != "STOPPED":
        task.document |= {"desiredStatus": "STOPPED", "stopCode": code, "stoppedReason": reason, "stoppingAt": now()}
