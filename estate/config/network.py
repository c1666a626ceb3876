"""A region's network, what its database was born as, and when it is maintained; how an environment is reached."""

from typing import Literal

from estate.config.base import Strict


class WindowsConfig(Strict, frozen=True):
    """When AWS may back up and change a region's data stores, UTC: daily `hh:mm-hh:mm`, weekly `ddd:hh:mm-ddd:hh:mm`.

    The standby's database is patched before the primary's, which is on Sunday (specification, 4.1).
    """

    database_backup: str
    database_maintenance: str
    cache_snapshot: str
    cache_maintenance: str


class RegionConfig(Strict, frozen=True):
    """One region's network and what its database instance was created as. Subnet lists run parallel to the zones.

    `search_subnets` (zone → range) are further private subnets for search alone, where its nodes need more zones than
    the others have. `read_replicas`: how many replicas of the region's own instance serve reads beside it.
    """

    created_as: Literal["primary", "replica"]
    availability_zones: list[str]
    vpc_cidr: str
    public_subnets: list[str]
    private_subnets: list[str]
    database_subnets: list[str]
    task_subnets: list[str]
    search_subnets: dict[str, str]
    read_replicas: int
    windows: WindowsConfig


class NetworkConfig(Strict, frozen=True):
    """What all regions' networks have in common. `nat`: a gateway in each zone, or one for the region."""

    nat: Literal["zone", "one"]


class LoadBalancerConfig(Strict, frozen=True):
    """A region's load balancer. `idle_timeout_s`: so long may a connection be silent, on either side."""

    idle_timeout_s: int
    deletion_protection: bool
