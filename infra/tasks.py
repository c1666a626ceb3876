"""What each kind of task is told: environment variables and secrets (the app reads no others)."""

from collections.abc import Mapping

import pulumi

from estate import topology
from estate.config import Environment

SERVICE_SECRETS: Mapping[str, str] = {
    "DB_PASSWORD": "database-app",
    "DB_FENCE_PASSWORD": "database-fence",
    "TOKEN_KEY": "token-key",
    "CACHE_TOKEN": "cache-token",
}
MIGRATE_SECRETS: Mapping[str, str] = {
    "DB_OWNER_PASSWORD": "database-owner",
    "DB_PASSWORD": "database-app",
    "DB_FENCE_PASSWORD": "database-fence",
}
SMOKE_SECRETS: Mapping[str, str] = {"ORIGIN_SECRET": "origin-secret", "PREVIEW_HEADER": "preview-header"}
"""Variable to the secret's name in `topology.SECRETS`."""


def common_variables(environment: Environment, region: str) -> dict[str, pulumi.Input[str]]:
    """Return what every task is told."""
    return {
        "APP_ENVIRONMENT": environment.environment,
        "OTHER_REGION": environment.other_region(region),
        "OPERATIONS_TABLE": topology.operations_table(environment),
    }


def database_variables(environment: Environment, address: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
    """Return how the region's own database is reached."""
    return {
        "DB_HOST": address,
        "DB_PORT": "5432",
        "DB_NAME": environment.database.name,
        "DB_CA_FILE": environment.database.ca_file,
        "DB_POOL_MAX": str(environment.database.pool_max),
    }


def service_variables(
    environment: Environment, region: str, service: str, cache_address: pulumi.Input[str]
) -> dict[str, pulumi.Input[str]]:
    """Return what a service's tasks are told besides. COLOUR is set anew by each release."""
    return {
        "SERVICE": service,
        "COLOUR": "blue",
        "PORT": str(environment.services[service].port),
        "REDIS_HOST": cache_address,
        "REDIS_PORT": "6379",
        "REDIS_CA_FILE": environment.cache.ca_file,
        "VIDEO_BUCKET": topology.video_bucket(environment, region),
    }
