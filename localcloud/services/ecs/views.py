"""What the controller sees of a region's ECS, and what it says of it."""

from datetime import datetime
from typing import Any

from localcloud.core.changes import bump
from localcloud.services.ecs.record import (
    TaskRecord,
    add_event,
    backend,
    backend_service,
    count,
    forget_stopped,
    new_task,
    now,
    tasks,
    want_stopped,
)
from localcloud.services.elbv2 import record as elb


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
