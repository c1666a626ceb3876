"""The roles: what starts tasks, what each service may do, and who releases, operates and repairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.security.role import Role, RoleArgs
from estate import topology
from estate.config import Environment
from infra import permissions

ECS_TASKS = "ecs-tasks.amazonaws.com"
OPERATION_S = 4 * 3600
"""So long may an operation's session last: a failback waits for a replica to be made."""


@dataclass(frozen=True)
class _Roles:
    """Declares roles of the environment, all below its boundary."""

    environment: Environment
    provider: pulumi.ProviderResource

    def declare(self, name: str, description: str, statements: Sequence[dict[str, Any]], **more: Any) -> None:
        """Declare a role that may do what the statements say; `more` says who assumes it, and for how long."""
        Role(
            name,
            RoleArgs(
                role_name=topology.role(self.environment, name),
                description=description,
                policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)}),
                boundary_arn=topology.boundary_arn(self.environment),
                provider=self.provider,
                **more,
            ),
        )


def build_roles(
    environment: Environment,
    provider: pulumi.ProviderResource,
    keys: Mapping[str, pulumi.Output[str]],
    zone_id: pulumi.Output[str],
) -> None:
    """Declare the execution role, a task role for each service and worker, and the deploy, operations and break-glass
    roles. Roles are global: they serve both regions.
    """
    roles, key_arns = _Roles(environment, provider), list(keys.values())
    _task_roles(roles, key_arns)
    roles.declare(
        "deploy",
        "Releases, from the pipeline",
        permissions.releases(environment, key_arns),
        trust=permissions.by_pipeline(environment),
    )
    people = permissions.by_people(environment)
    zone_arn = pulumi.Output.concat("arn:aws:route53:::hostedzone/", zone_id)
    roles.declare(
        "operations",
        "Fails over, fails back, drills; works while us-east-1 is lost",
        permissions.operations(environment, key_arns),
        trust=people,
        session_s=OPERATION_S,
    )
    roles.declare(
        "break-glass",
        "The runbooks' last resorts; each use is an incident",
        permissions.break_glass(environment, key_arns, zone_arn),
        trust=people,
    )


def _task_roles(roles: _Roles, key_arns: Sequence[pulumi.Output[str]]) -> None:
    """Declare what starts tasks, and what the tasks of each service and worker may do."""
    environment = roles.environment
    roles.declare(
        "execution",
        "Starts tasks: pulls the image, reads the secrets, writes the logs",
        permissions.execution(environment),
        service=ECS_TASKS,
    )
    for name in permissions.tasks(environment):
        roles.declare(
            f"task-{name}",
            f"What the tasks of {name} may do",
            permissions.task(environment, name, key_arns),
            service=ECS_TASKS,
        )
