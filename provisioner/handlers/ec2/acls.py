"""Network ACLs with their rules and subnets; and the group and ACL that AWS gives each VPC by default."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, Final

from provisioner.aws import Aws
from provisioner.errors import UnsupportedError
from provisioner.handlers.common.base import Created, Handler, Properties, found, given, ignoring, register, tag_list
from provisioner.handlers.common.shapes import as_given
from provisioner.handlers.common.tagging import tags_of

MISSING_ACL: Final = ("InvalidNetworkAclID.NotFound",)
MISSING_GROUP: Final = ("InvalidGroup.NotFound", "InvalidGroupId.NotFound")
LAST_RULE: Final = 32767
"""AWS's own rule, which denies what no other allowed."""

PROTOCOLS: Final = {"tcp": "6", "udp": "17", "icmp": "1", "all": "-1"}
DEFAULT: Final = [{"Name": "default", "Values": ["true"]}]


class _Acl(Handler):
    """What both kinds of network ACL have in common: rules and subnets are made what the inputs say."""

    taggable = True
    whole = frozenset({"ingress", "egress"})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        acl = _described(aws, resource_id)
        if acl is None:
            return None
        owner = acl.get("OwnerId", "")
        observed = {
            "arn": f"arn:aws:ec2:{aws.region}:{owner}:network-acl/{resource_id}",
            "ownerId": owner,
            "vpcId": acl["VpcId"],
            "ingress": _rules(acl, egress=False),
            "egress": _rules(acl, egress=True),
            "subnetIds": [association["SubnetId"] for association in acl["Associations"]],
            "tagsAll": tags_of(acl.get("Tags", [])),
        }
        given_form: Properties = as_given(observed, outputs, frozenset({"tagsAll"}))
        return given_form

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        self._apply(aws, resource_id, new, subnets="subnetIds" in changed)
        return self.read(aws, resource_id, new) or {}

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        """See Handler."""
        _retag(aws, resource_id, tags, removed)

    @staticmethod
    def _apply(aws: Aws, resource_id: str, inputs: Properties, *, subnets: bool) -> None:
        """Replace, add and remove rules; have the subnets use this ACL. Others that use it are left to their own."""
        acl = _described(aws, resource_id)
        assert acl is not None, resource_id
        for egress in (False, True):
            _apply_rules(aws, acl, inputs.get("egress" if egress else "ingress") or [], egress=egress)
        if subnets:
            here = {association["SubnetId"] for association in acl["Associations"]}
            for subnet in sorted(set(inputs.get("subnetIds") or []) - here):
                _associate(aws, subnet, resource_id)


@register
class NetworkAcl(_Acl):
    """A network ACL. Subnets that it loses, by a change or with its end, go to the VPC's default ACL."""

    type = "aws:ec2/networkAcl:NetworkAcl"
    replace_on = frozenset({"vpcId"})

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        tags = tag_list(inputs)
        specification = [{"ResourceType": "network-acl", "Tags": tags}] if tags else None
        acl = aws.client("ec2").create_network_acl(**given(VpcId=inputs["vpcId"], TagSpecifications=specification))
        resource_id = str(acl["NetworkAcl"]["NetworkAclId"])
        self.complete(aws, resource_id, inputs)
        return Created(resource_id, self.read(aws, resource_id, inputs) or {})

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Give the ACL its rules, then its subnets: none of them is cut off in between."""
        self._apply(aws, resource_id, inputs, subnets=True)

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        if "subnetIds" in changed:
            self._let_go(aws, resource_id, kept=set(new.get("subnetIds") or []))
        return super().update(aws, resource_id, old, new, changed)

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        if _described(aws, resource_id) is None:
            return
        self._let_go(aws, resource_id, kept=set())
        with ignoring(*MISSING_ACL):
            aws.client("ec2").delete_network_acl(NetworkAclId=resource_id)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by all tags: ours carry a Name that is unique in a stack."""
        wanted = tag_list(inputs)
        filters = [{"Name": f"tag:{tag['Key']}", "Values": [tag["Value"]]} for tag in wanted]
        acls = aws.client("ec2").describe_network_acls(Filters=filters)["NetworkAcls"] if wanted else []
        return str(acls[0]["NetworkAclId"]) if acls else None

    @staticmethod
    def _let_go(aws: Aws, resource_id: str, *, kept: set[str]) -> None:
        acl = _described(aws, resource_id)
        leaving = {a["SubnetId"] for a in acl["Associations"]} - kept if acl else set()
        if acl and leaving:
            default = _default_acl(aws, acl["VpcId"])
            for subnet in sorted(leaving):
                _associate(aws, subnet, default)


@register
class DefaultNetworkAcl(_Acl):
    """The ACL of each subnet that has no other. It is taken over, never made; giving it up changes nothing of it."""

    type = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
    name_input = "defaultNetworkAclId"
    adopts = False
    replace_on = frozenset({"defaultNetworkAclId"})

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        resource_id = str(inputs["defaultNetworkAclId"])
        self._apply(aws, resource_id, inputs, subnets="subnetIds" in inputs)
        _retag(aws, resource_id, inputs.get("tagsAll") or {}, [])
        return Created(resource_id, self.read(aws, resource_id, inputs) or {})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        observed = super().read(aws, resource_id, outputs)
        return None if observed is None else {**observed, "defaultNetworkAclId": resource_id}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler; a VPC always has one."""


@register
class DefaultSecurityGroup(Handler):
    """The group of whatever is given no other. It is taken over without a rule, never made; it stays when given up."""

    type = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    taggable = True
    adopts = False
    replace_on = frozenset({"vpcId"})

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler. Raises UnsupportedError for rules: what it should let pass belongs to a group of its own."""
        vpc = [{"Name": "vpc-id", "Values": [inputs["vpcId"]]}, {"Name": "group-name", "Values": ["default"]}]
        group = aws.client("ec2").describe_security_groups(Filters=vpc)["SecurityGroups"][0]
        self._empty(aws, group["GroupId"], inputs)
        _retag(aws, group["GroupId"], inputs.get("tagsAll") or {}, [])
        return Created(group["GroupId"], self.read(aws, group["GroupId"], inputs) or {})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        group = _group(aws, resource_id)
        if group is None:
            return None
        return {
            "arn": group.get("SecurityGroupArn"),
            "name": group["GroupName"],
            "vpcId": group["VpcId"],
            "ingress": group["IpPermissions"],
            "egress": group["IpPermissionsEgress"],
            "tagsAll": tags_of(group.get("Tags", [])),
        }

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        self._empty(aws, resource_id, new)
        return self.read(aws, resource_id, new) or {}

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        """See Handler."""
        _retag(aws, resource_id, tags, removed)

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler; a VPC always has one."""

    def _empty(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        if inputs.get("ingress") or inputs.get("egress"):
            raise UnsupportedError(f"{self.type}: the default group is kept without rules")
        ec2, group = aws.client("ec2"), _group(aws, resource_id)
        assert group is not None, resource_id
        for revoke, rules in (
            (ec2.revoke_security_group_ingress, group["IpPermissions"]),
            (ec2.revoke_security_group_egress, group["IpPermissionsEgress"]),
        ):
            if rules:
                revoke(GroupId=resource_id, IpPermissions=rules)


def _group(aws: Aws, resource_id: str) -> dict[str, Any] | None:
    ec2 = aws.client("ec2")
    answer = found(lambda: ec2.describe_security_groups(GroupIds=[resource_id]), *MISSING_GROUP)
    return answer["SecurityGroups"][0] if answer and answer["SecurityGroups"] else None


def _described(aws: Aws, resource_id: str) -> dict[str, Any] | None:
    ec2 = aws.client("ec2")
    answer = found(lambda: ec2.describe_network_acls(NetworkAclIds=[resource_id]), *MISSING_ACL)
    return answer["NetworkAcls"][0] if answer and answer["NetworkAcls"] else None


def _default_acl(aws: Aws, vpc_id: str) -> str:
    filters = [*DEFAULT, {"Name": "vpc-id", "Values": [vpc_id]}]
    return str(aws.client("ec2").describe_network_acls(Filters=filters)["NetworkAcls"][0]["NetworkAclId"])


def _associate(aws: Aws, subnet: str, acl_id: str) -> None:
    """Have the subnet use the ACL: each has one, so that another's association is replaced."""
    ec2 = aws.client("ec2")
    acls = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["NetworkAcls"]
    for association in (one for acl in acls for one in acl["Associations"]):
        if association["SubnetId"] == subnet:
            ec2.replace_network_acl_association(
                AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl_id
            )


def _retag(aws: Aws, resource_id: str, tags: dict[str, str], removed: list[str]) -> None:
    ec2 = aws.client("ec2")
    if removed:
        ec2.delete_tags(Resources=[resource_id], Tags=[{"Key": key} for key in removed])
    if tags:
        ec2.create_tags(Resources=[resource_id], Tags=tag_list({"tagsAll": tags}))


def _apply_rules(aws: Aws, acl: dict[str, Any], wanted: list[Properties], *, egress: bool) -> None:
    ec2, acl_id = aws.client("ec2"), acl["NetworkAclId"]
    there = {rule["ruleNo"]: rule for rule in _rules(acl, egress=egress)}
    ours = {int(rule["ruleNo"]): rule for rule in wanted}
    for number in sorted(there.keys() - ours.keys()):
        ec2.delete_network_acl_entry(NetworkAclId=acl_id, RuleNumber=number, Egress=egress)
    for number, rule in sorted(ours.items()):
        if number not in there:
            ec2.create_network_acl_entry(NetworkAclId=acl_id, Egress=egress, **_entry(rule))
        elif _entry(there[number]) != _entry(rule):
            ec2.replace_network_acl_entry(NetworkAclId=acl_id, Egress=egress, **_entry(rule))


def _entry(rule: Properties) -> dict[str, Any]:
    """Return a rule as AWS takes it. Protocols are numbers there; all of them have no ports."""
    protocol = PROTOCOLS.get(str(rule["protocol"]), str(rule["protocol"]))
    ports = {"From": int(rule["fromPort"]), "To": int(rule["toPort"])} if protocol in ("6", "17") else None
    icmp = {"Type": int(rule["icmpType"]), "Code": int(rule["icmpCode"])} if protocol == "1" else None
    return given(
        RuleNumber=int(rule["ruleNo"]),
        Protocol=protocol,
        RuleAction=rule["action"],
        CidrBlock=rule.get("cidrBlock"),
        Ipv6CidrBlock=rule.get("ipv6CidrBlock"),
        PortRange=ports,
        IcmpTypeCode=icmp,
    )


def _rules(acl: dict[str, Any], *, egress: bool) -> list[Properties]:
    """Return an ACL's rules of one direction as a program gives them, by number; AWS's last one apart."""
    names = {number: name for name, number in PROTOCOLS.items()}
    return [
        given(
            ruleNo=entry["RuleNumber"],
            protocol=names.get(str(entry["Protocol"]), str(entry["Protocol"])),
            action=entry["RuleAction"],
            cidrBlock=entry.get("CidrBlock"),
            ipv6CidrBlock=entry.get("Ipv6CidrBlock"),
            fromPort=(entry.get("PortRange") or {}).get("From"),
            toPort=(entry.get("PortRange") or {}).get("To"),
            icmpType=(entry.get("IcmpTypeCode") or {}).get("Type"),
            icmpCode=(entry.get("IcmpTypeCode") or {}).get("Code"),
        )
        for entry in sorted(acl["Entries"], key=lambda entry: entry["RuleNumber"])
        if entry["Egress"] == egress and entry["RuleNumber"] != LAST_RULE
    ]
