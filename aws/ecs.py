"""ECS: services and their counts, task-definition revisions, tasks that ended, one-off tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from aws.calls import typed_errors
from aws.errors import AwsError, NotFound

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

    from aws.session import Session

REGISTERED_BY_AWS: Final = (
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
)
"""What DescribeTaskDefinition adds to what was registered."""

BATCH: Final = 10
"""Services that one description may name. Source: DescribeServices."""

TASK_BATCH: Final = 100
"""Tasks that one description may name. Source: DescribeTasks."""

FAILED_CHECKS: Final = "Task failed"
"""How the stopped reason of a task begins that the scheduler stopped for its health checks."""


@dataclass(frozen=True)
class Service:
    """An ECS service as it stands. Counts are tasks; `deployments` is 1 when all tasks are of `task_definition`."""

    name: str
    desired: int
    running: int
    pending: int
    task_definition: str
    deployments: int
    events: tuple[str, ...]


@dataclass(frozen=True)
class TaskDefinition:
    """A revision of a task-definition family. `document` is what registers it again; `tags` are its tags."""

    arn: str
    family: str
    document: dict[str, Any]
    tags: dict[str, str]

    def image(self, container: str) -> str:
        """Return the image of one of its containers."""
        for definition in self.document["containerDefinitions"]:
            if definition["name"] == container:
                return str(definition["image"])
        raise KeyError(container)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The ARNs of the secrets that its tasks are started with, without key, stage and version."""
        given = [one["valueFrom"] for part in self.document["containerDefinitions"] for one in part.get("secrets", [])]
        ours = [":".join(arn.split(":")[:7]) for arn in given if ":secretsmanager:" in arn]
        return tuple(dict.fromkeys(ours))


@dataclass(frozen=True)
class Task:
    """A task as it stands. `exit_code` is its first container's, None while it runs or when it never started.

    `stop_code` and `stopped_reason` are ECS's words; `created_at` and `stopped_at` are in Unix seconds.
    """

    arn: str
    last_status: str
    exit_code: int | None
    stopped_reason: str
    stop_code: str = ""
    task_definition: str = ""
    created_at: float = 0.0
    stopped_at: float | None = None

    @property
    def failed(self) -> bool:
        """Whether it ended by itself, could not start, or failed its health checks: nobody wanted it to stop."""
        if self.last_status != "STOPPED":
            return False
        by_itself = self.stop_code in ("TaskFailedToStart", "EssentialContainerExited")
        return by_itself or self.stopped_reason.startswith(FAILED_CHECKS)


class Ecs:
    """ECS of one region."""

    def __init__(self, session: "Session") -> None:
        self.region, self._session = session.region, session

    @cached_property
    def _client(self) -> "ECSClient":
        client: ECSClient = self._session.client("ecs")
        return client

    def service(self, cluster: str, name: str) -> Service:
        """Return a service. Raises NotFound."""
        return self.describe(cluster, [name])[name]

    def describe(self, cluster: str, names: Sequence[str]) -> dict[str, Service]:
        """Return services by name. Raises NotFound when one does not exist."""
        found: dict[str, Service] = {}
        for start in range(0, len(names), BATCH):
            batch = list(names[start : start + BATCH])
            with typed_errors("ecs:DescribeServices", self.region):
                answer = self._client.describe_services(cluster=cluster, services=batch)
            found |= {
                one["serviceName"]: _service(one) for one in answer["services"] if one.get("status") != "INACTIVE"
            }
        for name in names:
            if name not in found:
                raise _missing("ecs:DescribeServices", self.region, f"ECS service {name} of {cluster}")
        return found

    def scale(self, cluster: str, name: str, desired: int, task_definition: str | None = None) -> None:
        """Set a service's desired count, and its task definition where one is given. May be repeated."""
        more: dict[str, Any] = {"taskDefinition": task_definition} if task_definition else {}
        with typed_errors("ecs:UpdateService", self.region):
            self._client.update_service(cluster=cluster, service=name, desiredCount=desired, **more)

    def redeploy(self, cluster: str, name: str) -> None:
        """Replace a service's tasks by new ones of the same definition: ECS registers targets of new tasks alone."""
        with typed_errors("ecs:UpdateService", self.region):
            self._client.update_service(cluster=cluster, service=name, forceNewDeployment=True)

    def task_definition(self, family_or_arn: str) -> TaskDefinition:
        """Return a revision by ARN, or a family's latest active one. Raises NotFound."""
        arn = family_or_arn if family_or_arn.startswith("arn:") else self._latest(family_or_arn)
        try:
            with typed_errors("ecs:DescribeTaskDefinition", self.region):
                answer = self._client.describe_task_definition(taskDefinition=arn, include=["TAGS"])
        except AwsError as error:
            if error.aws_code == "ClientException":  # ECS's answer for a revision that does not exist
                raise _missing("ecs:DescribeTaskDefinition", self.region, f"task definition {arn}") from error
            raise
        found: Mapping[str, Any] = answer["taskDefinition"]
        document = {key: value for key, value in found.items() if key not in REGISTERED_BY_AWS}
        tags = {str(tag["key"]): str(tag["value"]) for tag in answer.get("tags", [])}
        return TaskDefinition(str(found["taskDefinitionArn"]), str(found["family"]), document, tags)

    def _latest(self, family: str) -> str:
        with typed_errors("ecs:ListTaskDefinitions", self.region):
            answer = self._client.list_task_definitions(familyPrefix=family, status="ACTIVE", sort="DESC", maxResults=1)
        if not answer["taskDefinitionArns"]:
            raise _missing("ecs:ListTaskDefinitions", self.region, f"task definition family {family}")
        return answer["taskDefinitionArns"][0]

    def register(self, document: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        """Register a revision and return its ARN."""
        with typed_errors("ecs:RegisterTaskDefinition", self.region):
            answer = self._client.register_task_definition(
                **dict(document), tags=[{"key": key, "value": value} for key, value in tags.items()]
            )
        return answer["taskDefinition"]["taskDefinitionArn"]

    def deregister(self, arn: str) -> None:
        """Make a revision inactive. May be repeated."""
        with typed_errors("ecs:DeregisterTaskDefinition", self.region):
            self._client.deregister_task_definition(taskDefinition=arn)

    def run_task(
        self,
        cluster: str,
        task_definition: str,
        *,
        subnets: list[str],
        security_group: str,
        started_by: str,
    ) -> str:
        """Start a one-off Fargate task and return its ARN. Raises AwsError `task_not_started` with ECS's reason."""
        with typed_errors("ecs:RunTask", self.region):
            answer = self._client.run_task(
                cluster=cluster,
                taskDefinition=task_definition,
                launchType="FARGATE",
                count=1,
                startedBy=started_by[:36],
                networkConfiguration={
                    "awsvpcConfiguration": {
                        "subnets": subnets,
                        "securityGroups": [security_group],
                        "assignPublicIp": "DISABLED",
                    }
                },
            )
        if not answer["tasks"]:
            reasons = "; ".join(str(failure.get("reason", "")) for failure in answer.get("failures", []))
            raise AwsError(
                "task_not_started",
                "permanent",
                f"ECS in {self.region} did not start a task of {task_definition}",
                call="ecs:RunTask",
                region=self.region,
                cause=reasons or None,
            )
        return answer["tasks"][0]["taskArn"]

    def task(self, cluster: str, arn: str) -> Task:
        """Return a task. Raises NotFound (ECS forgets stopped tasks after an hour)."""
        with typed_errors("ecs:DescribeTasks", self.region):
            answer = self._client.describe_tasks(cluster=cluster, tasks=[arn])
        if not answer["tasks"]:
            raise _missing("ecs:DescribeTasks", self.region, f"task {arn}")
        return _task(answer["tasks"][0])

    def tasks(self, cluster: str, service: str, *, stopped: bool) -> list[Task]:
        """Return a service's tasks, the newest first: those that run, or those that stopped within the last hour."""
        status: Literal["RUNNING", "STOPPED"] = "STOPPED" if stopped else "RUNNING"
        with typed_errors("ecs:ListTasks", self.region):
            pages = self._client.get_paginator("list_tasks").paginate(
                cluster=cluster, serviceName=service, desiredStatus=status
            )
            arns = [arn for page in pages for arn in page["taskArns"]]
        found: list[Task] = []
        for start in range(0, len(arns), TASK_BATCH):
            with typed_errors("ecs:DescribeTasks", self.region):
                answer = self._client.describe_tasks(cluster=cluster, tasks=arns[start : start + TASK_BATCH])
            found += [_task(one) for one in answer["tasks"]]
        return sorted(found, key=lambda task: task.created_at, reverse=True)

    def stop_task(self, cluster: str, arn: str, reason: str) -> None:
        """Ask a task to stop. May be repeated; a task that is gone is no error."""
        try:
            with typed_errors("ecs:StopTask", self.region):
                self._client.stop_task(cluster=cluster, task=arn, reason=reason)
        except AwsError as error:
            if error.aws_code not in {"InvalidParameterException", "ClientException"} and not isinstance(
                error, NotFound
            ):
                raise

    def tasks_started_by(self, cluster: str, started_by: str) -> list[str]:
        """Return the ARNs of the running one-off tasks that were started by a name."""
        with typed_errors("ecs:ListTasks", self.region):
            answer = self._client.list_tasks(cluster=cluster, startedBy=started_by[:36])
        return list(answer["taskArns"])


def _service(one: Mapping[str, Any]) -> Service:
    return Service(
        name=one["serviceName"],
        desired=one["desiredCount"],
        running=one["runningCount"],
        pending=one.get("pendingCount", 0),
        task_definition=one["taskDefinition"],
        deployments=len(one.get("deployments", [])),
        events=tuple(str(event.get("message", "")) for event in one.get("events", [])[:3]),
    )


def _task(one: Mapping[str, Any]) -> Task:
    codes = [container["exitCode"] for container in one.get("containers", []) if "exitCode" in container]
    created, stopped = one.get("createdAt"), one.get("stoppedAt")
    return Task(
        arn=str(one["taskArn"]),
        last_status=str(one.get("lastStatus", "")),
        exit_code=codes[0] if codes else None,
        stopped_reason=str(one.get("stoppedReason", "")),
        stop_code=str(one.get("stopCode", "")),
        task_definition=str(one.get("taskDefinitionArn", "")),
        created_at=created.timestamp() if created else 0.0,
        stopped_at=stopped.timestamp() if stopped else None,
    )


def _missing(call: str, region: str, what: str) -> NotFound:
    return NotFound("not_found", "permanent", f"{what} does not exist in {region}", call=call, region=region)
