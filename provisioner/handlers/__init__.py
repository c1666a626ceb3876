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


MODULES: Final = (*SERVICES, "ec2_routes", "ec2_security", "s3_parts")
"""One a service, and the parts of those that are large."""


def load() -> None:
    """Make all handlers known (`base.HANDLERS`, `base.LOOKUPS`)."""
    for module in MODULES:
        importlib.import_module(f"provisioner.handlers.{module}")
