"""One AWS service a file: how its resource types are created, read and deleted by boto3."""

import importlib
import pkgutil
from typing import Final

SERVICES: Final = (
    "acm",
    "application-autoscaling",
    "backup",
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
    "elbv2",
    "firehose",
    "guardduty",
    "iam",
    "kms",
    "logs",
    "opensearch",
    "rds",
    "route53",
    "s3",
    "s3control",
    "scheduler",
    "secretsmanager",
    "securityhub",
    "shield",
    "sns",
    "sqs",
    "ssm",
    "synthetics",
    "wafv2",
)
"""The services of boto3 that handlers call."""


def load() -> None:
    """Make all handlers known (`base.HANDLERS`, `base.LOOKUPS`): those of every module of this package."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
