"""What no single key shows of the data stores. Each check raises ConfigError."""

import re
from typing import Final

from estate.config.base import ConfigError
from estate.config.environment import Environment
from estate.config.network import RegionConfig

WINDOWS: Final = "AWS: RDS API, PreferredMaintenanceWindow; ElastiCache API, SnapshotWindow"
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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
                limit=f"at least {getattr(primary, name)}",
                source="PostgreSQL 15, 27.4.3 (hot standby, administrator's overview)",
                remedy="Raise the standby's first, apply and reboot it, then the primary's",
            )


def check_windows(environment: Environment, file: str) -> None:
    """Refuse windows that are misspelt, shorter than 30 minutes (cache: 60), or overlap in one store."""
    for name, region in environment.regions.items():
        for store, backup, maintenance, minimum in (
            ("database", "database_backup", "database_maintenance", 30),
            ("cache", "cache_snapshot", "cache_maintenance", 60),
        ):
            daily = _minutes(region, name, backup, minimum, file)
            weekly = _minutes(region, name, maintenance, minimum, file)
            start, end = (each % 1440 for each in weekly)
            if daily[0] < (end or 1440) and start < daily[1]:
                raise ConfigError(
                    file=file,
                    key=f"regions.{name}.windows.{maintenance}",
                    problem=f"it overlaps {backup}, which the {store} refuses",
                    limit="the daily and the weekly window have no minute in common",
                    source=WINDOWS,
                    remedy="Choose other hours",
                )


def _minutes(region: RegionConfig, name: str, key: str, minimum: int, file: str) -> tuple[int, int]:
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
        if day == day2 and end - start >= minimum:
            return start, end
        problem, remedy = (
            f"{text!r} has less than {minimum} minutes, or crosses midnight",
            "Choose a longer one in one day",
        )
    raise ConfigError(
        file=file,
        key=f"regions.{name}.windows.{key}",
        problem=problem,
        limit=f"at least {minimum} minutes; ours: within one day",
        source=WINDOWS,
        remedy=remedy,
    )


def check_search(environment: Environment, file: str) -> None:
    """Refuse a domain that nobody asks, whose nodes do not divide over its zones, or whose masters have no majority."""
    search = environment.search
    if "search" not in environment.services and not environment.workers:
        raise ConfigError(
            file=file,
            key="search",
            problem="no service queries it and no worker fills it",
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
                limit="two or three zones, and as many nodes in each",
                source="AWS: OpenSearch Service developer guide, Multi-AZ domains",
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
