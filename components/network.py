"""A region's network: a VPC with four tiers of subnets, one of each in every zone."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate.config import RegionConfig


@dataclass(frozen=True)
class NetworkArgs:
    """The region's ranges and zones."""

    region: RegionConfig
    provider: pulumi.ProviderResource


class Network(pulumi.ComponentResource):
    """VPC, subnets and routes. Public subnets lead to the internet, private and task subnets out through their zone's
    NAT gateway, database subnets nowhere. `nat_addresses` are what tasks appear as outside.
    """

    vpc_id: pulumi.Output[str]
    public_subnet_ids: list[pulumi.Output[str]]
    private_subnet_ids: list[pulumi.Output[str]]
    database_subnet_ids: list[pulumi.Output[str]]
    task_subnet_ids: list[pulumi.Output[str]]
    nat_addresses: list[pulumi.Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Network", name, None, opts)
        self._name, self._args = name, args
        region = args.region
        self._vpc = aws.ec2.Vpc(
            name,
            cidr_block=region.vpc_cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name},
            opts=child(self, args.provider),
        )
        self.vpc_id = self._vpc.id
        gateway = aws.ec2.InternetGateway(
            name, vpc_id=self.vpc_id, tags={"Name": name}, opts=child(self, args.provider)
        )
        public = self._subnets("public", region.public_subnets)
        private = self._subnets("private", region.private_subnets)
        database = self._subnets("database", region.database_subnets)
        task = self._subnets("task", region.task_subnets)
        routes = self._public_routes(gateway, public)
        self.nat_addresses = self._nat(public, [private, task], routes)
        self._table("database", database)
        self.public_subnet_ids = [subnet.id for subnet in public]
        self.private_subnet_ids = [subnet.id for subnet in private]
        self.database_subnet_ids = [subnet.id for subnet in database]
        self.task_subnet_ids = [subnet.id for subnet in task]
        self.register_outputs({"vpc_id": self.vpc_id})

    def _subnets(self, tier: str, ranges: list[str]) -> list[Any]:
        subnets = []
        for zone, cidr in zip(self._args.region.availability_zones, ranges, strict=True):
            label = f"{self._name}-{tier}-{zone}"
            subnets.append(
                aws.ec2.Subnet(
                    label,
                    vpc_id=self.vpc_id,
                    cidr_block=cidr,
                    availability_zone=zone,
                    tags={"Name": label, "Tier": tier},
                    opts=child(self, self._args.provider),
                )
            )
        return subnets

    def _public_routes(self, gateway: Any, subnets: list[Any]) -> pulumi.Resource:
        table = self._table("public", subnets)
        return aws.ec2.Route(
            f"{self._name}-public",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
            opts=child(self, self._args.provider),
        )

    def _nat(self, public: list[Any], tiers: list[list[Any]], internet: pulumi.Resource) -> list[pulumi.Output[str]]:
        addresses = []
        for index, zone in enumerate(self._args.region.availability_zones):
            label = f"{self._name}-nat-{zone}"
            address = aws.ec2.Eip(label, domain="vpc", tags={"Name": label}, opts=child(self, self._args.provider))
            nat = aws.ec2.NatGateway(
                label,
                allocation_id=address.id,
                subnet_id=public[index].id,
                tags={"Name": label},
                opts=child(self, self._args.provider, depends_on=[internet]),
            )
            table = self._table(f"out-{zone}", [tier[index] for tier in tiers])
            aws.ec2.Route(
                label,
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                nat_gateway_id=nat.id,
                opts=child(self, self._args.provider),
            )
            addresses.append(address.public_ip)
        return addresses

    def _table(self, label: str, subnets: list[Any]) -> Any:
        name = f"{self._name}-{label}"
        table = aws.ec2.RouteTable(name, vpc_id=self.vpc_id, tags={"Name": name}, opts=child(self, self._args.provider))
        for index, subnet in enumerate(subnets):
            aws.ec2.RouteTableAssociation(
                f"{name}-{index}",
                route_table_id=table.id,
                subnet_id=subnet.id,
                opts=child(self, self._args.provider),
            )
        return table
