"""What no single key shows of the services: rules, names, counts, the connection budget. Each raises ConfigError."""

import re
from collections.abc import Sequence
from typing import Final

from estate.config.base import ConfigError
from estate.config.environment import Environment
from estate.config.limits.tables import FARGATE_MIB
from estate.config.services import ServiceConfig, WorkerConfig

WILDCARDS_MAX: Final = 6
"""Source: ELB quotas, wildcards per rule."""
HOST_WILDCARDS: Final = 1
"""The pattern of the hosts that are served (`topology.served_hosts`)."""

RENEWERS: Final = 1
"""Connections of a task beside its pool: the renewer's."""

COLOURS: Final = 2
"""During a release both colours run with the live count."""

MEMORY_GIB: Final = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16}
"""Memory of burstable and general classes (t4g, m6g); `<n>xlarge` has n times an xlarge's."""
FAMILIES: Final = (("x2iedn", 8), ("x2", 4), ("r", 2), ("m", 1), ("t", 1))
"""How many times that a family has, by the begin of its name. Source: RDS user guide, hardware of instance classes."""
OLD_FAMILIES: Final = ("m1", "m2", "m3", "r3", "t1")
"""They have other sizes; RDS offers them for no PostgreSQL of today."""

BYTES_A_CONNECTION: Final = 9_531_392
"""RDS gives an instance `memory / 9531392` connections by itself. Source: RDS user guide, max_connections."""


def check_services(environment: Environment, file: str) -> None:
    """Refuse rules that ELB refuses or that hide each other, names that do not fit, and counts without an order."""
    _check_unique(environment, "port", file)
    _check_unique(environment, "priority", file)
    answering = [name for name, service in environment.services.items() if service.answers_traffic]
    if len(answering) != 1:
        raise ConfigError(
            file=file,
            key="services",
            problem=f"{', '.join(answering) or 'no service'} answers_traffic",
            remedy="Exactly one service answers GET /traffic: the gateway",
        )
    both = environment.services.keys() & environment.workers.keys()
    if both:
        raise ConfigError(
            file=file, key="workers", problem=f"{', '.join(both)} is a service too", remedy="Give it another name"
        )
    for name, service in environment.services.items():
        _check_rule(name, service, file)
    for section, name, one in everything(environment):
        if not one.desired_count <= one.failover_count <= one.max_count:
            raise ConfigError(
                file=file,
                key=f"{section}.{name}.max_count",
                problem=f"desired {one.desired_count}, failover {one.failover_count}, max {one.max_count}",
                remedy="Choose values with desired_count <= failover_count <= max_count",
            )


def everything(environment: Environment) -> list[tuple[str, str, ServiceConfig | WorkerConfig]]:
    """Return section, name and configuration of all services and workers."""
    services = [("services", name, service) for name, service in environment.services.items()]
    return [*services, *(("workers", name, worker) for name, worker in environment.workers.items())]


def _check_unique(environment: Environment, field: str, file: str) -> None:
    taken: dict[int, str] = {}
    for name, service in environment.services.items():
        value: int = getattr(service, field)
        if value in taken:
            raise ConfigError(
                file=file,
                key=f"services.{name}.{field}",
                problem=f"{taken[value]} has {field} {value} already",
                remedy="Give each service its own",
            )
        taken[value] = name


def _check_rule(name: str, service: ServiceConfig, file: str) -> None:
    """Refuse rules with too many wildcards, and a probe path that leads to no rule of the service."""
    wildcards = sum(len(re.findall("[*?]", path)) for path in service.paths) + HOST_WILDCARDS
    if wildcards > WILDCARDS_MAX:
        raise ConfigError(
            file=file,
            key=f"services.{name}.paths",
            problem=f"its rule has {wildcards} wildcards, the host's with them",
            limit=f"at most {WILDCARDS_MAX} wildcards a rule",
            source="AWS: ELB quotas, wildcards per rule",
            remedy="Use fewer, wider patterns",
        )
    if not any(_matches(path, service.probe_path) for path in service.paths):
        raise ConfigError(
            file=file,
            key=f"services.{name}.probe_path",
            problem=f"{service.probe_path} fits none of its paths: {', '.join(service.paths)}",
            limit="a path that the service's rule forwards",
            source="ours: the probe asks the service through the load balancer",
            remedy="Choose one that does",
        )


def _matches(pattern: str, path: str) -> bool:
    """Return whether a load balancer's path pattern fits: `*` is any characters, `?` is one."""
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), path))


def check_sizes(environment: Environment, file: str) -> None:
    """Refuse CPU and memory that Fargate does not offer together."""
    for section, name, one in everything(environment):
        offered = FARGATE_MIB[one.cpu]
        if one.memory_mib not in offered:
            raise ConfigError(
                file=file,
                key=f"{section}.{name}.memory_mib",
                problem=f"{one.memory_mib} MiB with {one.cpu} CPU units",
                limit=f"with {one.cpu}: {_listed(offered)} MiB",
                source="AWS: ECS developer guide, Fargate task CPU and memory",
                remedy=f"Write {min(offered, key=lambda mib: abs(mib - one.memory_mib))}, or choose another cpu",
            )


def _listed(sizes: Sequence[int]) -> str:
    """Return few sizes one by one, many as a range with its step."""
    few = 4
    if len(sizes) <= few:
        return ", ".join(map(str, sizes))
    return f"{sizes[0]} to {sizes[-1]} in steps of {sizes[1] - sizes[0]}"


def check_connections(environment: Environment, file: str) -> None:
    """Refuse pools that do not fit: what may run at once, in both colours, with what is kept for administration.

    No pooler stands between tasks and database, so every connection is a process of the instance.
    """
    database = environment.database
    needed = connections(environment)
    if needed > database.max_connections:
        parts = ", ".join(f"{name} {count}" for name, count in budget(environment).items())
        raise ConfigError(
            file=file,
            key="services",
            problem=f"{needed} connections are needed ({parts}, reserved {database.reserved_connections}), "
            f"but max_connections is {database.max_connections}",
            limit=f"at most {database.max_connections}",
            source="ours: the connection budget (ADR 0007)",
            remedy="Lower pool_max or max_count of a service, or choose a larger instance class and max_connections",
        )
    memory_gib = instance_memory_gib(database.instance_class)
    if memory_gib is None:
        return
    maximum = int(memory_gib * 2**30 / BYTES_A_CONNECTION)
    for region, limits in database.limits.items():
        if limits.max_connections > maximum:
            raise ConfigError(
                file=file,
                key=f"database.limits.{region}.max_connections",
                problem=f"{limits.max_connections}: "
                f"{database.instance_class} ({memory_gib} GiB) has memory for {maximum}",
                limit=f"at most {maximum}",
                source="AWS: RDS user guide, max_connections (memory / 9531392)",
                remedy="Lower it, or choose a larger instance class",
            )


def budget(environment: Environment) -> dict[str, int]:
    """Return the connections that each service may open: its most tasks, twice in a release, pool and renewer each."""
    return {
        name: one.max_count * COLOURS * (one.pool_max + RENEWERS)
        for _, name, one in everything(environment)
        if one.pool_max
    }


def connections(environment: Environment) -> int:
    """Return all connections that the database must be able to take."""
    return sum(budget(environment).values()) + environment.database.reserved_connections


def instance_memory_gib(instance_class: str) -> float | None:
    """Return the memory of an RDS class (`db.r6g.xlarge`); None for one that is not known here."""
    _, family, size = instance_class.split(".")
    times = next((times for begin, times in FAMILIES if family.startswith(begin)), None)
    if times is None or family in OLD_FAMILIES:
        return None
    if found := re.fullmatch(r"(\d+)xlarge", size):
        return int(found[1]) * MEMORY_GIB["xlarge"] * times
    return MEMORY_GIB[size] * times if size in MEMORY_GIB else None
