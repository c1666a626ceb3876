"""What a task's controller reads before it starts a task, and writes as the task lives. Runs in the api process."""

import json
from typing import Any

from localcloud.api.record import backend as moto_backend
from localcloud.core.changes import bump
from localcloud.services.ecs.record import TaskRecord, add_event, backend, backend_service, now, tasks, want_stopped
from localcloud.services.elbv2 import record as elb

DEFAULT_STOP_TIMEOUT_S = 30


def view_launch(document: dict[str, Any]) -> dict[str, Any]:
    """Return all that a task's program needs; `unable` says why it cannot start (a secret that is not there)."""
    region = document["region"]
    task = tasks(region)[document["task"]]
    definition = backend(region).describe_task_definition(task.document["taskDefinitionArn"])
    container = definition.container_definitions[0]
    override: dict[str, Any] = next(
        (
            each
            for each in task.document["overrides"].get("containerOverrides") or []
            if each.get("name") in (None, container["name"])
        ),
        {},
    )
    environment = _pairs(container.get("environment")) | _pairs(override.get("environment"))
    secrets, unable = _secrets(region, container.get("secrets") or [])
    return {
        "image": container["image"],
        "entry_point": container.get("entryPoint"),
        "command": override.get("command") or container.get("command"),
        "working_directory": container.get("workingDirectory"),
        "environment": environment,
        "secrets": secrets,
        "unable": unable,
        "stop_timeout_s": container.get("stopTimeout") or DEFAULT_STOP_TIMEOUT_S,
        "container": container["name"],
        "family": definition.family,
        "revision": str(definition.revision),
        "role": getattr(definition, "task_role_arn", None),
    }


def _pairs(listed: list[dict[str, str]] | None) -> dict[str, str]:
    return {each["name"]: each["value"] for each in listed or []}


def _secrets(region: str, listed: list[dict[str, str]]) -> tuple[dict[str, str], str | None]:
    values = {}
    for each in listed:
        try:
            values[each["name"]] = _secret(region, each["valueFrom"])
        except Exception as error:  # noqa: BLE001 - whatever moto raises, ECS says it in these words
            why = f"{type(error).__name__}: {error}"
            return {}, (
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
                f"failed: unable to retrieve secret from asm: {each['valueFrom']}: {why}"
            )
    return values, None


def _secret(region: str, source: str) -> str:
    """Return a secret's value by ARN or name, with ECS's optional `:json-key:version-stage:version-id` behind it."""
    if source.startswith("arn:aws:ssm:"):
        return _parameter(region, source.partition(":parameter")[2])
    if not source.startswith("arn:"):
        name, _, rest = source.partition(":")
        key, stage, version = _parts(rest)
    else:
        parts = source.split(":")
        name = ":".join(parts[:7])
        key, stage, version = _parts(":".join(parts[7:]))
    found = moto_backend("secretsmanager", region).get_secret_value(
        secret_id=name, version_id=version or "", version_stage=stage or ""
    )
    value = str(found["SecretString"])
    return str(json.loads(value)[key]) if key else value


def _parts(rest: str) -> tuple[str, str, str]:
    key, stage, version = [*rest.split(":"), "", "", ""][:3]
    return key, stage, version


def _parameter(region: str, name: str) -> str:
    found = moto_backend("ssm", region).get_parameter(name)
    if found is None:
        raise KeyError(name)
    return str(found.value)


def view_progress(document: dict[str, Any]) -> dict[str, Any]:
    """Write how far a task has come; what is absent stays. Returns whether it is wanted to run.

    `status`; `address`: its own address; `exit_code`; `stop_code`, `reason`: why it stops, unless somebody told it to.
    """
    region = document["region"]
    task = tasks(region)[document["task"]]
    shown, status = task.document, document["status"]
    if "reason" in document:
        if shown["desiredStatus"] != "STOPPED":
            task.failed = True
        want_stopped(task, document["stop_code"], document["reason"])
    shown["lastStatus"] = status
    shown["version"] += 1
    times = {
        "PENDING": ("connectivityAt", "pullStartedAt"),
        "RUNNING": ("pullStoppedAt", "startedAt"),
        "STOPPED": ("executionStoppedAt", "stoppedAt"),
    }
    shown |= dict.fromkeys(times.get(status, ()), now())
    if "address" in document:
        _attach(task, document["address"])
    for container in shown["containers"]:
        if status in ("RUNNING", "STOPPED"):
            container["lastStatus"] = status
        if "exit_code" in document:
            container["exitCode"] = document["exit_code"]
        if status == "STOPPED" and "reason" in document and "exit_code" not in document:
            container["reason"] = document["reason"]
    if status == "STOPPED":
        _ended(region, task)
    bump()
    return {"desired_status": shown["desiredStatus"]}


def _attach(task: TaskRecord, address: str) -> None:
    attachment = task.document["attachments"][0]
    subnet = attachment["details"][0]
    attachment["status"] = "ATTACHED"
    attachment["details"] = [subnet, {"name": "privateIPv4Address", "value": address}]
    interface = {"attachmentId": attachment["id"], "privateIpv4Address": address}
    for container in task.document["containers"]:
        container["networkInterfaces"] = [interface]


def _ended(region: str, task: TaskRecord) -> None:
    task.document["attachments"][0]["status"] = "DELETED"
    if task.service is None or not task.failed:
        return
    service = backend_service(region, task.service)
    for deployment in service.deployments:
        if deployment["id"] == task.deployment:
            deployment["failedTasks"] += 1


def view_register(document: dict[str, Any]) -> dict[str, Any]:
    """Register a running task in its service's target groups."""
    region = document["region"]
    task = tasks(region)[document["task"]]
    if task.service is None:
        return {}
    service = backend_service(region, task.service)
    for balancer in service.load_balancers:
        target = {"Id": document["address"], "Port": balancer["containerPort"]}
        if balancer["targetGroupArn"] in elb.backend(region).target_groups:
            elb.register(region, balancer["targetGroupArn"], [target])
            task.targets.append({"arn": balancer["targetGroupArn"], "id": target["Id"], "port": target["Port"]})
            message = f"registered 1 targets in (target-group {balancer['targetGroupArn']})"
            add_event(service, f"(service {service.name}) {message}")
    return {}


def view_deregister(document: dict[str, Any]) -> dict[str, Any]:
    """Begin to deregister a task's targets; `at_once` for a task that is gone. Return how many still drain."""
    region = document["region"]
    task = tasks(region)[document["task"]]
    draining = 0
    for target in task.targets:
        if target["arn"] not in elb.backend(region).target_groups:
            continue
        key = {"Id": target["id"], "Port": target["port"]}
        state = elb.health(region, target["arn"], [key])[0]["TargetHealth"]
        if state["State"] != "draining" and state["Reason" if "Reason" in state else "State"] != "Target.NotRegistered":
            elb.deregister(region, target["arn"], [key])
        after = elb.health(region, target["arn"], [key])[0]["TargetHealth"]
        draining += after["State"] == "draining"
    return {"draining": draining}
