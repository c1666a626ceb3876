"""Network: VPCs, subnets, gateways, routes, security groups and their rules, prefix lists."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from collections.abc import Callable
from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.errors import StateError
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, lookup, register, tag_list

NAT_DEADLINE_S: Final = 600.0
DETACH_DEADLINE_S: Final = 300.0


class _Ec2Handler(Handler):
    """Base of types that one describe call finds by id, or by tags after an interrupted creation."""

    taggable = True
    resource_type: ClassVar[str]
    missing_codes: ClassVar[tuple[str, ...]]

    def _describe(self, ec2: Any, **arguments: Any) -> list[dict[str, Any]]:
        raise NotImplementedError

    def _id(self, item: dict[str, Any]) -> str:
        raise NotImplementedError

    def _outputs(self, item: dict[str, Any], aws: Aws) -> Properties:
        raise NotImplementedError

    def _tag_specification(self, inputs: Properties) -> list[dict[str, Any]] | None:
        tags = tag_list(inputs)
        return [{"ResourceType": self.resource_type, "Tags": tags}] if tags else None

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        items = found(lambda: self._describe(aws.client("ec2"), ids=[resource_id]), *self.missing_codes)
        return self._outputs(items[0], aws) if items else None

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by all tags: ours carry a Name that is unique in a stack."""
        wanted = tag_list(inputs)
        filters = [{"Name": f"tag:{tag['Key']}", "Values": [tag["Value"]]} for tag in wanted]
        items = self._describe(aws.client("ec2"), filters=filters) if filters else []
        ours = [item for item in items if all(tag in item.get("Tags", []) for tag in wanted)]
        return self._id(ours[0]) if ours else None


def _ids_or_filters(name: str) -> Callable[..., dict[str, Any]]:
    def arguments(ids: list[str] | None = None, filters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        return given(**{name: ids, "Filters": filters})

    return arguments


@register
class Vpc(_Ec2Handler):
    """A VPC with its two DNS attributes."""

    type = "aws:ec2/vpc:Vpc"
    resource_type = "vpc"
    missing_codes = ("InvalidVpcID.NotFound",)
    _arguments = staticmethod(_ids_or_filters("VpcIds"))

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
class Subnet(_Ec2Handler):
    """A subnet."""

    type = "aws:ec2/subnet:Subnet"
    resource_type = "subnet"
    missing_codes = ("InvalidSubnetID.NotFound",)
    _arguments = staticmethod(_ids_or_filters("SubnetIds"))

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
class InternetGateway(_Ec2Handler):
    """An internet gateway, attached to its VPC."""

    type = "aws:ec2/internetGateway:InternetGateway"
    resource_type = "internet-gateway"
    missing_codes = ("InvalidInternetGatewayID.NotFound",)
    _arguments = staticmethod(_ids_or_filters("InternetGatewayIds"))

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
class Eip(_Ec2Handler):
    """An elastic address."""

    type = "aws:ec2/eip:Eip"
    resource_type = "elastic-ip"
    missing_codes = ("InvalidAllocationID.NotFound",)
    _arguments = staticmethod(_ids_or_filters("AllocationIds"))

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
class NatGateway(_Ec2Handler):
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


@register
class RouteTable(_Ec2Handler):
    """A route table; its routes are resources of their own."""

    type = "aws:ec2/routeTable:RouteTable"
    resource_type = "route-table"
    missing_codes = ("InvalidRouteTableID.NotFound",)
    _arguments = staticmethod(_ids_or_filters("RouteTableIds"))

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        table = aws.client("ec2").create_route_table(
            **given(VpcId=inputs["vpcId"], TagSpecifications=self._tag_specification(inputs))
        )["RouteTable"]
        return Created(table["RouteTableId"], self._outputs(table, aws))

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring(*self.missing_codes):
            aws.client("ec2").delete_route_table(RouteTableId=resource_id)

    def _describe(self, ec2: Any, **arguments: Any) -> list[dict[str, Any]]:
        return list(ec2.describe_route_tables(**self._arguments(**arguments))["RouteTables"])

    def _id(self, item: dict[str, Any]) -> str:
        return str(item["RouteTableId"])

    def _outputs(self, item: dict[str, Any], aws: Aws) -> Properties:
        owner = item.get("OwnerId", "")
        return {"arn": f"arn:aws:ec2:{aws.region}:{owner}:route-table/{item['RouteTableId']}", "ownerId": owner}


@register
class Route(Handler):
    """A route of a table. Its id is `r-<table>-<destination>`."""

    type = "aws:ec2/route:Route"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler; repeating a creation is no error."""
        with ignoring("RouteAlreadyExists"):
            aws.client("ec2").create_route(
                **given(
                    RouteTableId=inputs["routeTableId"],
                    DestinationCidrBlock=inputs["destinationCidrBlock"],
                    GatewayId=inputs.get("gatewayId"),
                    NatGatewayId=inputs.get("natGatewayId"),
                )
            )
        return Created(f"r-{inputs['routeTableId']}-{inputs['destinationCidrBlock']}", {"state": "active"})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        tables = found(
            lambda: aws.client("ec2").describe_route_tables(RouteTableIds=[outputs["routeTableId"]])["RouteTables"],
            "InvalidRouteTableID.NotFound",
        )
        routes = tables[0]["Routes"] if tables else []
        here = any(route.get("DestinationCidrBlock") == outputs["destinationCidrBlock"] for route in routes)
        return {"state": "active"} if here else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"):
            aws.client("ec2").delete_route(
                RouteTableId=outputs["routeTableId"], DestinationCidrBlock=outputs["destinationCidrBlock"]
            )


@register
class RouteTableAssociation(Handler):
    """A subnet's route table."""

    type = "aws:ec2/routeTableAssociation:RouteTableAssociation"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        answer = aws.client("ec2").associate_route_table(
            RouteTableId=inputs["routeTableId"], SubnetId=inputs["subnetId"]
        )
        return Created(answer["AssociationId"])

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        tables = found(
            lambda: aws.client("ec2").describe_route_tables(RouteTableIds=[outputs["routeTableId"]])["RouteTables"],
            "InvalidRouteTableID.NotFound",
        )
        associations = tables[0]["Associations"] if tables else []
        return {} if any(a.get("RouteTableAssociationId") == resource_id for a in associations) else None

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by table and subnet."""
        tables = aws.client("ec2").describe_route_tables(RouteTableIds=[inputs["routeTableId"]])["RouteTables"]
        for association in tables[0]["Associations"]:
            if association.get("SubnetId") == inputs["subnetId"]:
                return str(association["RouteTableAssociationId"])
        return None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("InvalidAssociationID.NotFound"):
            aws.client("ec2").disassociate_route_table(AssociationId=resource_id)


@register
class SecurityGroup(_Ec2Handler):
    """A security group without rules: AWS's default egress rule is removed, as Terraform does; rules are resources."""

    type = "aws:ec2/securityGroup:SecurityGroup"
    resource_type = "security-group"
    missing_codes = ("InvalidGroup.NotFound", "InvalidGroupId.NotFound")
    _arguments = staticmethod(_ids_or_filters("GroupIds"))

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        ec2 = aws.client("ec2")
        group = ec2.create_security_group(
            **given(
                GroupName=inputs["name"],
                Description=inputs.get("description", "Managed by Pulumi"),
                VpcId=inputs["vpcId"],
                TagSpecifications=self._tag_specification(inputs),
            )
        )
        self.complete(aws, group["GroupId"], inputs)
        return Created(group["GroupId"], {"arn": group.get("SecurityGroupArn")})

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Remove the rule that lets everything out."""
        everywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        with ignoring("InvalidPermission.NotFound"):
            aws.client("ec2").revoke_security_group_egress(GroupId=resource_id, IpPermissions=everywhere)

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler. Waits until load balancers and tasks that used the group have let it go."""
        ec2 = aws.client("ec2")

        def gone() -> bool:
            with ignoring("DependencyViolation"):
                with ignoring(*self.missing_codes):
                    ec2.delete_security_group(GroupId=resource_id)
                return True
            return False

        aws.wait_for(f"security group {resource_id} unused", gone, deadline_s=DETACH_DEADLINE_S)

    def _describe(self, ec2: Any, **arguments: Any) -> list[dict[str, Any]]:
        return list(ec2.describe_security_groups(**self._arguments(**arguments))["SecurityGroups"])

    def _id(self, item: dict[str, Any]) -> str:
        return str(item["GroupId"])

    def _outputs(self, item: dict[str, Any], aws: Aws) -> Properties:
        return {"arn": item.get("SecurityGroupArn")}


class _SecurityGroupRule(Handler):
    """One rule of a security group, in one direction."""

    taggable = True
    egress: ClassVar[bool]

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        ec2 = aws.client("ec2")
        authorize = ec2.authorize_security_group_egress if self.egress else ec2.authorize_security_group_ingress
        tags = tag_list(inputs)
        answer = authorize(
            **given(
                GroupId=inputs["securityGroupId"],
                IpPermissions=[_permission(inputs)],
                TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": tags}] if tags else None,
            )
        )
        rule = answer["SecurityGroupRules"][0]
        return Created(rule["SecurityGroupRuleId"], self._outputs(rule))

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        ec2 = aws.client("ec2")
        missing = ("InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound")
        rules = found(
            lambda: ec2.describe_security_group_rules(
                Filters=[{"Name": "group-id", "Values": [outputs["securityGroupId"]]}]
            )["SecurityGroupRules"],
            *missing,
        )
        mine = [rule for rule in rules or [] if rule["SecurityGroupRuleId"] == resource_id]
        return self._outputs(mine[0]) if mine else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        ec2 = aws.client("ec2")
        revoke = ec2.revoke_security_group_egress if self.egress else ec2.revoke_security_group_ingress
        with ignoring("InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound", "InvalidPermission.NotFound"):
            revoke(GroupId=outputs["securityGroupId"], SecurityGroupRuleIds=[resource_id])

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find the rule with the same direction, ports and peer."""
        rules = aws.client("ec2").describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [inputs["securityGroupId"]]}]
        )["SecurityGroupRules"]
        for rule in rules:
            if bool(rule.get("IsEgress")) == self.egress and _matches(rule, inputs):
                return str(rule["SecurityGroupRuleId"])
        return None

    @staticmethod
    def _outputs(rule: dict[str, Any]) -> Properties:
        return {"arn": rule.get("SecurityGroupRuleArn"), "securityGroupRuleId": rule["SecurityGroupRuleId"]}


@register
class SecurityGroupIngressRule(_SecurityGroupRule):
    """A rule for what may come in."""

    type = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    egress = False


@register
class SecurityGroupEgressRule(_SecurityGroupRule):
    """A rule for what may go out."""

    type = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    egress = True


def _permission(inputs: Properties) -> dict[str, Any]:
    about = given(Description=inputs.get("description"))
    permission = given(
        IpProtocol=str(inputs["ipProtocol"]), FromPort=inputs.get("fromPort"), ToPort=inputs.get("toPort")
    )
    if "cidrIpv4" in inputs:
        permission["IpRanges"] = [{"CidrIp": inputs["cidrIpv4"], **about}]
    if "referencedSecurityGroupId" in inputs:
        permission["UserIdGroupPairs"] = [{"GroupId": inputs["referencedSecurityGroupId"], **about}]
    if "prefixListId" in inputs:
        permission["PrefixListIds"] = [{"PrefixListId": inputs["prefixListId"], **about}]
    return permission


def _matches(rule: dict[str, Any], inputs: Properties) -> bool:
    peer = (
        rule.get("CidrIpv4"),
        (rule.get("ReferencedGroupInfo") or {}).get("GroupId"),
        rule.get("PrefixListId"),
    )
    wanted = tuple(inputs.get(name) for name in ("cidrIpv4", "referencedSecurityGroupId", "prefixListId"))
    protocol = str(rule.get("IpProtocol")) == str(inputs["ipProtocol"])
    ports = protocol and (inputs["ipProtocol"] == "-1" or rule.get("FromPort") == inputs.get("fromPort"))
    return peer == wanted and ports


@lookup("aws:ec2/getManagedPrefixList:getManagedPrefixList")
def get_managed_prefix_list(aws: Aws, arguments: Properties) -> Properties:
    """Return the AWS-managed prefix list of that name."""
    name = arguments["name"]
    lists = aws.client("ec2").describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [name]}])[
        "PrefixLists"
    ]
    if not lists:
        raise StateError(f"{aws.region} has no prefix list {name}")
    one = lists[0]
    return {"id": one["PrefixListId"], "name": name, "arn": one["PrefixListArn"], "ownerId": one.get("OwnerId", "AWS")}
