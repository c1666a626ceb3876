"""An environment as data: strict, frozen. Unknown keys are errors that name file, key and remedy.

One section a file; `checks` holds what no single key shows.
"""

from typing import Any, Final

from estate.config import checks, checks_data, checks_production, checks_services
from estate.config.base import ConfigError, convert
from estate.config.data import CacheConfig, DatabaseConfig, LimitsConfig, QueueConfig, SearchConfig
from estate.config.edge import EdgeConfig
from estate.config.environment import Environment
from estate.config.monitoring import MonitoringConfig
from estate.config.network import LoadBalancerConfig, NetworkConfig, RegionConfig
from estate.config.services import ScalingConfig, ServiceConfig, WorkerConfig

__all__ = [
    "CacheConfig",
    "ConfigError",
    "DatabaseConfig",
    "EdgeConfig",
    "Environment",
    "LimitsConfig",
    "LoadBalancerConfig",
    "MonitoringConfig",
    "NetworkConfig",
    "QueueConfig",
    "RegionConfig",
    "ScalingConfig",
    "SearchConfig",
    "ServiceConfig",
    "WorkerConfig",
    "parse_environment",
]

CHECKS: Final = (
    checks.check_regions,
    checks.check_networks,
    checks_data.check_limits,
    checks_services.check_services,
    checks_services.check_connections,
    checks_data.check_storage,
    checks_data.check_windows,
    checks_data.check_cache,
    checks_data.check_search,
    checks_data.check_queues,
    checks_production.check_production,
)


def parse_environment(data: Any, *, file: str) -> Environment:
    """Return `data` (what the YAML file holds) as an Environment, or raise ConfigError."""
    environment = convert(data, Environment, file=file, remedy="Compare with the fields of estate/config/")
    for check in CHECKS:
        check(environment, file)
    return environment
