"""Chooses what a stack builds by its name, `<environment>-<part>`."""

import pulumi
import pulumi_aws as aws

from estate.config import ConfigError, Environment
from estate.files import list_environments, read_environment
from estate.topology import stack_names
from infra.edge.stack import build_edge
from infra.foundation.stack import build_foundation
from infra.region.stack import build_region

SERVICES = (
    "acm",
    "appautoscaling",
    "backup",
    "budgets",
    "cfg",
    "chatbot",
    "cloudfront",
    "cloudtrail",
    "cloudwatch",
    "costexplorer",
    "dynamodb",
    "ebs",
    "ec2",
    "ecr",
    "ecs",
    "elasticache",
    "guardduty",
    "iam",
    "kinesis",
    "kms",
    "lb",
    "opensearch",
    "rds",
    "route53",
    "s3",
    "scheduler",
    "secretsmanager",
    "securityhub",
    "shield",
    "sns",
    "sqs",
    "ssm",
    "synthetics",
    "vpc",
    "wafv2",
)


def load() -> None:
    """Import the modules of all AWS services that the program uses: they are imported at their first use otherwise."""
    for service in SERVICES:
        hasattr(getattr(aws, service), "outputs")  # the first attribute that is asked for loads the module


def run() -> None:
    """Declare the resources of the current stack. Raises ConfigError when the name is no stack of any environment."""
    environment, part = environment_of(pulumi.get_stack())
    if part == "foundation":
        build_foundation(environment)
    elif part == "edge":
        build_edge(environment)
    else:
        build_region(environment, part)


def environment_of(stack: str) -> tuple[Environment, str]:
    """Return a stack's environment and part (`foundation`, a region's name or `edge`)."""
    for name in sorted(list_environments(), key=len, reverse=True):
        if stack.startswith(f"{name}-"):
            environment = read_environment(name)
            if stack in stack_names(environment):
                return environment, stack.removeprefix(f"{name}-")
    raise ConfigError(
        file=f"stacks/Pulumi.{stack}.yaml",
        key="",
        problem=f"{stack!r} is not a stack of any environment",
        remedy="A stack is named <environment>-foundation, <environment>-<region> or <environment>-edge",
    )
