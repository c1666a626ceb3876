"""What no single key shows of the data stores. Each check raises ConfigError."""

import re
from typing import Final

from estate.config.base import ConfigError
from estate.config.environment import Environment
from estate.config.network import RegionConfig

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GP3_CHOICE_GIB: Final = 400
"""From this size on IOPS and throughput of gp3 under PostgreSQL can be chosen."""
GP3_IOPS: Final = (12_000, 64_000)
GP3_THROUGHPUT_MIB_S: Final = (500, 4_000)
GP3_IOPS_A_GIB: Final = 500
GP3_MIB_S_AN_IOPS: Final = 0.25
"""Source: RDS user guide, "gp3 storage": ranges for PostgreSQL at 400 GiB and more, and both ratios."""

AUTOSCALING_MARGIN: Final = 1.26
"""AWS accepts a storage ceiling at least 26 % above what is allocated."""

MASTERS: Final = (0, 3, 5)
"""None, or an odd number that keeps a majority when one is lost. Source: OpenSearch Service, dedicated master nodes."""

MESSAGE_DAYS_MAX: Final = 14
VISIBILITY_S_MAX: Final = 43_200
"""Source: SQS quotas."""


def check_limits(environment: Environment, file: str) -> None:
    """Refuse a region without limits, and a standby whose limits are below the primary's: it would stop replaying.

    To raise a limit: the standby's first, apply and reboot it, then the primary's. To lower one: the other way round.
    """
    limits = environment.database.limits
    if limits.keys() != environment.regions.keys():
        raise ConfigError(
            file=file,
            key="database.limits",
            problem=f"there are limits for {', '.join(limits) or 'no region'}",
            remedy=f"Give limits for each of: {', '.join(environment.regions)}",
        )
    primary, standby = limits[environment.primary_region], limits[environment.standby_region]
    for name in primary.__struct_fields__:
        if getattr(standby, name) < getattr(primary, name):
            raise ConfigError(
                file=file,
                key=f"database.limits.{environment.standby_region}.{name}",
                problem=f"the standby's {getattr(standby, name)} is below the primary's {getattr(primary, name)}: "
                "it would stop replaying",
                remedy="Raise the standby's first, apply and reboot it, then the primary's",
            )


def check_storage(environment: Environment, file: str) -> None:
    """Refuse sizes, IOPS and throughput that gp3 does not have together, and replicas or backups that cannot be."""
    database = environment.database
    if database.max_storage_gib < database.storage_gib * AUTOSCALING_MARGIN:
        raise ConfigError(
            file=file,
            key="database.max_storage_gib",
            problem=f"{database.max_storage_gib} GiB is less than 26 % above the {database.storage_gib} GiB allocated",
            remedy="Leave storage room to grow",
        )
    if not 1 <= database.backup_retention_days <= 35:
        raise ConfigError(
            file=file,
            key="database.backup_retention_days",
            problem=f"{database.backup_retention_days} days: a replica and point-in-time recovery need 1, RDS keeps 35",
            remedy="Choose 1 to 35",
        )
    if database.monitoring_interval_s not in (1, 5, 10, 15, 30, 60):
        raise ConfigError(
            file=file,
            key="database.monitoring_interval_s",
            problem=f"RDS does not measure each {database.monitoring_interval_s} s",
            remedy="Choose 1, 5, 10, 15, 30 or 60",
        )
    if database.storage_gib < GP3_CHOICE_GIB:
        for key in ("iops", "throughput_mib_s"):
            if getattr(database, key) is not None:
                raise ConfigError(
                    file=file,
                    key=f"database.{key}",
                    problem=f"gp3 below {GP3_CHOICE_GIB} GiB has 3,000 IOPS and 125 MiB/s, no others",
                    remedy=f"Set it to null, or storage_gib to {GP3_CHOICE_GIB} or more",
                )
        return
    _check_gp3(database.storage_gib, database.iops, database.throughput_mib_s, file)


def _check_gp3(storage_gib: int, iops: int | None, throughput_mib_s: int | None, file: str) -> None:
    if iops is None or throughput_mib_s is None:
        raise ConfigError(
            file=file,
            key="database.iops" if iops is None else "database.throughput_mib_s",
            problem=f"not given for gp3 of {GP3_CHOICE_GIB} GiB or more",
            remedy=f"Write what is wanted; the least is {GP3_IOPS[0]} IOPS and {GP3_THROUGHPUT_MIB_S[0]} MiB/s",
        )
    most_iops = min(GP3_IOPS[1], storage_gib * GP3_IOPS_A_GIB)
    if not GP3_IOPS[0] <= iops <= most_iops:
        raise ConfigError(
            file=file,
            key="database.iops",
            problem=f"gp3 of {storage_gib} GiB has {GP3_IOPS[0]} to {most_iops} IOPS, not {iops}",
            remedy="Choose IOPS in that range, or another size",
        )
    most_throughput = min(GP3_THROUGHPUT_MIB_S[1], int(iops * GP3_MIB_S_AN_IOPS))
    if not GP3_THROUGHPUT_MIB_S[0] <= throughput_mib_s <= most_throughput:
        raise ConfigError(
            file=file,
            key="database.throughput_mib_s",
            problem=f"with {iops} IOPS gp3 has {GP3_THROUGHPUT_MIB_S[0]} to {most_throughput} MiB/s",
            remedy="Choose a throughput in that range, or more IOPS",
        )


def check_windows(environment: Environment, file: str) -> None:
    """Refuse windows that are misspelt, shorter than 30 minutes (cache: 60), or overlap in one store."""
    for name, region in environment.regions.items():
        for store, backup, maintenance, least in (
            ("database", "database_backup", "database_maintenance", 30),
            ("cache", "cache_snapshot", "cache_maintenance", 60),
        ):
            daily = _minutes(region, name, backup, least, file)
            weekly = _minutes(region, name, maintenance, least, file)
            start, end = (each % 1440 for each in weekly)
            if daily[0] < (end or 1440) and start < daily[1]:
                raise ConfigError(
                    file=file,
                    key=f"regions.{name}.windows.{maintenance}",
                    problem=f"it overlaps {backup}, which the {store} refuses",
                    remedy="Choose other hours",
                )


def _minutes(region: RegionConfig, name: str, key: str, least: int, file: str) -> tuple[int, int]:
    """Return a window's start and end in minutes from its week's or day's begin; both on one day."""
    text: str = getattr(region.windows, key)
    weekly = key.endswith("maintenance")
    moment = (
        f"(?P<day{{0}}>{'|'.join(DAYS)}):" if weekly else ""
    ) + r"(?P<hour{0}>[01]\d|2[0-3]):(?P<minute{0}>[0-5]\d)"
    found = re.fullmatch(f"{moment.format('')}-{moment.format('2')}", text)
    if found is None:
        form = "sun:03:00-sun:04:00" if weekly else "01:00-02:00"
        problem, remedy = f"{text!r} is no window", f"Write one like {form} (UTC)"
    else:
        day = DAYS.index(found["day"]) if weekly else 0
        day2 = DAYS.index(found["day2"]) if weekly else 0
        start = day * 1440 + int(found["hour"]) * 60 + int(found["minute"])
        end = day2 * 1440 + int(found["hour2"]) * 60 + int(found["minute2"])
        if end - start >= least:
            return start, end
        problem, remedy = (
            f"{text!r} has less than {least} minutes, or crosses midnight",
            "Choose a longer one in one day",
        )
    raise ConfigError(file=file, key=f"regions.{name}.windows.{key}", problem=problem, remedy=remedy)


def check_cache(environment: Environment, file: str) -> None:
    """Refuse a number of nodes that a replication group without shards cannot have, and too long a retention."""
    cache = environment.cache
    if not 1 <= cache.nodes <= 6:
        raise ConfigError(
            file=file,
            key="cache.nodes",
            problem=f"a replication group has a primary and at most 5 replicas, not {cache.nodes} nodes",
            remedy="Choose 1 to 6",
        )
    if not 0 <= cache.snapshot_retention_days <= 35:
        raise ConfigError(
            file=file,
            key="cache.snapshot_retention_days",
            problem="ElastiCache keeps snapshots for at most 35 days",
            remedy="Choose 0 to 35",
        )


def check_search(environment: Environment, file: str) -> None:
    """Refuse a domain that nobody asks, whose nodes do not divide over its zones, or whose masters have no majority."""
    search = environment.search
    if "search" not in environment.services and not environment.workers:
        raise ConfigError(
            file=file,
            key="search",
            problem="no service asks it and no worker fills it",
            remedy="Add a service named search, or a worker",
        )
    for name, region in environment.regions.items():
        zones = len(region.private_subnets) + len(region.search_subnets)
        if zones not in (2, 3) or search.nodes % zones:
            raise ConfigError(
                file=file,
                key=f"regions.{name}.search_subnets",
                problem=f"{search.nodes} search nodes in {zones} zones: a domain has two or three, and the same number "
                "of nodes in each",
                remedy="Give search_subnets one more zone (or none), or change search.nodes",
            )
        known = set(region.search_subnets) & set(region.availability_zones)
        if known:
            raise ConfigError(
                file=file,
                key=f"regions.{name}.search_subnets",
                problem=f"{', '.join(sorted(known))} has a private subnet already",
                remedy="Name a zone that availability_zones does not have",
            )
    if search.masters not in MASTERS:
        raise ConfigError(
            file=file,
            key="search.masters",
            problem=f"{search.masters} dedicated masters",
            remedy=f"Choose one of: {', '.join(map(str, MASTERS))}",
        )


def check_queues(environment: Environment, file: str) -> None:
    """Refuse times that SQS does not have."""
    for name, queue in environment.queues.items():
        problem, key = None, ""
        if not 0 <= queue.visibility_timeout_s <= VISIBILITY_S_MAX:
            key, problem = "visibility_timeout_s", f"SQS hides a message for 0 to {VISIBILITY_S_MAX} s"
        elif not 1 <= queue.retention_days < MESSAGE_DAYS_MAX:
            key, problem = "retention_days", f"dead letters are kept {MESSAGE_DAYS_MAX} days, the queue's for fewer"
        elif not 1 <= queue.max_receives <= 1000:
            key, problem = "max_receives", "SQS counts 1 to 1000 receptions"
        if problem:
            raise ConfigError(file=file, key=f"queues.{name}.{key}", problem=problem, remedy="Choose another value")
