"""The roles of AWS's services that work for us in either region. Roles are global: they stand in the foundation."""

import json

import pulumi
import pulumi_aws as aws

from components.security.role import Role, RoleArgs, allow
from estate import topology
from estate.config import Environment
from infra.permissions import OPENSEARCH

MONITORING = "rds-monitoring"
SCHEDULER = "scheduler"


def build_data_roles(environment: Environment, provider: pulumi.ProviderResource) -> None:
    """Declare the role of RDS's enhanced monitoring, the scheduler's, which may run the smoke test alone, and the role
    of OpenSearch Service's own that puts a domain into a VPC: other services make theirs when they are first asked.
    """
    aws.iam.ServiceLinkedRole(
        "opensearch",
        aws_service_name=OPENSEARCH,
        description="Puts search domains into our networks",
        opts=pulumi.ResourceOptions(provider=provider),
    )
    Role(
        MONITORING,
        RoleArgs(
            role_name=topology.role(environment, MONITORING),
            service="monitoring.rds.amazonaws.com",
            description="Writes the database's enhanced monitoring",
            policy=_monitoring_policy(environment),
            boundary_arn=topology.boundary_arn(environment),
            provider=provider,
        ),
    )
    Role(
        SCHEDULER,
        RoleArgs(
            role_name=topology.role(environment, SCHEDULER),
            service="scheduler.amazonaws.com",
            description="Starts the scheduled smoke test",
            policy=_scheduler_policy(environment),
            boundary_arn=topology.boundary_arn(environment),
            provider=provider,
        ),
    )


def _monitoring_policy(environment: Environment) -> str:
    """Return what AmazonRDSEnhancedMonitoringRole allows, in our regions and account alone."""
    groups = [f"arn:aws:logs:{r}:{environment.account_id}:log-group:RDS*" for r in environment.regions]
    statements = [
        allow(["logs:CreateLogGroup", "logs:PutRetentionPolicy"], groups),
        allow(
            ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams", "logs:GetLogEvents"],
            [f"{group}:log-stream:*" for group in groups],
        ),
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _scheduler_policy(environment: Environment) -> str:
    """Return what it takes to run the smoke test's newest revision, as the roles that its task has."""
    account, family = environment.account_id, topology.task_family(environment, "smoke")
    definitions = [f"arn:aws:ecs:{r}:{account}:task-definition/{family}" for r in environment.regions]
    roles = [topology.role_arn(environment, name) for name in ("execution", "task-smoke")]
    cluster_tasks = [f"arn:aws:ecs:{r}:{account}:task/{topology.cluster(environment)}" for r in environment.regions]
    statements = [
        allow(["ecs:RunTask"], [*definitions, *(f"{definition}:*" for definition in definitions)]),
        {
            **allow(["iam:PassRole"], roles),
            "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        },
        {
            **allow(["ecs:TagResource"], [f"{tasks}/*" for tasks in cluster_tasks]),
            "Condition": {"StringEquals": {"ecs:CreateAction": "RunTask"}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
