"""Secrets by name: the bootstrap made them, the program looks them up in its own region (docs/design.md#secrets)."""

import pulumi
import pulumi_aws as aws

from estate import topology
from estate.config import Environment


def secret_arn(environment: Environment, name: str, provider: pulumi.ProviderResource) -> pulumi.Output[str]:
    """Return a secret's ARN; the value is not read."""
    found = aws.secretsmanager.get_secret_output(
        name=topology.secret(environment, name), opts=pulumi.InvokeOutputOptions(provider=provider)
    )
    return found.arn


def secret_value(environment: Environment, name: str, provider: pulumi.ProviderResource) -> pulumi.Output[str]:
    """Return a secret's value, as a Pulumi secret."""
    found = aws.secretsmanager.get_secret_version_output(
        secret_id=topology.secret(environment, name), opts=pulumi.InvokeOutputOptions(provider=provider)
    )
    return pulumi.Output.secret(found.secret_string)
