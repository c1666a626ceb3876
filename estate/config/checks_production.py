"""What production must be: the specification's sizes, or more. A staging value there is an error."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from estate.config.base import ConfigError
from estate.config.environment import Environment

PRODUCTION: Final = "production"
SIZES: Final = ("micro", "small", "medium", "large", "xlarge")


@dataclass(frozen=True)
class _Demand:
    """A key of production's file, what must hold of its value, and the same in words with its source."""

    key: str
    holds: Callable[[Any], bool]
    words: str


def _at_least(minimum: int) -> Callable[[Any], bool]:
    return lambda value: value is not None and value >= minimum


def _class_at_least(minimum: str) -> Callable[[Any], bool]:
    return lambda value: size_of(value) >= size_of(minimum) and not re.search(r"(^|\.)t\d", value)


def size_of(instance_class: str) -> int:
    """Return a number that grows with the size in a class's name: large 3, xlarge 4, 2xlarge 5, 4xlarge 7, …

    The class may be RDS's (`db.r6g.xlarge`), ElastiCache's or OpenSearch's (`r6g.large.search`).
    """
    for part in instance_class.split("."):
        if part in SIZES:
            return SIZES.index(part)
        if found := re.fullmatch(r"(\d+)xlarge", part):
            return len(SIZES) - 2 + int(found[1])
    return -1


DEMANDS: Final = (
    _Demand("domain", lambda value: value == "breiq.com", "be breiq.com (7.2)"),
    _Demand("network.nat", lambda value: value == "zone", "be zone: a zone's loss must not cut the other's way out"),
    _Demand("load_balancer.deletion_protection", bool, "be true"),
    _Demand("database.instance_class", _class_at_least("db.r6g.xlarge"), "be db.r6g.xlarge or larger (7.2)"),
    _Demand("database.multi_az", bool, "be true (7.2)"),
    _Demand("database.deletion_protection", bool, "be true"),
    _Demand("database.backup_retention_days", _at_least(35), "be 35: the longer of 4.1 and 10.1"),
    _Demand("database.storage_gib", _at_least(1000), "be 1000 or more (4.1)"),
    _Demand("database.iops", _at_least(20_000), "be 20000 or more (4.1)"),
    _Demand("monitoring.enhanced", bool, "be true (7.2)"),
    _Demand("monitoring.detailed", bool, "be true (7.2)"),
    _Demand("cache.node_type", _class_at_least("cache.r6g.xlarge"), "be cache.r6g.xlarge or larger (7.2)"),
    _Demand("cache.nodes", _at_least(3), "be 3 or more (7.2)"),
    _Demand("cache.snapshot_retention_days", _at_least(7), "be 7 or more (4.2)"),
    _Demand("search.instance_type", _class_at_least("r6g.large.search"), "be r6g.large.search or larger (4.3)"),
    _Demand("search.nodes", _at_least(3), "be 3 or more (4.3)"),
    _Demand("search.storage_gib", _at_least(200), "be 200 or more (4.3)"),
    _Demand("search.masters", _at_least(3), "be 3 or more (4.3)"),
)
"""Sources are sections of the specification, as docs/design.md#specification corrects them."""


def check_production(environment: Environment, file: str) -> None:
    """Refuse a value in production that belongs to a smaller environment."""
    if environment.environment != PRODUCTION:
        return
    for demand in DEMANDS:
        value: Any = environment
        for part in demand.key.split("."):
            value = getattr(value, part)
        if not demand.holds(value):
            raise ConfigError(
                file=file,
                key=demand.key,
                problem=f"{value!r} is not production's",
                remedy=f"In production it must {demand.words}",
            )
    readers = sum(region.read_replicas for region in environment.regions.values())
    if readers < 1:
        raise ConfigError(
            file=file,
            key="regions",
            problem="no region has a read replica beside its own instance",
            remedy="Set read_replicas: 1 in the region that is primary (specification, 4.1)",
        )
