"""The roles: what starts tasks, what each service may do, and who releases, operates and repairs."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.security.role import Role, RoleArgs
from estate import topology
from estate.config import Environment
from infra import permissions

ECS_TASKS = "ecs-tasks.amazonaws.com"
OPERATION_S = 4 * 3600
"""So long may an operation's session last: a failback waits for a replica to be made."""


def build_roles(
    environment: Environment,
    provider: pulumi.ProviderResource,
    keys: Mapping[str, pulumi.Output[str]],
    zone_id: pulumi.Output[str],
) -> None:
    """Declare the execution role, a task role for each service and worker, and the deploy, operations and break-glass
    roles. Roles are global: they serve both regions.
    """
    boundary = topology.boundary_arn(environment)
    key_arns = list(keys.values())

    def role(name: str, description: str, statements: Sequence[dict[str, Any]], **more: Any) -> None:
        policy = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})
        Role(
            name,
            RoleArgs(
                role_name=topology.role(environment, name),
                description=description,
                policy=policy,
                boundary_arn=boundary,
                provider=provider,
                **more,
            ),
        )

    role(
        "execution",
        "Starts tasks: pulls the image, reads the secrets, writes the logs",
        permissions.execution(environment),
        service=ECS_TASKS,
    )
    for name in permissions.tasks(environment):
        role(
            f"task-{name}",
            f"What the tasks of {name} may do",
            permissions.task(environment, name, key_arns),
            service=ECS_TASKS,
        )
    role(
        "deploy",
        "Releases, from the pipeline",
        permissions.releases(environment, key_arns),
        trust=permissions.by_pipeline(environment),
    )
    people = permissions.by_people(environment)
    zone_arn = pulumi.Output.concat("arn:aws:route53:::hostedzone/", zone_id)
    role(
        "operations",
        "Fails over, fails back, drills; works while us-east-1 is lost",
        permissions.operations(environment, key_arns),
        trust=people,
        session_s=OPERATION_S,
    )
    role(
        "break-glass",
        "The runbooks' last resorts; each use is an incident",
        permissions.break_glass(environment, key_arns, zone_arn),
        trust=people,
    )
