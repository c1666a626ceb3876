"""EC2's endpoints, flow logs and network ACLs."""

from typing import Any

from provisioner.handlers.common.base import Properties
from tests.contract.lifecycle.kit import EVERYTHING, Row, World, policy

ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}


def acl_rule(number: int, port: int, cidr: str = "10.90.0.0/16") -> Properties:
    return {
        "ruleNo": number,
        "protocol": "tcp",
        "action": "allow",
        "cidrBlock": cidr,
        "fromPort": port,
        "toPort": port,
    }


def default_acl(world: World) -> str:
    vpc = [{"Name": "vpc-id", "Values": [world.vpc()]}, {"Name": "default", "Values": ["true"]}]
    found: Any = world.aws().client("ec2").describe_network_acls(Filters=vpc)
    return str(found["NetworkAcls"][0]["NetworkAclId"])


def tables(world: World, *names: str) -> list[str]:
    kind = "aws:ec2/routeTable:RouteTable"
    return [world.make(kind, vpcId=world.vpc(), tagsAll={"Name": f"gateways-{name}"}).id for name in names]


ROWS = [
    Row(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        inputs=lambda world: {
            "vpcId": world.vpc(),
            "serviceName": "com.amazonaws.us-east-1.sqs",
            "vpcEndpointType": "Interface",
            "subnetIds": world.subnets()[:2],
            "securityGroupIds": [world.group()],
            "privateDnsEnabled": True,
            "policy": policy(ALLOW),
        },
        changed=lambda world: {
            "subnetIds": world.subnets()[1:],
            "securityGroupIds": [world.group("others")],
            "privateDnsEnabled": False,
            "policy": policy({**ALLOW, "Action": "sqs:SendMessage"}),
        },
        replaces={"vpcId", "serviceName", "vpcEndpointType"},
        label="interface",
    ),
    Row(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        inputs=lambda world: {
            "vpcId": world.vpc(),
            "serviceName": "com.amazonaws.us-east-1.s3",
            "vpcEndpointType": "Gateway",
            "routeTableIds": tables(world, "one", "two"),
            "policy": policy(ALLOW),
        },
        changed=lambda world: {"routeTableIds": tables(world, "two", "three")},
        replaces={"vpcId", "serviceName", "vpcEndpointType"},
        label="gateway",
    ),
    Row(
        "aws:ec2/flowLog:FlowLog",
        inputs=lambda world: {
            "vpcId": world.vpc(),
            "trafficType": "ALL",
            "logDestinationType": "s3",
            "logDestination": f"arn:aws:s3:::{world.bucket()}/vpc",
            "maxAggregationInterval": 600,
            "destinationOptions": {"fileFormat": "parquet", "perHourPartition": True},
        },
        replaces=EVERYTHING,
    ),
    Row(
        "aws:ec2/networkAcl:NetworkAcl",
        inputs=lambda world: {
            "vpcId": world.vpc(),
            "subnetIds": [world.subnets()[0]],
            "ingress": [acl_rule(100, 5432), acl_rule(110, 443)],
            "egress": [acl_rule(100, 1024)],
        },
        changed=lambda world: {
            "subnetIds": [world.subnets()[1]],
            "ingress": [acl_rule(100, 5433), acl_rule(120, 80)],
            "egress": [],
        },
        replaces={"vpcId"},
    ),
    Row(
        "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
        inputs=lambda world: {"defaultNetworkAclId": default_acl(world), "ingress": [], "egress": []},
        changed=lambda world: {"ingress": [acl_rule(100, 443)]},
        replaces={"defaultNetworkAclId"},
        stays="a VPC always has one",
    ),
    Row(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        inputs=lambda world: {"vpcId": world.vpc(), "ingress": [], "egress": []},
        changed=lambda world: {"egress": None},
        replaces={"vpcId"},
        stays="a VPC always has one",
    ),
]
