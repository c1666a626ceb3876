"""Actions of ECS on tasks: what is wanted of them, and what is known of them."""

from typing import Any

from localcloud.api.record import ACCOUNT
from localcloud.services.ecs import record
from localcloud.services.ecs.refusals import active, invalid


def run_task(self: Any) -> Any:
    """Start tasks of a definition that is active."""
    from moto.core.responses import ActionResult

    parameters = self._get_params()
    cluster = self.ecs_backend._get_cluster(parameters.get("cluster") or "default")
    definition = active(self.ecs_backend, parameters["taskDefinition"])
    if definition.network_mode == "awsvpc" and not parameters.get("networkConfiguration"):
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    started = [
        record.new_task(
            self.region,
            cluster,
            definition,
            group=parameters.get("group") or f"family:{definition.family}",
            started_by=parameters.get("startedBy") or "",
            network=parameters.get("networkConfiguration"),
            overrides=parameters.get("overrides"),
            tags=parameters.get("tags"),
        ).document
        for _ in range(int(parameters.get("count") or 1))
    ]
    return ActionResult({"tasks": started, "failures": []})


def stop_task(self: Any) -> Any:
    """Want a task stopped."""
    from moto.core.responses import ActionResult

    task = _find(self, self._get_param("task"))
    if task is None:
        raise invalid("The referenced task was not found.")
    record.want_stopped(task, "UserInitiated", self._get_param("reason") or "Task stopped by user")
    return ActionResult({"task": task.document})


def describe_tasks(self: Any) -> Any:
    """Return what is known of tasks; tags where they are asked for."""
    from moto.core.responses import ActionResult

    self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
    asked = self._get_param("tasks", [])
    if not asked:
        raise invalid("Tasks cannot be empty.")
    found = {name: _find(self, name) for name in asked}
    with_tags = "TAGS" in self._get_param("include", [])
    documents = [
        {key: value for key, value in task.document.items() if key != "tags" or with_tags}
        for task in found.values()
        if task is not None
    ]
    missing = [{"arn": _task_arn(self, name), "reason": "MISSING"} for name, task in found.items() if task is None]
    return ActionResult({"tasks": documents, "failures": missing})


def list_tasks(self: Any) -> Any:
    """Return the tasks of a service, family or state."""
    from moto.core.responses import ActionResult

    cluster = self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
    service, family = self._get_param("serviceName"), self._get_param("family")
    wanted = {
        "clusterArn": cluster.arn,
        "desiredStatus": self._get_param("desiredStatus") or "RUNNING",
        "startedBy": self._get_param("startedBy"),
        "group": f"service:{service.split('/')[-1]}" if service else None,
    }
    arns = [
        task.arn
        for task in record.tasks(self.region).values()
        if all(task.document[key] == value for key, value in wanted.items() if value)
        and (not family or task.document["taskDefinitionArn"].split("/")[-1].rpartition(":")[0] == family)
    ]
    return ActionResult({"taskArns": arns})


def _find(response: Any, name: str) -> record.TaskRecord | None:
    identity = name.rpartition("/")[2]
    return next((task for arn, task in record.tasks(response.region).items() if arn.endswith(f"/{identity}")), None)


def _task_arn(response: Any, name: str) -> str:
    if name.startswith("arn:"):
        return name
    cluster = response._get_param("cluster", "default").rpartition("/")[2]
    return f"arn:aws:ecs:{response.region}:{ACCOUNT}:task/{cluster}/{name}"
