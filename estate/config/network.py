"""A region's network, and what its database was born as."""

from typing import Literal

from estate.config.base import Strict


class RegionConfig(Strict, frozen=True):
    """One region's network and what its database instance was created as. Subnet lists run parallel to the zones."""

    born_as: Literal["primary", "replica"]
    availability_zones: list[str]
    vpc_cidr: str
    public_subnets: list[str]
    private_subnets: list[str]
    database_subnets: list[str]
    task_subnets: list[str]
