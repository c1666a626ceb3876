"""What each role may do, and who may be it: policies as data. Pure; `tests/contract/test_iam.py` holds them against
AWS's table of actions and against every call that breiqctl and the app make.

The roles of people and pipelines work while us-east-1 is lost: IAM's evaluation and STS are regional, no statement
names a region that is not the environment's own, and nothing is assumed through IAM Identity Center, whose home is one
region (ADR 0012).
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from components.security.role import allow
from estate import topology
from estate.config import Environment, ServiceConfig, WorkerConfig
from infra.tasks import MIGRATE_SECRETS, PARTS, SMOKE_SECRETS, service_secrets

Statement = dict[str, Any]

QUEUE_ACTIONS: Final = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
)
SEARCH_ACTIONS: Final = ("es:ESHttpDelete", "es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut")

MFA_AGE_S: Final = 3600
GITHUB: Final = "token.actions.githubusercontent.com"
OPENSEARCH: Final = "opensearchservice.amazonaws.com"


def document(statements: Sequence[Statement]) -> str:
    """Return the statements as a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


# Tasks


def tasks(env: Environment) -> dict[str, ServiceConfig | WorkerConfig]:
    """Return the services and workers: each has a task role of its own."""
    return {**env.services, **env.workers}


def task_secrets(env: Environment) -> list[str]:
    """Return the secrets that task definitions name, sorted."""
    wanted = set(MIGRATE_SECRETS.values()) | set(SMOKE_SECRETS.values())
    for name, config in tasks(env).items():
        wanted |= set(service_secrets(name, config).values())
    return sorted(wanted)


def execution(env: Environment) -> list[Statement]:
    """Return what it takes to start a task in either region. Secret ARNs end in six characters that AWS chooses."""
    return [
        allow(["ecr:GetAuthorizationToken"], ["*"]),
        allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            _regional(env, "ecr", f"repository/{topology.repository(env)}"),
        ),
        allow(["secretsmanager:GetSecretValue"], _secrets(env, task_secrets(env))),
        allow(
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            _regional(env, "logs", f"log-group:{topology.log_group(env, '*')}:*"),
        ),
        _bootstrap_key(env),
    ]


def task(env: Environment, name: str, key_arns: Sequence[Any]) -> list[Statement]:
    """Return what a service's or worker's tasks do: the operations table at either region's endpoint (beats only with
    a database), objects of the video buckets where it stores any, a worker's queues, and the search domain.

    A refused upload's object is removed again; a multipart upload under SSE-KMS needs Decrypt besides GenerateDataKey.
    Source: S3 user guide, "Uploading an object using multipart upload", permissions with KMS.
    """
    config = tasks(env)[name]
    beats = ["dynamodb:PutItem"] if config.pool_max else []
    statements = [allow(["dynamodb:GetItem", *beats], _tables(env))]
    if "objects" in PARTS.get(name, ()):
        objects = [f"arn:aws:s3:::{topology.video_bucket(env, region)}/*" for region in env.regions]
        actions = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        statements += [allow(actions, objects), allow(["kms:Decrypt", "kms:GenerateDataKey"], key_arns)]
    if name in env.workers:
        queues = [topology.queue_arn(env, region, queue) for queue in env.queues for region in env.regions]
        statements.append(allow(QUEUE_ACTIONS, queues))
    if name in (*env.workers, "search"):
        statements.append(allow(SEARCH_ACTIONS, _regional(env, "es", f"domain/{topology.search_domain(env)}/*")))
    return statements


# People and pipelines


def releases(env: Environment, key_arns: Sequence[Any]) -> list[Statement]:
    """Return what a release does: `breiqctl deploy`, `release`, `status`, `logs`, `operation`, in either region.

    Its journal goes to a bucket that encrypts with the data key. Whether the tasks' secrets are there is asked before
    anything is changed; their values are not read.
    """
    return [
        *_colours(env),
        allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages"],
            _regional(env, "ecr", f"repository/{topology.repository(env)}"),
        ),
        allow(["rds:DescribeDBInstances"], _databases(env)),
        allow(["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"], _tables(env)),
        allow(["ssm:GetParametersByPath"], _regional(env, "ssm", f"parameter{topology.manifest_path(env)}")),
        allow(["secretsmanager:GetSecretValue"], _secrets(env, ["origin-secret", "preview-header"])),
        allow(["s3:PutObject"], [f"arn:aws:s3:::{topology.audit_bucket(env, region)}/*" for region in env.regions]),
        allow(["kms:GenerateDataKey"], key_arns),
        allow(
            ["iam:PassRole"],
            [topology.role_arn(env, "execution"), topology.role_arn(env, "task-*")],
            {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        _bootstrap_key(env),
        allow(["secretsmanager:DescribeSecret"], _secrets(env, topology.SECRETS)),
    ]


def _colours(env: Environment) -> list[Statement]:
    """Return what changes and watches colours: task definitions, services, tasks, listener rules, scaling, alarms."""
    cluster, prefix = topology.cluster(env), topology.prefix(env)
    families = _regional(env, "ecs", f"task-definition/{prefix}-*:*")
    return [
        allow(
            [
                "ecs:DeregisterTaskDefinition",
                "ecs:DescribeTaskDefinition",
                "ecs:ListTaskDefinitions",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTargetHealth",
                "application-autoscaling:DescribeScalableTargets",
                "cloudwatch:DescribeAlarms",
            ],
            ["*"],
        ),
        allow(["ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:TagResource"], families),
        allow(["ecs:DescribeServices", "ecs:UpdateService"], _regional(env, "ecs", f"service/{cluster}/{prefix}-*")),
        allow(["ecs:DescribeTasks", "ecs:StopTask", "ecs:TagResource"], _regional(env, "ecs", f"task/{cluster}/*")),
        allow(["logs:FilterLogEvents"], _regional(env, "logs", f"log-group:{topology.log_group(env, '*')}:*")),
        allow(["ecs:ListTasks"], ["*"], {"ArnEquals": {"ecs:cluster": _regional(env, "ecs", f"cluster/{cluster}")}}),
        allow(
            ["elasticloadbalancing:ModifyRule"],
            _regional(env, "elasticloadbalancing", f"listener-rule/app/{topology.load_balancer(env)}/*"),
        ),
        allow(
            ["application-autoscaling:RegisterScalableTarget"],
            _regional(env, "application-autoscaling", "scalable-target/*"),
        ),
    ]


def operations(env: Environment, key_arns: Sequence[Any]) -> list[Statement]:
    """Return what a failover, switchover, failback or drill does: what a release does, a look whether the recovery
    region has the secrets, and the promotion.
    """
    return [
        *releases(env, key_arns),
        allow(["rds:PromoteReadReplica"], _databases(env)),
    ]


def break_glass(env: Environment, key_arns: Sequence[Any], zone_arn: Any) -> list[Statement]:
    """Return what the last resorts of the runbooks take, besides: the table's items by hand, records, quarantine, a
    database's state, logs, and a shell in a task.
    """
    cluster, prefix = topology.cluster(env), topology.prefix(env)
    return [
        *operations(env, key_arns),
        allow(["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Scan"], _tables(env)),
        allow(["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"], [zone_arn]),
        allow(["ec2:DescribeNetworkAcls", "ec2:DescribeSubnets"], ["*"]),
        allow(
            ["ec2:ReplaceNetworkAclAssociation"],
            [*_regional(env, "ec2", "network-acl/*"), *_regional(env, "ec2", "subnet/*")],
            {"StringEquals": {"aws:ResourceTag/Environment": env.environment}},
        ),
        allow(["rds:RebootDBInstance", "rds:StartDBInstance", "rds:StopDBInstance"], _databases(env)),
        allow(["logs:DescribeLogGroups"], ["*"]),
        allow(
            ["logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"],
            _regional(env, "logs", f"log-group:/aws/*{prefix}*:*"),
        ),
        allow(["logs:GetQueryResults"], ["*"]),
        allow(["ecs:ExecuteCommand"], _regional(env, "ecs", f"task/{cluster}/*")),
        allow(["secretsmanager:GetSecretValue"], _secrets(env, topology.SECRETS)),
    ]


# Trust


def by_people(env: Environment) -> str:
    """Return the trust in the account's own principals, who showed a second factor within the hour.

    Who of them may is said by their own policies (`sts:AssumeRole` on the role); no sign-in service is between.
    """
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{env.account_id}:root"},
                    "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
                    "Condition": {
                        "Bool": {"aws:MultiFactorAuthPresent": "true"},
                        "NumericLessThan": {"aws:MultiFactorAuthAge": str(MFA_AGE_S)},
                    },
                }
            ],
        }
    )


def by_pipeline(env: Environment) -> str:
    """Return the trust in the repository's pipelines, in the GitHub environment of the same name alone."""
    return json.dumps({"Version": "2012-10-17", "Statement": [github_trust(env, f"environment:{env.environment}")]})


def github_trust(env: Environment, context: str) -> Statement:
    """Return the statement that trusts pipelines of one context. Source: GitHub docs, "OIDC in AWS"."""
    return {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{env.account_id}:oidc-provider/{GITHUB}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{GITHUB}:aud": "sts.amazonaws.com",
                f"{GITHUB}:sub": f"repo:{env.security.github_repository}:{context}",
            }
        },
    }


# ARNs


def _regional(env: Environment, service: str, resource: str) -> list[str]:
    return [f"arn:aws:{service}:{region}:{env.account_id}:{resource}" for region in env.regions]


def _tables(env: Environment) -> list[str]:
    return _regional(env, "dynamodb", f"table/{topology.operations_table(env)}")


def _databases(env: Environment) -> list[str]:
    own = [topology.database_arn(env, region) for region in env.regions]
    return [*own, *(f"{arn}-*" for arn in own)]


def _secrets(env: Environment, names: Sequence[str]) -> list[str]:
    return [
        arn for name in names for arn in _regional(env, "secretsmanager", f"secret:{topology.secret(env, name)}-??????")
    ]


def _bootstrap_key(env: Environment) -> Statement:
    """Return the right to read what the bootstrap encrypted: its key is known here by its alias alone."""
    alias = topology.kms_alias(env, "bootstrap")
    condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}
    return allow(["kms:Decrypt"], _regional(env, "kms", "key/*"), condition)
