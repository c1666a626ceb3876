"""One explicit provider a region: no resource ever uses the default one."""

import pulumi
import pulumi_aws as aws

from estate.config import Environment


def region_provider(environment: Environment, region: str) -> pulumi.ProviderResource:
    """Return the provider of a region, which refuses every account but the environment's own and tags what it makes."""
    return aws.Provider(
        f"aws-{region}",
        region=region,
        allowed_account_ids=[environment.account_id],
        default_tags={
            "tags": {
                "Project": "breiq",
                "Environment": environment.environment,
                "ManagedBy": "pulumi",
                "Owner": environment.owner,
                "CostCenter": environment.cost_center,
            },
        },
    )


def region_providers(environment: Environment) -> dict[str, pulumi.ProviderResource]:
    """Return the providers of both regions, the one born as primary first."""
    return {region: region_provider(environment, region) for region in environment.creation_order}
