"""The recovery plan tried without being asked: each region looks daily, from inside, whether it could serve."""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate import topology
from estate.config import Environment

WINDOW_MINUTES = 15
ATTEMPTS = 2
TASK_AGE_S = 3600


@dataclass(frozen=True)
class EvaluationArgs:
    """The one-off task to run, where, and the role by which the scheduler may run it.

    `container` is the task's; `variables` are what it is told besides.
    """

    environment: Environment
    cluster_arn: pulumi.Input[str]
    task_family_arn: str
    container: str
    variables: dict[str, str]
    role_arn: str
    subnet_ids: list[pulumi.Output[str]]
    security_group_id: pulumi.Input[str]
    provider: pulumi.ProviderResource


class Evaluation(pulumi.ComponentResource):
    """A schedule that starts the region's own smoke test of what serves there, with its newest revision. It needs the
    image, its secrets, a place on Fargate, the load balancer, the app and its database: all that a failover needs. The
    task's log and exit code tell the answer.

    Specification: 10.1
    """

    def __init__(self, name: str, args: EvaluationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Evaluation", name, None, opts)
        aws.scheduler.Schedule(
            name,
            name=topology.evaluation_schedule(args.environment),
            description="Asks this region, from inside, whether it could serve",
            group_name="default",
            schedule_expression=args.environment.recovery.evaluation,
            schedule_expression_timezone="UTC",
            flexible_time_window={"mode": "FLEXIBLE", "maximum_window_in_minutes": WINDOW_MINUTES},
            target=_target(args),
            opts=child(self, args.provider),
        )
        self.register_outputs({})


def _target(args: EvaluationArgs) -> dict[str, Any]:
    variables = [{"name": name, "value": value} for name, value in sorted(args.variables.items())]
    return {
        "arn": args.cluster_arn,
        "role_arn": args.role_arn,
        "ecs_parameters": {
            "task_definition_arn": args.task_family_arn,
            "launch_type": "FARGATE",
            "task_count": 1,
            "propagate_tags": "TASK_DEFINITION",
            "network_configuration": {
                "subnets": args.subnet_ids,
                "security_groups": [args.security_group_id],
                "assign_public_ip": False,
            },
        },
        "input": json.dumps({"containerOverrides": [{"name": args.container, "environment": variables}]}),
        "retry_policy": {"maximum_retry_attempts": ATTEMPTS, "maximum_event_age_in_seconds": TASK_AGE_S},
    }
