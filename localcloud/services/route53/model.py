"""Zones, records and health checks as DNS and the checkers see them."""

from typing import Literal

import msgspec


class Alias(msgspec.Struct, frozen=True):
    """The target of an alias record."""

    name: str
    evaluate_health: bool


class Record(msgspec.Struct, frozen=True):
    """A record set: values, or an alias. Names are lower case, without the last dot."""

    name: str
    type: str
    ttl: int = 300
    values: list[str] = []
    alias: Alias | None = None
    failover: Literal["PRIMARY", "SECONDARY"] | None = None
    weight: int | None = None
    health_check: str | None = None


class Zone(msgspec.Struct, frozen=True):
    """A hosted zone."""

    name: str
    records: list[Record]


class HealthCheck(msgspec.Struct, frozen=True):
    """A health check; `interval_s` is what the record says, not how often it is asked here."""

    id: str
    type: str
    address: str | None = None
    name: str | None = None
    port: int = 80
    path: str = "/"
    search: str | None = None
    interval_s: float = 30
    failure_threshold: int = 3
    inverted: bool = False
    disabled: bool = False
    sni: bool = False
    children: list[str] = []
    health_threshold: int = 0


class Snapshot(msgspec.Struct, frozen=True):
    """All that DNS answers from. `names`: published ones; `unhealthy`: load balancers without healthy targets."""

    zones: list[Zone]
    health_checks: list[HealthCheck]
    names: dict[str, str]
    unhealthy: list[str]
