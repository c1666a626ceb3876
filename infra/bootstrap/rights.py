"""What the pipeline's roles may do, as data. `tests/contract/test_pipeline_roles.py` holds it against every call of an
apply and of a plan; what is allowed besides stands there with its reason.
"""

from typing import Any, Final

from estate import topology
from estate.config import Environment
from infra.bootstrap.parts import document, key_arn, replica_key_arn, statement
from infra.permissions import GITHUB, OPENSEARCH

SERVICES: Final = (
    "acm",
    "application-autoscaling",
    "backup",
    "backup-storage",
    "budgets",
    "ce",
    "chatbot",
    "cloudfront",
    "cloudtrail",
    "cloudwatch",
    "config",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "elasticache",
    "elasticloadbalancing",
    "es",
    "firehose",
    "guardduty",
    "kms",
    "logs",
    "rds",
    "route53",
    "s3",
    "scheduler",
    "securityhub",
    "shield",
    "sns",
    "sqs",
    "ssm",
    "synthetics",
    "wafv2",
)
"""The services that an apply makes resources of: it may do all there, but what is denied below."""

LOOKED_UP: Final = ("cache-token", "database-owner", "origin-secret", "pagerduty-url", "preview-header")
"""The secrets whose values the program hands on; of all others it knows names alone."""


def not_elsewhere(environment: Environment) -> dict[str, Any]:
    """Return the denial of all other regions; global services answer in us-east-1."""
    regions = sorted({*environment.regions, environment.witness_region, "us-east-1"})
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": regions}}
    return statement("ButElsewhere", ["*"], "*", elsewhere, Effect="Deny")


def plan(environment: Environment) -> dict[str, Any]:
    """Return what a plan needs besides ReadOnlyAccess: the state with its locks, and the secrets that the program looks
    up. What users wrote and what logs tell of them is not read, although ReadOnlyAccess would allow it.
    """
    states = _state_buckets(environment)
    buckets = [f"arn:aws:s3:::breiq-{kind}-{environment.environment}-*/*" for kind in DATA_BUCKETS]
    return document(
        statement("ListsState", ["s3:ListBucket"], states),
        statement("ReadsState", ["s3:GetObject"], [f"{arn}/*" for arn in states]),
        statement("Locks", ["s3:DeleteObject", "s3:PutObject"], [f"{arn}/.pulumi/locks/*" for arn in states]),
        statement("UsesKey", ["kms:Decrypt", "kms:GenerateDataKey"], _keys(environment)),
        *_secrets(environment),
        statement("NeverObjects", ["s3:GetObject*"], buckets, Effect="Deny"),
        statement("NeverData", DATA_READS, "*", Effect="Deny"),
    )


DATA_BUCKETS: Final = ("archive", "audit", "logs", "vault", "videos")
DATA_READS: Final = (
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:GetQueryResults",
    "logs:StartLiveTail",
    "logs:StartQuery",
)


def apply(environment: Environment) -> dict[str, Any]:
    """Return what an apply needs: the services of the program, IAM for roles of ours that have the boundary, and no way
    to change the boundary, the pipeline's own roles, or what keeps the state.
    """
    account = environment.account_id
    roles = f"arn:aws:iam::{account}:role/{topology.role(environment, '*')}"
    bounded = {"StringEquals": {"iam:PermissionsBoundary": topology.boundary_arn(environment)}}
    linked = f"arn:aws:iam::{account}:role/aws-service-role"
    canaries = [f"arn:aws:lambda:{r}:{account}:{kind}:cwsyn-*" for r in environment.regions for kind in CANARY_PARTS]
    return document(
        statement("Makes", [f"{service}:*" for service in SERVICES], "*"),
        statement("MakesCanaries", ["lambda:*"], canaries),
        statement("RunsCanaries", ["lambda:GetLayerVersion"], "arn:aws:lambda:*:*:layer:Synthetics*"),
        *_secrets(environment),
        statement(
            "MakesBoundedRoles",
            ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
            roles,
            bounded,
        ),
        statement("KeepsRoles", ["iam:DeleteRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRoleDescription"], roles),
        statement(
            "KeepsAllRoles", ["iam:TagRole", "iam:UntagRole", "iam:UpdateRole"], [roles, f"{linked}/{OPENSEARCH}/*"]
        ),
        statement("PassesRoles", ["iam:PassRole"], roles),
        statement("ServicesRoles", ["iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole"], f"{linked}/*"),
        statement("Account", ["iam:DeleteAccountPasswordPolicy", "iam:UpdateAccountPasswordPolicy"], "*"),
        statement("ReadsIam", ["iam:Get*", "iam:List*"], "*"),
        *_nevers(environment),
    )


CANARY_PARTS: Final = ("function", "layer")
"""CloudWatch Synthetics makes a canary's function in the name of whoever makes the canary."""


def _nevers(environment: Environment) -> list[dict[str, Any]]:
    account, states = environment.account_id, _state_buckets(environment)
    made = ("pipeline-*", "rotation", "state-replication")
    bootstrap = [f"arn:aws:iam::{account}:role/{topology.role(environment, name)}" for name in made]
    own = [*bootstrap, topology.boundary_arn(environment), f"arn:aws:iam::{account}:oidc-provider/{GITHUB}"]
    keeps = ("DeleteBucket*", "DeleteObjectVersion", "PutBucket*", "PutLifecycle*", "PutReplication*")
    return [
        statement("NeverItself", ["iam:*"], own, Effect="Deny"),
        statement(
            "NeverTheStatesBuckets",
            [f"s3:{action}" for action in keeps],
            [*states, *(f"{arn}/*" for arn in states)],
            Effect="Deny",
        ),
        statement(
            "NeverTheStatesKey",
            ["kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"],
            _keys(environment),
            Effect="Deny",
        ),
        not_elsewhere(environment),
    ]


def _state_buckets(environment: Environment) -> list[str]:
    return [f"arn:aws:s3:::{topology.state_bucket(environment, region)}" for region in environment.regions]


def _keys(environment: Environment) -> list[Any]:
    return [key_arn(), replica_key_arn(environment)]


def _secrets(environment: Environment) -> list[dict[str, Any]]:
    """Return the reading of those secrets that the program hands on, and the names of all."""
    prefix, every = f"arn:aws:secretsmanager:*:{environment.account_id}:secret", topology.secret(environment, "*")
    values = [f"{prefix}:{topology.secret(environment, name)}-??????" for name in LOOKED_UP]
    return [
        statement(
            "FindsSecrets", ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"], f"{prefix}:{every}"
        ),
        statement("ReadsSecrets", ["secretsmanager:GetSecretValue"], values),
    ]
