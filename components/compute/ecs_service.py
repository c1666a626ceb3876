"""The two ECS services of an app service or worker: blue and green, both born without a task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment
from estate.topology import COLOURS, Colour

BORN_LIVE: Colour = "blue"
BORN_IDLE: Colour = "green"

OWNED_BY_OPERATIONS = ("desired_count", "task_definition")
"""Releases and failovers set them (docs/design.md#roles-are-data)."""


@dataclass(frozen=True)
class Fleet:
    """Where the tasks of a service or worker run, and by which first revision."""

    environment: Environment
    service: str
    cluster_arn: pulumi.Input[str]
    task_definition_arn: pulumi.Input[str]
    subnet_ids: list[pulumi.Output[str]]
    security_group_id: pulumi.Input[str]
    provider: pulumi.ProviderResource

    @property
    def network(self) -> dict[str, Any]:
        """Where a task is connected: to private subnets alone."""
        return {
            "subnets": self.subnet_ids,
            "security_groups": [self.security_group_id],
            "assign_public_ip": False,
        }

    def registered(self, target_group_arn: pulumi.Input[str], port: int | None) -> dict[str, Any]:
        """Return how a task becomes a target."""
        return {"target_group_arn": target_group_arn, "container_name": self.service, "container_port": port}


def colour_services(
    parent: pulumi.Resource,
    fleet: Fleet,
    *,
    target_groups: Mapping[Colour, pulumi.Input[str]] | None = None,
    port: int | None = None,
    grace_s: int | None = None,
    depends_on: Sequence[pulumi.Resource] = (),
) -> dict[Colour, Any]:
    """Declare both colours and return them. With `target_groups` their tasks are registered there, on `port`.

    The circuit breaker is off: a release judges its colour itself, by targets and traffic, and leads back by itself; a
    breaker that stops starting tasks would keep a colour from recovering when its database comes back.
    """
    return {
        colour: aws.ecs.Service(
            (name := topology.ecs_service(fleet.environment, fleet.service, colour)),
            name=name,
            cluster=fleet.cluster_arn,
            task_definition=fleet.task_definition_arn,
            desired_count=0,
            launch_type="FARGATE",
            network_configuration=fleet.network,
            load_balancers=[fleet.registered(target_groups[colour], port)] if target_groups else None,
            health_check_grace_period_seconds=grace_s,
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker={"enable": False, "rollback": False},
            enable_execute_command=fleet.environment.exec_enabled,
            propagate_tags="SERVICE",
            opts=child(parent, fleet.provider, ignore_changes=OWNED_BY_OPERATIONS, depends_on=depends_on),
        )
        for colour in COLOURS
    }
