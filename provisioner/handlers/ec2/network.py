"""Network: VPCs, subnets, internet and NAT gateways, elastic addresses."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, ignoring, register
from provisioner.handlers.ec2.base import Ec2Generic


@register
class Vpc(Ec2Generic):
    """A VPC with its DNS attributes, and what AWS makes with it: main route table, default group, default ACL."""

    type = "aws:ec2/vpc:Vpc"
    resource_type = "vpc"
    names_owner = True
    create_call = "create_vpc"
    read_call = "describe_vpcs"
    delete_call = "delete_vpc"
    id_output = "Vpc.VpcId"
    id_parameter = "VpcId"
    read_parameter = "VpcIds[]"
    items = "Vpcs"
    find_id = "VpcId"
    missing = ("InvalidVpcID.NotFound",)
    busy = ("DependencyViolation",)
    deadline_s = 300.0
    outputs: ClassVar = {"cidrBlock": "CidrBlock", "instanceTenancy": "InstanceTenancy"}
    replace_on = frozenset({"cidrBlock", "instanceTenancy"})
    attributes: ClassVar = {"enableDnsSupport": "enableDnsSupport", "enableDnsHostnames": "enableDnsHostnames"}
    only_here = frozenset(attributes)

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Set the attributes: DNS hostnames need DNS support first, and EC2 takes one a call."""
        for name in self.attributes:
            if name in inputs:
                member = name[0].upper() + name[1:]
                self.call(aws, "modify_vpc_attribute", VpcId=resource_id, **{member: {"Value": inputs[name]}})

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        self.complete(aws, resource_id, new)
        return self.seen(aws, resource_id, new, tags=False) or {}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; the attributes and the defaults have calls of their own."""
        observed = super().observe(aws, resource_id, document)
        for name in self.attributes:
            answer = self.call(aws, "describe_vpc_attribute", VpcId=resource_id, Attribute=name)
            observed[name] = answer[name[0].upper() + name[1:]]["Value"]
        return {**observed, **self._defaults(aws, resource_id)}

    def _defaults(self, aws: Aws, resource_id: str) -> Properties:
        mine = {"Name": "vpc-id", "Values": [resource_id]}
        named, main = ({"Name": "group-name", "Values": ["default"]}, {"Name": "association.main", "Values": ["true"]})
        groups = self.call(aws, "describe_security_groups", Filters=[mine, named])["SecurityGroups"]
        tables = self.call(aws, "describe_route_tables", Filters=[mine, main])["RouteTables"]
        lists = self.call(aws, "describe_network_acls", Filters=[mine])["NetworkAcls"]
        defaults = {
            "defaultSecurityGroupId": next((group["GroupId"] for group in groups), None),
            "mainRouteTableId": next((table["RouteTableId"] for table in tables), None),
            "defaultRouteTableId": next((table["RouteTableId"] for table in tables), None),
            "defaultNetworkAclId": next((acl["NetworkAclId"] for acl in lists if acl["IsDefault"]), None),
        }
        return {name: value for name, value in defaults.items() if value is not None}


@register
class Subnet(Ec2Generic):
    """A subnet. It cannot go before the last network interface in it has."""

    type = "aws:ec2/subnet:Subnet"
    resource_type = "subnet"
    create_call = "create_subnet"
    read_call = "describe_subnets"
    delete_call = "delete_subnet"
    id_output = "Subnet.SubnetId"
    id_parameter = "SubnetId"
    read_parameter = "SubnetIds[]"
    items = "Subnets"
    find_id = "SubnetId"
    missing = ("InvalidSubnetID.NotFound",)
    busy = ("DependencyViolation",)
    deadline_s = 1200.0
    outputs: ClassVar = {
        "arn": "SubnetArn",
        "ownerId": "OwnerId",
        "availabilityZoneId": "AvailabilityZoneId",
        "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
    }
    replace_on = frozenset({"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"})
    only_here = frozenset({"mapPublicIpOnLaunch"})

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Say whether what is launched here gets a public address."""
        if "mapPublicIpOnLaunch" in inputs:
            value = {"Value": inputs["mapPublicIpOnLaunch"]}
            self.call(aws, "modify_subnet_attribute", SubnetId=resource_id, MapPublicIpOnLaunch=value)

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        self.complete(aws, resource_id, {"mapPublicIpOnLaunch": False, **new})
        return self.seen(aws, resource_id, new, tags=False) or {}


@register
class InternetGateway(Ec2Generic):
    """An internet gateway, attached to its VPC."""

    type = "aws:ec2/internetGateway:InternetGateway"
    resource_type = "internet-gateway"
    names_owner = True
    create_call = "create_internet_gateway"
    read_call = "describe_internet_gateways"
    delete_call = "delete_internet_gateway"
    id_output = "InternetGateway.InternetGatewayId"
    id_parameter = "InternetGatewayId"
    read_parameter = "InternetGatewayIds[]"
    items = "InternetGateways"
    find_id = "InternetGatewayId"
    missing = ("InvalidInternetGatewayID.NotFound",)
    busy = ("DependencyViolation",)
    deadline_s = 1200.0
    outputs: ClassVar = {"vpcId": "Attachments[0].VpcId"}
    only_here = frozenset({"vpcId"})

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Attach the gateway."""
        if inputs.get("vpcId"):
            with ignoring("Resource.AlreadyAssociated"):
                self.call(aws, "attach_internet_gateway", InternetGatewayId=resource_id, VpcId=inputs["vpcId"])

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """Attach the gateway to another VPC."""
        attached = (self.read(aws, resource_id, {}) or {}).get("vpcId")
        if attached != new.get("vpcId"):
            self._detach(aws, resource_id, attached)
            self.complete(aws, resource_id, new)
        return self.seen(aws, resource_id, new, tags=False) or {}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler. AWS detaches a gateway only when no public address of the VPC is left."""

        def detached() -> bool:
            with ignoring("DependencyViolation"):
                self._detach(aws, resource_id, (self.read(aws, resource_id, {}) or {}).get("vpcId"))
                return True
            return False

        aws.wait_for(f"internet gateway {resource_id} detached", detached, deadline_s=self.deadline_s)
        super().delete(aws, resource_id, outputs)

    def _detach(self, aws: Aws, resource_id: str, vpc: str | None) -> None:
        if vpc:
            with ignoring("Gateway.NotAttached", *self.missing):
                self.call(aws, "detach_internet_gateway", InternetGatewayId=resource_id, VpcId=vpc)


@register
class Eip(Ec2Generic):
    """An elastic address."""

    type = "aws:ec2/eip:Eip"
    resource_type = "elastic-ip"
    create_call = "allocate_address"
    read_call = "describe_addresses"
    delete_call = "release_address"
    id_output = "AllocationId"
    id_parameter = "AllocationId"
    read_parameter = "AllocationIds[]"
    items = "Addresses"
    find_id = "AllocationId"
    missing = ("InvalidAllocationID.NotFound",)
    busy = ("InvalidIPAddress.InUse",)
    deadline_s = 300.0
    outputs: ClassVar = {"allocationId": "AllocationId", "publicIp": "PublicIp"}


@register
class NatGateway(Ec2Generic):
    """A NAT gateway with an elastic address."""

    type = "aws:ec2/natGateway:NatGateway"
    resource_type = "natgateway"
    create_call = "create_nat_gateway"
    read_call = "describe_nat_gateways"
    delete_call = "delete_nat_gateway"
    id_output = "NatGateway.NatGatewayId"
    id_parameter = "NatGatewayId"
    read_parameter = "NatGatewayIds[]"
    items = "NatGateways"
    filters = "Filter"
    find_id = "NatGatewayId"
    missing = ("NatGatewayNotFound", "InvalidNatGatewayID.NotFound")
    gone = "contains(['deleted', 'failed'], State)"
    ready = "State == 'available'"
    failed = "State == 'failed'"
    waits_until_gone = True
    outputs: ClassVar = {
        "allocationId": "NatGatewayAddresses[0].AllocationId",
        "publicIp": "NatGatewayAddresses[0].PublicIp",
        "privateIp": "NatGatewayAddresses[0].PrivateIp",
    }
