"""What AWS accepts and the specification asks for, but somebody should know. Pure: `estate plan` shows it."""

from dataclasses import dataclass
from typing import Final

from estate.config.checks_production import size_of
from estate.config.environment import Environment

SUSTAINED_IOPS: Final = {"large": 3_600, "xlarge": 6_000, "2xlarge": 12_000, "4xlarge": 20_000, "8xlarge": 40_000}
"""What r6g and m6g instances sustain; up to 4xlarge they burst above it for 30 minutes a day. Source: Amazon EC2 user
guide, EBS-optimized instances."""

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Warning:  # noqa: A001 - the word for it; Python's own is not used here
    """`key` is the configuration's path; `message` says what is so, `remedy` what could be done."""

    key: str
    message: str
    remedy: str


def warnings(environment: Environment) -> list[Warning]:
    """Return what an environment's configuration should be known for; none is an error."""
    return [*_iops(environment), *_patched_first(environment), *_readers(environment), *_one_zone_out(environment)]


def _iops(environment: Environment) -> list[Warning]:
    database = environment.database
    size = next((part for part in database.instance_class.split(".") if size_of(part) >= 0), "")
    sustained = SUSTAINED_IOPS.get(size)
    if database.iops is None or sustained is None or database.iops <= sustained:
        return []
    return [
        Warning(
            "database.iops",
            f"{database.instance_class} sustains about {sustained:,} IOPS and bursts above; {database.iops:,} are paid",
            "Choose a larger class, or fewer IOPS",
        )
    ]


def _patched_first(environment: Environment) -> list[Warning]:
    """After a failover the windows stay with their regions, because inputs do not follow roles."""
    primary, standby = environment.primary_region, environment.standby_region
    day = {name: DAYS.index(region.windows.database_maintenance[:3]) for name, region in environment.regions.items()}
    if day[standby] < day[primary]:
        return []
    return [
        Warning(
            f"regions.{primary}.windows.database_maintenance",
            "the primary's database is patched before the standby's",
            "Fail back, or exchange the two regions' windows",
        )
    ]


def _readers(environment: Environment) -> list[Warning]:
    away = [
        region
        for region, config in environment.regions.items()
        if config.read_replicas and region != environment.primary_region
    ]
    return [
        Warning(
            f"regions.{region}.read_replicas",
            "the read replicas stand in the standby region and follow its instance",
            "Fail back, or set read_replicas in the region that is primary",
        )
        for region in away
    ]


def _one_zone_out(environment: Environment) -> list[Warning]:
    if environment.network.nat == "zone":
        return []
    return [
        Warning(
            "network.nat",
            "one NAT gateway a region: its zone's loss cuts the other zone's way to the internet",
            "Set it to zone where that matters",
        )
    ]
