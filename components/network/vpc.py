"""A region's network: a VPC with four tiers of subnets, one of each in every zone."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate.config import NetworkConfig, RegionConfig

FLOW_LOG_AGGREGATION_S = 600


@dataclass(frozen=True)
class NetworkArgs:
    """The region's ranges and zones; what all regions have in common; the bucket that gets the flow logs."""

    region: RegionConfig
    common: NetworkConfig
    log_bucket: str
    provider: pulumi.ProviderResource


class Network(pulumi.ComponentResource):
    """VPC, subnets, routes and flow logs. Public subnets lead to the internet, private and task subnets out through a
    NAT gateway (their zone's own, or the region's one), database and search subnets nowhere. `nat_addresses` are what
    tasks appear as outside; `outward_table_ids` the route tables of all that tasks run in.

    Specification: 2.2
    """

    vpc_id: pulumi.Output[str]
    default_network_acl_id: pulumi.Output[str]
    public_subnet_ids: list[pulumi.Output[str]]
    private_subnet_ids: list[pulumi.Output[str]]
    database_subnet_ids: list[pulumi.Output[str]]
    task_subnet_ids: list[pulumi.Output[str]]
    search_subnet_ids: list[pulumi.Output[str]]
    outward_table_ids: list[pulumi.Output[str]]
    nat_addresses: list[pulumi.Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Network", name, None, opts)
        self._name, self._args = name, args
        region, zones = args.region, args.region.availability_zones
        self._vpc = aws.ec2.Vpc(
            name,
            cidr_block=region.vpc_cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name},
            opts=child(self, args.provider),
        )
        self.vpc_id, self.default_network_acl_id = self._vpc.id, self._vpc.default_network_acl_id
        self._flow_log()
        gateway = aws.ec2.InternetGateway(
            name, vpc_id=self.vpc_id, tags={"Name": name}, opts=child(self, args.provider)
        )
        public = self._subnets("public", dict(zip(zones, region.public_subnets, strict=True)))
        private = self._subnets("private", dict(zip(zones, region.private_subnets, strict=True)))
        database = self._subnets("database", dict(zip(zones, region.database_subnets, strict=True)))
        task = self._subnets("task", dict(zip(zones, region.task_subnets, strict=True)))
        search = self._subnets("search", region.search_subnets)
        internet = self._public_routes(gateway, public)
        self._outward(self._nat(public, internet), [private, task])
        self._table("isolated", [*database, *search])
        self.public_subnet_ids = [subnet.id for subnet in public]
        self.private_subnet_ids = [subnet.id for subnet in private]
        self.database_subnet_ids = [subnet.id for subnet in database]
        self.task_subnet_ids = [subnet.id for subnet in task]
        self.search_subnet_ids = [subnet.id for subnet in (*private, *search)]
        self.register_outputs({"vpc_id": self.vpc_id})

    def _flow_log(self) -> None:
        """Declare the flow log: every connection, accepted or not, in files that Athena reads."""
        aws.ec2.FlowLog(
            self._name,
            vpc_id=self.vpc_id,
            traffic_type="ALL",
            log_destination_type="s3",
            log_destination=f"arn:aws:s3:::{self._args.log_bucket}/vpc",
            max_aggregation_interval=FLOW_LOG_AGGREGATION_S,
            destination_options={"file_format": "parquet", "per_hour_partition": True},
            tags={"Name": self._name},
            opts=child(self, self._args.provider),
        )

    def _subnets(self, tier: str, ranges: dict[str, str]) -> list[Any]:
        subnets = []
        for zone, cidr in ranges.items():
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

    def _nat(self, public: list[Any], internet: pulumi.Resource) -> list[Any]:
        """Declare the NAT gateways; return one for each zone, the same one for all where there is but one."""
        zones = self._args.region.availability_zones
        gateways = []
        self.nat_addresses = []
        for index, zone in enumerate(zones if self._args.common.nat == "zone" else zones[:1]):
            label = f"{self._name}-nat-{zone}"
            address = aws.ec2.Eip(label, domain="vpc", tags={"Name": label}, opts=child(self, self._args.provider))
            gateways.append(
                aws.ec2.NatGateway(
                    label,
                    allocation_id=address.id,
                    subnet_id=public[index].id,
                    tags={"Name": label},
                    opts=child(self, self._args.provider, depends_on=[internet]),
                )
            )
            self.nat_addresses.append(address.public_ip)
        return [gateways[index % len(gateways)] for index, _ in enumerate(zones)]

    def _outward(self, gateways: list[Any], tiers: list[list[Any]]) -> None:
        self.outward_table_ids = []
        for index, zone in enumerate(self._args.region.availability_zones):
            table = self._table(f"out-{zone}", [tier[index] for tier in tiers])
            aws.ec2.Route(
                f"{self._name}-nat-{zone}",
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                nat_gateway_id=gateways[index].id,
                opts=child(self, self._args.provider),
            )
            self.outward_table_ids.append(table.id)

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
