"""The roles of ECS: what starts tasks, and what each app service may do."""

import json
from collections.abc import Mapping

import pulumi

from components.role import Role, RoleArgs, allow
from estate import topology
from estate.config import Environment

ECS_TASKS = "ecs-tasks.amazonaws.com"


def build_roles(
    environment: Environment, provider: pulumi.ProviderResource, keys: Mapping[str, pulumi.Output[str]]
) -> None:
    """Declare the execution role and one task role for each app service. Roles are global: they serve both regions."""
    key_arns = pulumi.Output.all(*keys.values())
    Role(
        "execution",
        RoleArgs(
            role_name=topology.role(environment, "execution"),
            service=ECS_TASKS,
            description="Starts tasks: pulls the image, reads the secrets, writes the logs",
            policy=key_arns.apply(lambda arns: execution_policy(environment, arns)),
            provider=provider,
        ),
    )
    for service in environment.services:
        Role(
            f"task-{service}",
            RoleArgs(
                role_name=topology.role(environment, f"task-{service}"),
                service=ECS_TASKS,
                description=f"What the tasks of {service} may do",
                policy=key_arns.apply(lambda arns: task_policy(environment, arns)),
                provider=provider,
            ),
        )


def execution_policy(environment: Environment, key_arns: list[str]) -> str:
    """Return what it takes to start a task in either region. Secret ARNs end in six characters that AWS chooses."""
    account, prefix = environment.account_id, topology.prefix(environment)
    regions = list(environment.regions)
    statements = [
        allow(["ecr:GetAuthorizationToken"], ["*"]),
        allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [f"arn:aws:ecr:{r}:{account}:repository/{topology.repository(environment)}" for r in regions],
        ),
        allow(
            ["secretsmanager:GetSecretValue"],
            [
                f"arn:aws:secretsmanager:{r}:{account}:secret:{topology.secret(environment, s)}-??????"
                for r in regions
                for s in topology.SECRETS
            ],
        ),
        allow(
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [f"arn:aws:logs:{r}:{account}:log-group:/aws/ecs/{prefix}-*" for r in regions],
        ),
        allow(["kms:Decrypt"], key_arns),
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def task_policy(environment: Environment, key_arns: list[str]) -> str:
    """Return what the app does: objects of the video buckets, and the operations table at either region's endpoint."""
    buckets = [f"arn:aws:s3:::{topology.video_bucket(environment, r)}" for r in environment.regions]
    tables = [
        f"arn:aws:dynamodb:{r}:{environment.account_id}:table/{topology.operations_table(environment)}"
        for r in environment.regions
    ]
    statements = [
        allow(["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"], [f"{bucket}/*" for bucket in buckets]),
        allow(["s3:ListBucket"], buckets),
        allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"], tables),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], key_arns),
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
