"""One AWS service a file: how its resource types are created, read and deleted by boto3."""

import importlib
from typing import Final

SERVICES: Final = (
    "acm",
    "cloudfront",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "elasticache",
    "elbv2",
    "iam",
    "kms",
    "logs",
    "rds",
    "route53",
    "s3",
    "secretsmanager",
    "ssm",
)


def load() -> None:
    """Make all handlers known (`base.HANDLERS`, `base.LOOKUPS`)."""
    for service in SERVICES:
        importlib.import_module(f"provisioner.handlers.{service}")
