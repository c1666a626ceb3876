"""What an environment is used for in a month, as data: quantities that no plan can know. Units are in the names.

Sizes are decimal as the specification uses them: 1 TB = 1,000 GB. `basis` says of a figure, by its dotted path, where
it comes from; a figure without one is our assumption.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from estate.config.base import ConfigError, LineOf, Strict, convert, joined

HOURS_MAX: Final = 744.0
FIGURE_MAX: Final = 1e12
FOLDER: Final = "stacks/usage"
"""Where an environment's usage is kept: `<environment>.yaml`, beside the environments."""


class Delivery(Strict, frozen=True):
    """What users fetch through the edge. `europe_ratio` of it (0-1) leaves from Europe, the rest from North America."""

    data_out_gb: float
    europe_ratio: float
    https_requests_millions: float
    cache_hit_ratio: float
    to_origin_gb: float
    invalidation_paths: float
    dns_queries_millions: float


class StoredGb(Strict, frozen=True):
    """What lies under one prefix of a bucket, by storage class, in GB."""

    standard: float = 0
    standard_ia: float = 0
    intelligent_frequent: float = 0
    intelligent_infrequent: float = 0
    glacier_instant: float = 0
    glacier: float = 0
    deep_archive: float = 0


class BucketUsage(Strict, frozen=True):
    """One bucket in one region: what is stored by prefix, and what is asked of it.

    `written_gb` says how much is newly written to it in a region, and so leaves the region by replication.
    `infrequent_ratio` (0-1) is the share of its Standard and Standard-IA bytes that nobody reads for 30 days.
    """

    prefixes: dict[str, StoredGb]
    put_requests_millions: float = 0
    get_requests_millions: float = 0
    retrieved_ia_gb: float = 0
    objects_millions: float = 0
    infrequent_ratio: float = 0
    written_gb: dict[str, float] = msgspec.field(default_factory=dict)


class ServiceUsage(Strict, frozen=True):
    """How many tasks of an app service run on average, by region. The plan cannot say: operations own the counts."""

    average_tasks: dict[str, float]


class RegionUsage(Strict, frozen=True):
    """What one region's network, logs, backups and guards see."""

    load_balancer_lcu: float
    nat_gb: float
    endpoint_gb: float
    cross_zone_gb: float
    internet_out_gb: float
    replicated_wal_gb: float
    flow_log_gb: float
    log_gb: float
    container_insights_metrics: float
    custom_metrics: float
    database_backup_gb: float
    cache_snapshot_gb: float
    backup_vault_gb: float
    image_gb: float
    table_reads_millions: float
    table_writes_millions: float
    table_gb: float
    queue_requests_millions: float
    notices_thousands: float
    kms_requests_millions: float
    secret_requests_thousands: float
    trail_data_events_millions: float
    config_items: float
    config_evaluations: float
    guarded_events_millions: float
    guarded_log_gb: float
    guarded_object_events_millions: float
    function_requests_millions: float
    function_gb_seconds: float
    signals_millions: float
    traces_millions: float


class Usage(Strict, frozen=True):
    """One environment's month.

    `services` and `buckets` may have an entry `other` for what they do not name. `interruptible_services` may lose a
    task with two minutes' notice (Fargate Spot); `one_off_tasks` run now and then, and log next to nothing.
    """

    environment: str
    hours: float
    release_overlap_hours: float
    log_compression_ratio: float
    interruptible_services: list[str]
    one_off_tasks: list[str]
    delivery: Delivery
    buckets: dict[str, BucketUsage]
    services: dict[str, ServiceUsage]
    regions: dict[str, RegionUsage]
    basis: dict[str, str]

    def of(self, region: str) -> RegionUsage | None:
        """Return a region's usage, or None when nothing is said of it."""
        return self.regions.get(region)


def parse_usage(data: Any, *, file: str, line_of: LineOf = lambda _: None, environment: str | None = None) -> Usage:
    """Return what a usage file holds, or raise ConfigError; `line_of` says where a key is.

    `environment`: whose it must be.
    """
    try:
        usage = _parsed(data, file)
        _check_environment(usage, environment, file)
    except ConfigError as error:
        raise error.located(line_of) from error
    return usage


def _check_environment(usage: Usage, environment: str | None, file: str) -> None:
    if environment not in (None, usage.environment):
        raise ConfigError(
            file=file,
            key="environment",
            problem=f"it is the usage of {usage.environment!r}, not of {environment}",
            remedy=f"Write environment: {environment}, or what is expected of it",
        )


def _parsed(data: Any, file: str) -> Usage:
    usage = convert(data, Usage, file=file, remedy="Compare with the fields of review/usage.py")
    known = msgspec.to_builtins(usage)
    for key, figure in _figures(known, ""):
        _check_figure(key, figure, file)
    for path in usage.basis:
        if not _has(known, path.split(".")):
            raise ConfigError(
                file=file,
                key=f"basis.{path}",
                problem="there is no such figure",
                remedy="Name a figure of this file by its dotted path",
            )
    return usage


def _figures(data: Any, key: str) -> Iterator[tuple[str, float]]:
    """Yield every figure with its path."""
    if isinstance(data, dict):
        for name, each in data.items():
            yield from _figures(each, joined(key, name))
    elif isinstance(data, int | float) and not isinstance(data, bool):
        yield key, data


def _check_figure(key: str, figure: float, file: str) -> None:
    """Refuse a figure that no month has: it would be added up into a price all the same."""
    maximum = 1.0 if key.endswith("_ratio") else HOURS_MAX if key == "hours" else FIGURE_MAX
    if not 0 <= figure <= maximum:  # not a number is neither
        raise ConfigError(
            file=file,
            key=key,
            problem=f"{figure} is no quantity of a month",
            limit=f"0 to {maximum:g}",
            source="ours: what a month can have",
            remedy="Write what is expected",
        )


def _has(data: Any, path: list[str]) -> bool:
    return not path or (isinstance(data, dict) and path[0] in data and _has(data[path[0]], path[1:]))
