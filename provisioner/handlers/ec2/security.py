"""Security groups, their rules, and the prefix lists that rules name."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.errors import StateError
from provisioner.handlers.common.base import Properties, given, ignoring, lookup, pascal, register, tag_list
from provisioner.handlers.ec2.base import Ec2Generic

MISSING_RULE: Final = ("InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound", "InvalidPermission.NotFound")


@register
class SecurityGroup(Ec2Generic):
    """A security group without rules: AWS's default egress rule is removed, as Terraform does; rules are resources.

    It is deleted once load balancers and tasks that used it have let it go. Its name and description are forever.
    """

    type = "aws:ec2/securityGroup:SecurityGroup"
    resource_type = "security-group"
    create_call = "create_security_group"
    read_call = "describe_security_groups"
    delete_call = "delete_security_group"
    id_output = "GroupId"
    id_parameter = "GroupId"
    read_parameter = "GroupIds[]"
    items = "SecurityGroups"
    find_id = "GroupId"
    names: ClassVar = {"name": "GroupName"}
    defaults: ClassVar = {"description": "Managed by Pulumi"}
    only_here = frozenset({"revokeRulesOnDelete"})
    missing = ("InvalidGroup.NotFound", "InvalidGroupId.NotFound")
    busy = ("DependencyViolation",)
    deadline_s = 900.0
    outputs: ClassVar = {"arn": "SecurityGroupArn", "ownerId": "OwnerId"}
    replace_on = frozenset({"name", "description", "vpcId"})

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Remove the rule that lets everything out."""
        everywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        with ignoring("InvalidPermission.NotFound"):
            self.call(aws, "revoke_security_group_egress", GroupId=resource_id, IpPermissions=everywhere)

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """Change nothing in AWS: what can change (`revokeRulesOnDelete`) is read by delete."""
        return self.seen(aws, resource_id, new, tags=False) or {}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        if outputs.get("revokeRulesOnDelete"):
            self._revoke_rules(aws, resource_id)
        super().delete(aws, resource_id, outputs)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by name: a VPC has no two groups of one."""
        wanted = {"group-name": inputs["name"], "vpc-id": inputs["vpcId"]}
        filters = [{"Name": name, "Values": [value]} for name, value in wanted.items()]
        groups = self.call(aws, self.read_call, Filters=filters)["SecurityGroups"]
        return next((str(group["GroupId"]) for group in groups), None)

    def _revoke_rules(self, aws: Aws, resource_id: str) -> None:
        mine = [{"Name": "group-id", "Values": [resource_id]}]
        for rule in self.call(aws, "describe_security_group_rules", Filters=mine)["SecurityGroupRules"]:
            way = "egress" if rule["IsEgress"] else "ingress"
            ids = [rule["SecurityGroupRuleId"]]
            with ignoring(*MISSING_RULE):
                self.call(aws, f"revoke_security_group_{way}", GroupId=resource_id, SecurityGroupRuleIds=ids)


class _SecurityGroupRule(Ec2Generic):
    """One rule of a security group, in one direction. All but its group may change."""

    resource_type = "security-group-rule"
    part_of = "securityGroupId"
    read_call = "describe_security_group_rules"
    update_call = "modify_security_group_rules"
    id_output = "SecurityGroupRules[0].SecurityGroupRuleId"
    read_parameter = "SecurityGroupRuleIds[]"
    items = "SecurityGroupRules"
    missing = MISSING_RULE
    replace_on = frozenset({"securityGroupId"})
    peers: ClassVar[dict[str, str]] = {
        "cidrIpv4": "CidrIpv4",
        "cidrIpv6": "CidrIpv6",
        "prefixListId": "PrefixListId",
        "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId",
    }
    outputs: ClassVar = {
        "arn": "SecurityGroupRuleArn",
        "securityGroupRuleId": "SecurityGroupRuleId",
        "securityGroupId": "GroupId",
        "ipProtocol": "IpProtocol",
        "fromPort": "FromPort",
        "toPort": "ToPort",
        "description": "Description",
        **peers,
    }
    egress: ClassVar[bool]

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic."""
        tags = tag_list(inputs)
        return given(
            GroupId=inputs["securityGroupId"],
            IpPermissions=[_permission(inputs)],
            TagSpecifications=[{"ResourceType": self.resource_type, "Tags": tags}] if tags else None,
        )

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; a rule is given whole, and for all protocols EC2 wants ports that it ignores."""
        names = ("fromPort", "toPort", "description", "cidrIpv4", "cidrIpv6", "prefixListId")
        peer = given(ReferencedGroupId=new.get("referencedSecurityGroupId"))
        protocol = str(new["ipProtocol"])
        ports = {"fromPort": -1, "toPort": -1} if protocol == "-1" else {}
        rule = {
            "IpProtocol": protocol,
            **pascal({**ports, **{name: new[name] for name in names if name in new}}),
            **peer,
        }
        rules = [{"SecurityGroupRuleId": resource_id, "SecurityGroupRule": rule}]
        return {"GroupId": new["securityGroupId"], "SecurityGroupRules": rules}

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; an update names the rule within its argument."""
        return super().id_arguments(aws, call, resource_id) if call == self.read_call else {}

    def forces_replacement(self, changed: frozenset[str]) -> frozenset[str]:
        """See Handler; a rule cannot change what kind its peer is of."""
        peers = changed & self.peers.keys()
        return super().forces_replacement(changed) | (peers if len(peers) > 1 else frozenset())

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; AWS says -1 for the ports of all protocols, where a program says nothing."""
        observed = super().observe(aws, resource_id, document)
        everything = str(observed.get("ipProtocol")) == "-1"
        return {name: v for name, v in observed.items() if not (everything and name in ("fromPort", "toPort"))}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        rule = self.described(aws, resource_id)
        if rule is not None:
            way = "egress" if self.egress else "ingress"
            with ignoring(*self.missing):
                self.call(
                    aws,
                    f"revoke_security_group_{way}",
                    GroupId=rule["GroupId"],
                    SecurityGroupRuleIds=[resource_id],
                )

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find the rule with the same direction, ports and peer."""
        mine = [{"Name": "group-id", "Values": [inputs["securityGroupId"]]}]
        for rule in self.call(aws, self.read_call, Filters=mine)["SecurityGroupRules"]:
            if bool(rule.get("IsEgress")) == self.egress and _matches(rule, inputs):
                return str(rule["SecurityGroupRuleId"])
        return None


@register
class SecurityGroupIngressRule(_SecurityGroupRule):
    """A rule for what may come in."""

    type = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    create_call = "authorize_security_group_ingress"
    egress = False


@register
class SecurityGroupEgressRule(_SecurityGroupRule):
    """A rule for what may go out."""

    type = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    create_call = "authorize_security_group_egress"
    egress = True


def _permission(inputs: Properties) -> dict[str, Any]:
    about = given(Description=inputs.get("description"))
    permission = given(
        IpProtocol=str(inputs["ipProtocol"]), FromPort=inputs.get("fromPort"), ToPort=inputs.get("toPort")
    )
    if "cidrIpv4" in inputs:
        permission["IpRanges"] = [{"CidrIp": inputs["cidrIpv4"], **about}]
    if "cidrIpv6" in inputs:
        permission["Ipv6Ranges"] = [{"CidrIpv6": inputs["cidrIpv6"], **about}]
    if "referencedSecurityGroupId" in inputs:
        permission["UserIdGroupPairs"] = [{"GroupId": inputs["referencedSecurityGroupId"], **about}]
    if "prefixListId" in inputs:
        permission["PrefixListIds"] = [{"PrefixListId": inputs["prefixListId"], **about}]
    return permission


def _matches(rule: dict[str, Any], inputs: Properties) -> bool:
    group = (rule.get("ReferencedGroupInfo") or {}).get("GroupId")
    peer = (rule.get("CidrIpv4"), rule.get("CidrIpv6"), rule.get("PrefixListId"), group)
    protocol = str(rule.get("IpProtocol")) == str(inputs["ipProtocol"])
    ports = protocol and (inputs["ipProtocol"] == "-1" or rule.get("FromPort") == inputs.get("fromPort"))
    return ports and peer == tuple(inputs.get(name) for name in _SecurityGroupRule.peers)


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
