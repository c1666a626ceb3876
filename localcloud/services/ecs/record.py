"""What moto lacks of ECS, kept beside its services: tasks with a life, deployments, events. For the api process."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.api.record import ACCOUNT
from localcloud.api.record import backend as moto_backend
from localcloud.core.changes import bump
from localcloud.services.elbv2 import record as elb

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


def view_state(document: dict[str, Any]) -> dict[str, Any]:
    """Return a region's services and tasks in the shape of `model.State`; healthy tasks have succeeded from now on."""
    region = document["region"]
    forget_stopped(region)
    count(region)
    return {
        "services": [
            _service(service) for service in backend(region).services.values() if service.status != "INACTIVE"
        ],
        "tasks": [_task(region, task) for task in tasks(region).values()],
    }


def _service(service: Any) -> dict[str, Any]:
    configuration = service.deployment_configuration
    return {
        "arn": service.arn,
        "name": service.name,
        "active": service.status == "ACTIVE",
        "desired_count": service.desired_count if service.status == "ACTIVE" else 0,
        "minimum_healthy_percent": configuration["minimumHealthyPercent"],
        "maximum_percent": configuration["maximumPercent"],
        "grace_period_s": float(service.health_check_grace_period_seconds or 0),
        "steady": service.local_steady,
        "deployments": [
            {
                "id": deployment["id"],
                "primary": deployment["status"] == "PRIMARY",
                "task_definition": deployment["taskDefinition"],
                "completed": deployment["rolloutState"] == "COMPLETED",
            }
            for deployment in service.deployments
        ],
        "load_balancers": [
            {"target_group": each["targetGroupArn"], "container_port": each["containerPort"]}
            for each in service.load_balancers
        ],
    }


def _task(region: str, task: TaskRecord) -> dict[str, Any]:
    shown = task.document
    health, because = _health(region, task)
    if shown["lastStatus"] == "RUNNING" and health in (None, "healthy"):
        task.succeeded = True
    return {
        "arn": task.arn,
        "id": task.arn.rpartition("/")[2],
        "service": task.service,
        "deployment": task.deployment,
        "last_status": shown["lastStatus"],
        "desired_status": shown["desiredStatus"],
        "created_at": shown["createdAt"].timestamp(),
        "started_at": _seconds(shown.get("startedAt")),
        "stopped_at": _seconds(shown.get("stoppedAt")),
        "health": health,
        "unhealthy_because": because,
        "succeeded": task.succeeded,
        "failed": task.failed,
    }


def _seconds(time: datetime | None) -> float | None:
    return time.timestamp() if time else None


def _health(region: str, task: TaskRecord) -> tuple[str | None, str]:
    """Return the worst health of a task's targets, and in ECS's words which group says so."""
    if task.service is None or not backend_service(region, task.service).load_balancers:
        return None, ""
    if not task.targets:
        return "initial", ""
    worst = "healthy"
    for target in task.targets:
        if target["arn"] not in elb.backend(region).target_groups or not elb.is_in_use(region, target["arn"]):
            continue
        found = elb.health(region, target["arn"], [{"Id": target["id"], "Port": target["port"]}])[0]["TargetHealth"]
        if found["State"] == "unhealthy":
            return "unhealthy", f"target-group {target['arn']}"
        if found["State"] != "healthy":
            worst = "initial"
    return worst, ""


def backend_service(region: str, arn: str) -> Any:
    """Return the service of an ARN."""
    return next(service for service in backend(region).services.values() if service.arn == arn)


def view_apply(document: dict[str, Any]) -> dict[str, Any]:
    """Carry out a plan for a service: new tasks, tasks to stop, deployments, events. `plan` as `schedule.Plan`."""
    region, wanted = document["region"], document["plan"]
    service = backend_service(region, document["service"])
    started = [_start(region, service) for _ in range(wanted["start"] if service.status == "ACTIVE" else 0)]
    if started:
        listed = " ".join(f"(task {arn.rpartition('/')[2]})" for arn in started)
        add_event(service, f"(service {service.name}) has started {len(started)} tasks: {listed}.")
    for stop in wanted["stop"]:
        task = tasks(region).get(stop["task"])
        if task is not None:
            task.failed = task.failed or stop["failed"]
            want_stopped(task, "ServiceSchedulerInitiated", stop["reason"])
    for deployment in service.deployments:
        if deployment["id"] in wanted["complete"]:
            reason = f"ECS deployment {deployment['id']} completed."
            deployment |= {"rolloutState": "COMPLETED", "rolloutStateReason": reason, "updatedAt": now()}
    service.deployments = [each for each in service.deployments if each["id"] not in wanted["retire"]]
    service.local_steady = wanted["steady"]
    for message in wanted["events"]:
        add_event(service, message)
    if wanted["inactive"]:
        service.status = "INACTIVE"
    count(region)
    bump()
    return {}


def _start(region: str, service: Any) -> str:
    primary = next(each for each in service.deployments if each["status"] == "PRIMARY")
    found = backend(region)
    task = new_task(
        region,
        found._get_cluster(service.cluster_name),
        found.describe_task_definition(primary["taskDefinition"]),
        group=f"service:{service.name}",
        started_by=primary["id"],
        network=service.network_configuration,
        launch_type=service.launch_type,
    )
    task.service, task.deployment = service.arn, primary["id"]
    return task.arn


def want_stopped(task: TaskRecord, code: str, reason: str) -> None:
    """Tell a task to stop; its controller does it. The first reason stays."""
    if task.document["desiredStatus"] != "STOPPED":
        task.document |= {"desiredStatus": "STOPPED", "stopCode": code, "stoppedReason": reason, "stoppingAt": now()}
