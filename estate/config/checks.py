"""What no single key shows: the checks of a whole environment. Each raises ConfigError."""

import ipaddress
import itertools
from typing import Final

from estate.config.base import ConfigError
from estate.config.checks_services import COLOURS
from estate.config.environment import Environment
from estate.config.limits.tables import REGION_SETS, zones
from estate.config.network import RegionConfig

RESERVED_ADDRESSES: Final = 5
"""AWS keeps the first four addresses and the last one of each subnet. Source: VPC user guide, subnet CIDR blocks."""
ZONE_LISTS: Final = ("public_subnets", "private_subnets", "database_subnets", "task_subnets")


def check_regions(environment: Environment, file: str) -> None:
    """Refuse anything but two regions, one of them born as primary, that the roles name, and a witness elsewhere."""
    born = [name for name, region in environment.regions.items() if region.created_as == "primary"]
    if len(born) != 1:
        raise ConfigError(
            file=file,
            key="regions",
            problem="there must be two regions, exactly one of them created_as: primary",
            remedy="Set created_as: primary in one region and replica in the other",
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
            problem=f"{environment.witness_region!r} has a replica: AWS does not accept a witness there",
            remedy="Use a third region",
        )
    three = {*environment.regions, environment.witness_region}
    if not any(three <= set(together) for together in REGION_SETS):
        raise ConfigError(
            file=file,
            key="witness_region",
            problem=f"{', '.join(sorted(three))} do not belong to one set",
            limit="both regions and the witness in one of: " + "; ".join(", ".join(each) for each in REGION_SETS),
            source="AWS: DynamoDB developer guide, multi-Region strong consistency",
            remedy="Choose three of one set",
        )


def check_networks(environment: Environment, file: str) -> None:
    """Refuse subnets that do not match the zones, lie outside their VPC or overlap."""
    for name, region in environment.regions.items():
        _check_zones(name, region, file)
        vpc = ipaddress.IPv4Network(region.vpc_cidr)
        subnets: list[tuple[str, ipaddress.IPv4Network]] = []
        for kind in ZONE_LISTS:
            cidrs: list[str] = getattr(region, kind)
            if len(cidrs) != len(region.availability_zones):
                raise ConfigError(
                    file=file,
                    key=f"regions.{name}.{kind}",
                    problem=f"{len(cidrs)} subnets for {len(region.availability_zones)} zones",
                    remedy="Give one subnet for each zone",
                )
            keys = (f"regions.{name}.{kind}[{place}]" for place in range(len(cidrs)))
            subnets += zip(keys, map(ipaddress.IPv4Network, cidrs), strict=False)
        for zone, cidr in region.search_subnets.items():
            subnets.append((f"regions.{name}.search_subnets.{zone}", ipaddress.IPv4Network(cidr)))
        for key, subnet in subnets:
            if not subnet.subnet_of(vpc):
                raise ConfigError(
                    file=file,
                    key=key,
                    problem=f"{subnet} lies outside the VPC's {vpc}",
                    limit=f"a range inside {vpc}",
                    source="AWS: VPC user guide, subnet CIDR blocks",
                    remedy="Choose a range inside vpc_cidr",
                )
        _check_overlap(subnets, file)
    vpcs = {f"regions.{name}.vpc_cidr": region.vpc_cidr for name, region in environment.regions.items()}
    _check_overlap([(key, ipaddress.IPv4Network(cidr)) for key, cidr in vpcs.items()], file)


def _check_zones(name: str, region: RegionConfig, file: str) -> None:
    keys = {f"regions.{name}.availability_zones[{place}]": zone for place, zone in enumerate(region.availability_zones)}
    keys |= {f"regions.{name}.search_subnets.{zone}": zone for zone in region.search_subnets}
    for key, zone in keys.items():
        if zone not in zones(name):
            raise ConfigError(
                file=file,
                key=key,
                problem=f"{zone} is not a zone of {name}",
                limit=f"one of: {', '.join(zones(name))}",
                source="AWS: EC2, DescribeAvailabilityZones",
                remedy=f"Zones are named {name}a, {name}b, …",
            )


def _check_overlap(networks: list[tuple[str, ipaddress.IPv4Network]], file: str) -> None:
    for (_, one), (key, other) in itertools.combinations(networks, 2):
        if one.overlaps(other):
            raise ConfigError(
                file=file,
                key=key,
                problem=f"{other} overlaps {one}",
                limit="ranges that do not overlap",
                source="AWS: VPC user guide, subnet CIDR blocks and VPC peering",
                remedy="Give each a range of its own",
            )


def check_room_for_tasks(environment: Environment, file: str) -> None:
    """Refuse task subnets with fewer addresses than there are tasks when a release runs both colours at their most."""
    maximum = [*(one.max_count for one in environment.services.values())]
    maximum += [one.max_count for one in environment.workers.values()]
    tasks = sum(maximum) * COLOURS
    for name, region in environment.regions.items():
        room = sum(ipaddress.IPv4Network(cidr).num_addresses - RESERVED_ADDRESSES for cidr in region.task_subnets)
        if tasks > room:
            raise ConfigError(
                file=file,
                key=f"regions.{name}.task_subnets",
                problem=f"{room} addresses for {tasks} tasks: the most of every service and worker, in both colours",
                limit=f"at least {tasks} addresses besides the {RESERVED_ADDRESSES} that AWS keeps of each subnet",
                source="AWS: ECS developer guide, Fargate task networking (an address a task)",
                remedy="Give the tasks larger subnets, or lower max_count",
            )
