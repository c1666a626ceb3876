"""An environment as data: strict, frozen. What is wrong is told with file, line, key, limit, source and remedy.

One section a file; `limits` holds what each field may be, `checks*` what no single field shows.
"""

from typing import Any, Final

from estate.config import checks, checks_data, checks_names, checks_production, checks_services, checks_storage, limits
from estate.config.base import ConfigError, LineOf, convert
from estate.config.data import CacheConfig, DatabaseConfig, LimitsConfig, QueueConfig, SearchConfig
from estate.config.edge import EdgeConfig
from estate.config.environment import Environment
from estate.config.limits.table import TABLE
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
    checks.check_room_for_tasks,
    checks_names.check_names,
    checks_data.check_limits,
    checks_services.check_services,
    checks_services.check_sizes,
    checks_services.check_connections,
    checks_storage.check_storage,
    checks_storage.check_lifecycles,
    checks_data.check_windows,
    checks_data.check_search,
    checks_production.check_production,
)


def parse_environment(data: Any, *, file: str, line_of: LineOf = lambda _: None) -> Environment:
    """Return `data` (what the YAML file holds) as an Environment, or raise ConfigError; `line_of` gives lines."""
    try:
        limits.hold(data, Environment, TABLE, file)
        environment = convert(data, Environment, file=file, remedy="Compare with the fields of estate/config/")
        for check in CHECKS:
            check(environment, file)
    except ConfigError as error:
        raise error.located(line_of) from error
    return environment
