"""What each kind of task is told: environment variables and secrets (the app reads no others).

A service is given what it needs and nothing else: a task without a database has no password of one. What a service
needs stands in the app too (`app/services.py`); a test compares both.
"""

from collections.abc import Mapping
from typing import Final, Literal

import pulumi

from estate import topology
from estate.config import Environment, ServiceConfig, WorkerConfig

Part = Literal["cache", "objects", "tokens"]

PARTS: Final[Mapping[str, tuple[Part, ...]]] = {
    "auth": ("tokens",),
    "video": ("cache", "objects", "tokens"),
    "social": ("cache", "tokens"),
}
"""What a service needs besides its database (which `pool_max` says); one that is not here needs nothing more."""

DATABASE_SECRETS: Final[Mapping[str, str]] = {"DB_PASSWORD": "database-app", "DB_FENCE_PASSWORD": "database-fence"}
PART_SECRETS: Final[Mapping[Part, Mapping[str, str]]] = {
    "cache": {"CACHE_TOKEN": "cache-token"},
    "objects": {},
    "tokens": {"TOKEN_KEY": "token-key"},
}
MIGRATE_SECRETS: Final[Mapping[str, str]] = {"DB_OWNER_PASSWORD": "database-owner", **DATABASE_SECRETS}
SMOKE_SECRETS: Final[Mapping[str, str]] = {"ORIGIN_SECRET": "origin-secret", "PREVIEW_HEADER": "preview-header"}
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
    }


def service_variables(
    environment: Environment,
    region: str,
    name: str,
    config: ServiceConfig | WorkerConfig,
    *,
    database_address: pulumi.Input[str],
    cache_address: pulumi.Input[str],
) -> dict[str, pulumi.Input[str]]:
    """Return what a service's or worker's tasks are told. COLOUR is set anew by each release."""
    variables = {**common_variables(environment, region), "SERVICE": name, "COLOUR": "blue"}
    if isinstance(config, ServiceConfig):
        variables["PORT"] = str(config.port)
    if config.pool_max:
        variables |= database_variables(environment, database_address)
        variables["DB_POOL_MAX"] = str(config.pool_max)
    if "cache" in PARTS.get(name, ()):
        variables |= {"REDIS_HOST": cache_address, "REDIS_PORT": "6379", "REDIS_CA_FILE": environment.cache.ca_file}
    if "objects" in PARTS.get(name, ()):
        variables["VIDEO_BUCKET"] = topology.video_bucket(environment, region)
    return variables


def service_secrets(name: str, config: ServiceConfig | WorkerConfig) -> dict[str, str]:
    """Return the secrets that a service's or worker's tasks are given: variable → name in `topology.SECRETS`."""
    wanted = dict(DATABASE_SECRETS) if config.pool_max else {}
    for part in PARTS.get(name, ()):
        wanted |= PART_SECRETS[part]
    return wanted


def smoke_variables(environment: Environment, region: str) -> dict[str, pulumi.Input[str]]:
    """Return what the smoke test is told: where to ask, and as which site."""
    return {
        **common_variables(environment, region),
        "SMOKE_URL": f"https://{topology.regional_origin_name(environment, region)}",
        "SMOKE_HOST": topology.site_name(environment),
    }
