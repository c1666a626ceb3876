"""An environment as data: strict, frozen. Unknown keys are errors that name file, key and remedy."""

import ipaddress
import itertools
import re
from typing import Any, Literal

import msgspec


class ConfigError(Exception):
    """An environment file is wrong. Fields: file, key (a path like `regions.us-east-1.vpc_cidr`), problem, remedy."""

    def __init__(self, *, file: str, key: str, problem: str, remedy: str) -> None:
        super().__init__(f"{file}: {key + ': ' if key else ''}{problem}. {remedy}")
        self.file, self.key, self.problem, self.remedy = file, key, problem, remedy


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all configuration: frozen, keyword only, unknown keys refused."""


class RegionConfig(_Strict, frozen=True):
    """One region's network and what its database instance was created as. Subnet lists run parallel to the zones."""

    born_as: Literal["primary", "replica"]
    availability_zones: list[str]
    vpc_cidr: str
    public_subnets: list[str]
    private_subnets: list[str]
    database_subnets: list[str]
    task_subnets: list[str]


class ServiceConfig(_Strict, frozen=True):
    """One app service: its port, size (CPU units, MiB), paths, and task counts (live, and in the standby)."""

    port: int
    cpu: int
    memory_mib: int
    desired_count: int
    failover_count: int
    paths: list[str]
    health_path: str = "/readyz"
    deregistration_delay_s: int = 30
    stop_timeout_s: int = 35


class DatabaseConfig(_Strict, frozen=True):
    """PostgreSQL on RDS. Storage in GiB; `ca_file` is where a task finds the authorities that sign its certificate."""

    engine_version: str
    instance_class: str
    storage_gib: int
    name: str
    multi_az: bool
    backup_retention_days: int
    max_connections: int
    pool_max: int
    ca_file: str


class CacheConfig(_Strict, frozen=True):
    """Redis on ElastiCache."""

    engine_version: str
    node_type: str
    nodes: int
    ca_file: str


class Environment(_Strict, frozen=True):
    """One environment: an account, a domain, its regions, and the sizes of what runs there."""

    environment: str
    generation: int
    account_id: str
    domain: str
    primary_region: str
    state_region: str
    witness_region: str
    log_retention_days: int
    regions: dict[str, RegionConfig]
    services: dict[str, ServiceConfig]
    database: DatabaseConfig
    cache: CacheConfig
    bake_s: float

    @property
    def standby_region(self) -> str:
        """The region that is not primary now."""
        return self.other_region(self.primary_region)

    def other_region(self, region: str) -> str:
        """Return the other one of the two regions."""
        return next(name for name in self.regions if name != region)

    @property
    def creation_order(self) -> list[str]:
        """The regions in the order in which they are created: the one born as primary first (decision 1)."""
        return sorted(self.regions, key=lambda name: self.regions[name].born_as != "primary")


def parse_environment(data: Any, *, file: str) -> Environment:
    """Return `data` (what the YAML file holds) as an Environment, or raise ConfigError."""
    try:
        environment = msgspec.convert(data, Environment)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `")
        key = re.sub(r"^\$\.?|`$", "", path)
        raise ConfigError(
            file=file, key=key, problem=problem, remedy="Compare with the fields of estate/config.py"
        ) from error
    for check in (_check_regions, _check_networks, _check_connections):
        check(environment, file)
    return environment


def _check_regions(environment: Environment, file: str) -> None:
    born = [name for name, region in environment.regions.items() if region.born_as == "primary"]
    if len(environment.regions) != 2 or len(born) != 1:
        raise ConfigError(
            file=file,
            key="regions",
            problem="there must be two regions, exactly one of them born_as: primary",
            remedy="Set born_as: primary in one region and replica in the other",
        )
    for key in ("primary_region", "state_region"):
        value = getattr(environment, key)
        if value not in environment.regions:
            raise ConfigError(
                file=file,
                key=key,
                problem=f"{value!r} is not one of the regions",
                remedy=f"Use one of: {', '.join(environment.regions)}",
            )


def _check_networks(environment: Environment, file: str) -> None:
    for name, region in environment.regions.items():
        vpc = _network(region.vpc_cidr, file, f"regions.{name}.vpc_cidr")
        subnets = []
        for kind in ("public_subnets", "private_subnets", "database_subnets", "task_subnets"):
            cidrs: list[str] = getattr(region, kind)
            if len(cidrs) != len(region.availability_zones):
                raise ConfigError(
                    file=file,
                    key=f"regions.{name}.{kind}",
                    problem=f"{len(cidrs)} subnets for {len(region.availability_zones)} zones",
                    remedy="Give one subnet for each zone",
                )
            subnets += [_network(cidr, file, f"regions.{name}.{kind}") for cidr in cidrs]
        for subnet in subnets:
            if not subnet.subnet_of(vpc):
                raise ConfigError(
                    file=file,
                    key=f"regions.{name}",
                    problem=f"{subnet} lies outside the VPC's {vpc}",
                    remedy="Choose a range inside vpc_cidr",
                )
        _check_overlap(subnets, file, f"regions.{name}")
    _check_overlap([_network(r.vpc_cidr, file, "regions") for r in environment.regions.values()], file, "regions")


def _network(cidr: str, file: str, key: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(cidr)
    except ValueError as error:
        raise ConfigError(file=file, key=key, problem=str(error), remedy="Write a network like 10.0.0.0/16") from error


def _check_overlap(networks: list[ipaddress.IPv4Network], file: str, key: str) -> None:
    for one, other in itertools.combinations(networks, 2):
        if one.overlaps(other):
            raise ConfigError(
                file=file, key=key, problem=f"{one} and {other} overlap", remedy="Give each a range of its own"
            )


def _check_connections(environment: Environment, file: str) -> None:
    """Refuse a pool that does not fit: tasks x colours x (pool + the renewer's two), and 10 for administration."""
    tasks = sum(max(s.desired_count, s.failover_count) for s in environment.services.values())
    needed = tasks * 2 * (environment.database.pool_max + 2) + 10
    if needed > environment.database.max_connections:
        raise ConfigError(
            file=file,
            key="database.pool_max",
            problem=f"{needed} connections are needed (tasks x 2 colours x (pool_max + 2) + 10), "
            f"but max_connections is {environment.database.max_connections}",
            remedy="Lower pool_max or desired_count, or choose a larger instance class",
        )
