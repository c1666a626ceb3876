"""Network: VPCs, subnets, internet and NAT gateways, elastic addresses."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, Final

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Properties, found, given, ignoring, register
from provisioner.handlers.ec2_base import Ec2Handler, ids_or_filters

NAT_DEADLINE_S: Final = 600.0


@register
class Vpc(Ec2Handler):
    """A VPC with its two DNS attributes."""

    type = "aws:ec2/vpc:Vpc"
    resource_type = "vpc"
    missing_codes = ("InvalidVpcID.NotFound",)
    _arguments = staticmethod(ids_or_filters("VpcIds"))

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        ec2 = aws.client("ec2")
        vpc = ec2.create_vpc(**given(CidrBlock=inputs["cidrBlock"], TagSpecifications=self._tag_specification(inputs)))[
            "Vpc"
        ]
        self.complete(aws, vpc["VpcId"], inputs)
        return Created(vpc["VpcId"], self._outputs(vpc, aws))

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Set the DNS attributes."""
        ec2 = aws.client("ec2")
        if "enableDnsSupport" in inputs:
            ec2.modify_vpc_attribute(VpcId=resource_id, EnableDnsSupport={"Value": inputs["enableDnsSupport"]})
        if "enableDnsHostnames" in inputs:
            ec2.modify_vpc_attribute(VpcId=resource_id, EnableDnsHostnames={"Value": inputs["enableDnsHostnames"]})

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring(*self.missing_codes):
            aws.client("ec2").delete_vpc(VpcId=resource_id)

    def _describe(self, ec2: Any, **arguments: Any) -> list[dict[str, Any]]:
        return list(ec2.describe_vpcs(**self._arguments(**arguments))["Vpcs"])

    def _id(self, item: dict[str, Any]) -> str:
        return str(item["VpcId"])

    def _outputs(self, item: dict[str, Any], aws: Aws) -> Properties:
        owner = item.get("OwnerId", "")
        return {"arn": f"arn:aws:ec2:{aws.region}:{owner}:vpc/{item['VpcId']}", "ownerId": owner}


@register
class Subnet(Ec2Handler):
    """A subnet."""

    type = "aws:ec2/subnet:Subnet"
    resource_type = "subnet"
    missing_codes = ("InvalidSubnetID.NotFound",)
    _arguments = staticmethod(ids_or_filters("SubnetIds"))

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        ec2 = aws.client("ec2")
        subnet = ec2.create_subnet(
            **given(
                VpcId=inputs["vpcId"],
                CidrBlock=inputs["cidrBlock"],
                AvailabilityZone=inputs.get("availabilityZone"),
                TagSpecifications=self._tag_specification(inputs),
            )
        )["Subnet"]
        return Created(subnet["SubnetId"], self._outputs(subnet, aws))

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring(*self.missing_codes):
            aws.client("ec2").delete_subnet(SubnetId=resource_id)

    def _describe(self, ec2: Any, **arguments: Any) -> list[dict[str, Any]]:
        return list(ec2.describe_subnets(**self._arguments(**arguments))["Subnets"])

    def _id(self, item: dict[str, Any]) -> str:
        return str(item["SubnetId"])

    def _outputs(self, item: dict[str, Any], aws: Aws) -> Properties:
        return {"arn": item.get("SubnetArn"), "availabilityZone": item.get("AvailabilityZone")}


@register
class InternetGateway(Ec2Handler):
    """An internet gateway, attached to its VPC."""

    type = "aws:ec2/internetGateway:InternetGateway"
    resource_type = "internet-gateway"
    missing_codes = ("InvalidInternetGatewayID.NotFound",)
    _arguments = staticmethod(ids_or_filters("InternetGatewayIds"))

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        ec2 = aws.client("ec2")
        gateway = ec2.create_internet_gateway(**given(TagSpecifications=self._tag_specification(inputs)))[
            "InternetGateway"
        ]
        self.complete(aws, gateway["InternetGatewayId"], inputs)
        return Created(gateway["InternetGatewayId"], self._outputs(gateway, aws))

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Attach the gateway."""
        with ignoring("Resource.AlreadyAssociated"):
            aws.client("ec2").attach_internet_gateway(InternetGatewayId=resource_id, VpcId=inputs["vpcId"])

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        ec2 = aws.client("ec2")
        with ignoring("Gateway.NotAttached", *self.missing_codes):
            ec2.detach_internet_gateway(InternetGatewayId=resource_id, VpcId=outputs["vpcId"])
        with ignoring(*self.missing_codes):
            ec2.delete_internet_gateway(InternetGatewayId=resource_id)

    def _describe(self, ec2: Any, **arguments: Any) -> list[dict[str, Any]]:
        return list(ec2.describe_internet_gateways(**self._arguments(**arguments))["InternetGateways"])

    def _id(self, item: dict[str, Any]) -> str:
        return str(item["InternetGatewayId"])

    def _outputs(self, item: dict[str, Any], aws: Aws) -> Properties:
        owner = item.get("OwnerId", "")
        return {
            "arn": f"arn:aws:ec2:{aws.region}:{owner}:internet-gateway/{item['InternetGatewayId']}",
            "ownerId": owner,
        }


@register
class Eip(Ec2Handler):
    """An elastic address."""

    type = "aws:ec2/eip:Eip"
    resource_type = "elastic-ip"
    missing_codes = ("InvalidAllocationID.NotFound",)
    _arguments = staticmethod(ids_or_filters("AllocationIds"))

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        address = aws.client("ec2").allocate_address(
            **given(Domain=inputs.get("domain"), TagSpecifications=self._tag_specification(inputs))
        )
        return Created(address["AllocationId"], self._outputs(address, aws))

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring(*self.missing_codes):
            aws.client("ec2").release_address(AllocationId=resource_id)

    def _describe(self, ec2: Any, **arguments: Any) -> list[dict[str, Any]]:
        return list(ec2.describe_addresses(**self._arguments(**arguments))["Addresses"])

    def _id(self, item: dict[str, Any]) -> str:
        return str(item["AllocationId"])

    def _outputs(self, item: dict[str, Any], aws: Aws) -> Properties:
        return {"allocationId": item["AllocationId"], "publicIp": item["PublicIp"]}


@register
class NatGateway(Ec2Handler):
    """A NAT gateway with an elastic address."""

    type = "aws:ec2/natGateway:NatGateway"
    resource_type = "natgateway"
    missing_codes = ("NatGatewayNotFound", "InvalidNatGatewayID.NotFound")

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        ec2 = aws.client("ec2")
        gateway = ec2.create_nat_gateway(
            **given(
                AllocationId=inputs.get("allocationId"),
                SubnetId=inputs["subnetId"],
                TagSpecifications=self._tag_specification(inputs),
            )
        )["NatGateway"]
        self.complete(aws, gateway["NatGatewayId"], inputs)
        return Created(gateway["NatGatewayId"], self._outputs(gateway, aws))

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Wait until the gateway is available."""
        ec2 = aws.client("ec2")
        aws.wait_for(
            f"NAT gateway {resource_id} available",
            lambda: self._describe(ec2, ids=[resource_id])[0]["State"] == "available",
            deadline_s=NAT_DEADLINE_S,
        )

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        ec2 = aws.client("ec2")
        with ignoring(*self.missing_codes):
            ec2.delete_nat_gateway(NatGatewayId=resource_id)

        def gone() -> bool:
            gateways = found(lambda: self._describe(ec2, ids=[resource_id]), *self.missing_codes)
            return not gateways or gateways[0]["State"] == "deleted"

        aws.wait_for(f"NAT gateway {resource_id} deleted", gone, deadline_s=NAT_DEADLINE_S)

    def _describe(self, ec2: Any, **arguments: Any) -> list[dict[str, Any]]:
        ids, filters = arguments.get("ids"), arguments.get("filters")
        answer = ec2.describe_nat_gateways(**given(NatGatewayIds=ids, Filter=filters))
        return [gateway for gateway in answer["NatGateways"] if gateway["State"] not in ("deleted", "failed")]

    def _id(self, item: dict[str, Any]) -> str:
        return str(item["NatGatewayId"])

    def _outputs(self, item: dict[str, Any], aws: Aws) -> Properties:
        addresses = item.get("NatGatewayAddresses") or [{}]
        return {"publicIp": addresses[0].get("PublicIp"), "privateIp": addresses[0].get("PrivateIp")}
