"""What no single key shows: the checks of a whole environment. Each raises ConfigError."""

import ipaddress
import itertools

from estate.config.base import ConfigError
from estate.config.environment import Environment


def check_regions(environment: Environment, file: str) -> None:
    """Refuse anything but two regions, one of them born as primary, that the roles name, and a witness elsewhere."""
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
    if environment.witness_region in environment.regions:
        raise ConfigError(
            file=file,
            key="witness_region",
            problem=f"{environment.witness_region!r} holds a replica: AWS takes no witness there",
            remedy="Use a third region",
        )


def check_networks(environment: Environment, file: str) -> None:
    """Refuse subnets that do not match the zones, lie outside their VPC or overlap."""
    for name, region in environment.regions.items():
        vpc = _network(region.vpc_cidr, file, f"regions.{name}.vpc_cidr")
        strange = [zone for zone in (*region.availability_zones, *region.search_subnets) if not zone.startswith(name)]
        if strange:
            raise ConfigError(
                file=file,
                key=f"regions.{name}.availability_zones",
                problem=f"{', '.join(strange)} is no zone of {name}",
                remedy=f"Zones are named {name}a, {name}b, …",
            )
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
        subnets += [_network(cidr, file, f"regions.{name}.search_subnets") for cidr in region.search_subnets.values()]
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
