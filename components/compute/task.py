"""A task definition of the app's image: of a service, or of a task that runs once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment

PLACEHOLDER_IMAGE = f"sha256:{'0' * 64}"
"""The program declares what tasks are told; which image they run is the release's. Nothing runs from this one."""

USER = "10001:10001"
"""A user and group that no image has: a task needs no rights, and owns no file."""

OPEN_FILES = 65_535
"""As many as Fargate gives at most; each connection of a client is an open file. Source: Fargate task definition."""


@dataclass(frozen=True)
class TaskArgs:
    """`task` is an app service, a worker, `migrate` or `smoke`. Without `command` the image's own runs; `port` None: no
    server.

    `secrets` are ARNs by the name of the variable; `environment_variables` may be outputs.
    """

    environment: Environment
    region: str
    task: str
    cpu: int
    memory_mib: int
    log_group: pulumi.Input[str]
    environment_variables: Mapping[str, pulumi.Input[str]]
    secrets: Mapping[str, pulumi.Input[str]]
    provider: pulumi.ProviderResource
    command: Sequence[str] | None = None
    port: int | None = None
    stop_timeout_s: int = 30
    task_role: str | None = None


class Task(pulumi.ComponentResource):
    """The program's revision of a family, for Fargate. The container is named as the task.

    A release registers a revision of its own: the family's latest, with another image. So a change here reaches the
    tasks with the next release (docs/design.md#task-definitions). Earlier revisions stay: services may still use them.

    It runs as a user without rights, on a root file system that it cannot write to, with room for as many open files as
    connections; an init process reaps what ECS Exec leaves.

    Specification: 2.1, 3.2, 5.2, 6.1, 7.2
    """

    family: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: TaskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Task", name, None, opts)
        role = topology.role_arn(args.environment, args.task_role) if args.task_role else None
        definition = aws.ecs.TaskDefinition(
            name,
            family=topology.task_family(args.environment, args.task),
            cpu=str(args.cpu),
            memory=str(args.memory_mib),
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            execution_role_arn=topology.role_arn(args.environment, "execution"),
            task_role_arn=role,
            container_definitions=pulumi.Output.all(
                log_group=args.log_group,
                variables=dict(args.environment_variables),
                secrets=dict(args.secrets),
            ).apply(lambda known: json.dumps([container(args, **known)])),
            skip_destroy=True,
            opts=child(self, args.provider),
        )
        self.family, self.arn = definition.family, definition.arn
        self.register_outputs({"family": self.family})


def container(
    args: TaskArgs, log_group: str, variables: Mapping[str, str], secrets: Mapping[str, str]
) -> dict[str, Any]:
    """Return the one container of the task, as ECS takes it; names sorted, so that equal inputs give equal text."""
    definition: dict[str, Any] = {
        "name": args.task,
        "image": topology.image_uri(args.environment, args.region, PLACEHOLDER_IMAGE),
        "essential": True,
        "cpu": args.cpu,
        "memory": args.memory_mib,
        "stopTimeout": args.stop_timeout_s,
        "user": USER,
        "readonlyRootFilesystem": not args.environment.exec_enabled,
        "linuxParameters": {"initProcessEnabled": True},
        "ulimits": [{"name": "nofile", "softLimit": OPEN_FILES, "hardLimit": OPEN_FILES}],
        "environment": [{"name": name, "value": value} for name, value in sorted(variables.items())],
        "secrets": [{"name": name, "valueFrom": arn} for name, arn in sorted(secrets.items())],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group,
                "awslogs-region": args.region,
                "awslogs-stream-prefix": args.task,
            },
        },
    }
    if args.command:
        definition["command"] = list(args.command)
    if args.port:
        definition["portMappings"] = [{"containerPort": args.port, "hostPort": args.port, "protocol": "tcp"}]
    return definition
