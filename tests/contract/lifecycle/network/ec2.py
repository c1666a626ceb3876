"""EC2's network."""

from tests.contract.lifecycle.kit import EVERYTHING, Row, World


def second_vpc(world: World) -> str:
    return world.make("aws:ec2/vpc:Vpc", cidrBlock="10.91.0.0/16").id


def address(world: World, name: str = "nat") -> str:
    return world.make("aws:ec2/eip:Eip", domain="vpc", tagsAll={"Name": name}).id


def table(world: World, name: str = "one") -> str:
    return world.make("aws:ec2/routeTable:RouteTable", vpcId=world.vpc(), tagsAll={"Name": name}).id


def gateway(world: World) -> str:
    return world.make("aws:ec2/internetGateway:InternetGateway", vpcId=world.vpc()).id


def nat(world: World) -> str:
    subnet = world.subnets()[1]
    return world.make("aws:ec2/natGateway:NatGateway", allocationId=address(world), subnetId=subnet).id


ROWS = [
    Row(
        "aws:ec2/vpc:Vpc",
        inputs=lambda world: {
            "cidrBlock": "10.92.0.0/16",
            "enableDnsSupport": True,
            "enableDnsHostnames": True,
            "instanceTenancy": "default",
        },
        changed=lambda world: {"enableDnsHostnames": False},
        replaces={"cidrBlock", "instanceTenancy"},
    ),
    Row(
        "aws:ec2/subnet:Subnet",
        inputs=lambda world: {
            "vpcId": world.vpc(),
            "cidrBlock": "10.90.100.0/24",
            "availabilityZone": "us-east-1b",
            "mapPublicIpOnLaunch": False,
        },
        changed=lambda world: {"mapPublicIpOnLaunch": True},
        replaces={"vpcId", "cidrBlock", "availabilityZone"},
    ),
    Row(
        "aws:ec2/internetGateway:InternetGateway",
        inputs=lambda world: {"vpcId": world.vpc()},
        changed=lambda world: {"vpcId": second_vpc(world)},
    ),
    Row("aws:ec2/eip:Eip", inputs=lambda world: {"domain": "vpc"}, replaces=EVERYTHING),
    Row(
        "aws:ec2/natGateway:NatGateway",
        inputs=lambda world: {"allocationId": address(world, "another"), "subnetId": world.subnets()[0]},
        replaces=EVERYTHING,
    ),
    Row("aws:ec2/routeTable:RouteTable", inputs=lambda world: {"vpcId": world.vpc()}, replaces=EVERYTHING),
    Row(
        "aws:ec2/route:Route",
        inputs=lambda world: {
            "routeTableId": table(world),
            "destinationCidrBlock": "0.0.0.0/0",
            "gatewayId": gateway(world),
        },
        changed=lambda world: {"gatewayId": None, "natGatewayId": nat(world)},
        replaces={"routeTableId", "destinationCidrBlock"},
    ),
    Row(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        inputs=lambda world: {"routeTableId": table(world), "subnetId": world.subnets()[0]},
        changed=lambda world: {"routeTableId": table(world, "two")},
        replaces={"subnetId"},
    ),
    Row(
        "aws:ec2/securityGroup:SecurityGroup",
        inputs=lambda world: {
            "name": "tasks",
            "description": "of tasks",
            "vpcId": world.vpc(),
            "revokeRulesOnDelete": True,
        },
        changed=lambda world: {"revokeRulesOnDelete": False},
        replaces={"name", "description", "vpcId"},
        unseen={"revokeRulesOnDelete": "read by delete"},
    ),
    Row(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        inputs=lambda world: {
            "securityGroupId": world.group(),
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.0.0.0/8",
            "description": "from inside",
        },
        changed=lambda world: {
            "fromPort": 8000,
            "toPort": 8001,
            "cidrIpv4": "10.1.0.0/16",
            "description": "from there",
        },
        replaces={"securityGroupId"},
    ),
    Row(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        inputs=lambda world: {
            "securityGroupId": world.group(),
            "ipProtocol": "-1",
            "referencedSecurityGroupId": world.group("database"),
        },
        changed=lambda world: {"referencedSecurityGroupId": world.group("cache")},
        replaces={"securityGroupId"},
    ),
]
