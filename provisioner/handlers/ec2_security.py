"""Security groups, their rules, and the prefix lists that rules name."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.errors import StateError
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, lookup, register, tag_list
from provisioner.handlers.ec2_base import Ec2Handler, ids_or_filters

DETACH_DEADLINE_S: Final = 300.0


@register
class SecurityGroup(Ec2Handler):
    """A security group without rules: AWS's default egress rule is removed, as Terraform does; rules are resources."""

    type = "aws:ec2/securityGroup:SecurityGroup"
    resource_type = "security-group"
    missing_codes = ("InvalidGroup.NotFound", "InvalidGroupId.NotFound")
    _arguments = staticmethod(ids_or_filters("GroupIds"))

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
