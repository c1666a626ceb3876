"""What AWS lets only one resource have at a time, and what it does not delete while others use it. Pure.

One resource has to release such a value before another takes it: `order.py` says what goes first, and how, or why
nothing works. Sources: the API references named beside the rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from provisioner.handlers.common.base import Handler
from provisioner.state.state import Resource
from provisioner.urns import name_of
from provisioner.values import plain

Way = Literal["together", "aside", "again", "apart"]
"""How a resource that stays lets go of a value: all in one call; by a free value in between; deleted and made again; or
not in one apply.
"""


@dataclass(frozen=True)
class Unique:
    """The inputs in `values` are together unique among the resources of the type with the same `scope`, in a region.

    Not where the input `shared` is true: then several resources may stand for the same thing.
    """

    values: tuple[str, ...]
    scope: tuple[str, ...] = ()
    way: Way = "again"
    shared: str = ""


_PEER: Final = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
_RULE: Final = Unique(("ipProtocol", "fromPort", "toPort", *_PEER), ("securityGroupId",))

UNIQUE: Final[Mapping[str, Unique]] = {
    # Elastic Load Balancing API: SetRulePriorities ("reorder the rules as long as there are no priority conflicts").
    "aws:lb/listenerRule:ListenerRule": Unique(("priority",), ("listenerArn",), "together"),
    # CreateListener: DuplicateListener.
    "aws:lb/listener:Listener": Unique(("port",), ("loadBalancerArn",), "aside"),
    # CreateTargetGroup: DuplicateTargetGroupName. CreateLoadBalancer: DuplicateLoadBalancerName.
    "aws:lb/targetGroup:TargetGroup": Unique(("name",)),
    "aws:lb/loadBalancer:LoadBalancer": Unique(("name",)),
    # EC2: InvalidPermission.Duplicate, InvalidGroup.Duplicate, InvalidSubnet.Conflict, RouteAlreadyExists.
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _RULE,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _RULE,
    "aws:ec2/securityGroup:SecurityGroup": Unique(("name",), ("vpcId",)),
    "aws:ec2/subnet:Subnet": Unique(("cidrBlock",), ("vpcId",)),
    "aws:ec2/route:Route": Unique(("destinationCidrBlock", "destinationIpv6CidrBlock"), ("routeTableId",)),
    # A subnet has one route table and one ACL: AssociateRouteTable, Resource.AlreadyAssociated.
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Unique(("subnetId", "gatewayId")),
    # ChangeResourceRecordSets: InvalidChangeBatch, "it already exists".
    "aws:route53/record:Record": Unique(("name", "type", "setIdentifier"), ("zoneId",), shared="allowOverwrite"),
    "aws:sqs/queue:Queue": Unique(("name",)),
    "aws:sns/topic:Topic": Unique(("name",)),
    "aws:ecs/service:Service": Unique(("name",), ("cluster",)),
    "aws:kms/alias:Alias": Unique(("name",)),
    # RDS: DBInstanceAlreadyExists. A rename waits for a maintenance window unless it is asked for at once.
    "aws:rds/instance:Instance": Unique(("identifier",), way="apart"),
    "aws:wafv2/webAcl:WebAcl": Unique(("name", "scope")),
}
"""Besides these, what makes a type's id (`id_inputs`, `name_input`) is unique: see `unique_of`."""

_LAST_PORT: Final = 65535

USERS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "aws:lb/targetGroup:TargetGroup": {
        "aws:lb/listenerRule:ListenerRule": ("actions",),
        "aws:lb/listener:Listener": ("defaultActions",),
    },
    "aws:ec2/securityGroup:SecurityGroup": {
        "aws:lb/loadBalancer:LoadBalancer": ("securityGroups",),
        "aws:ecs/service:Service": ("networkConfiguration",),
        "aws:rds/instance:Instance": ("vpcSecurityGroupIds",),
        "aws:elasticache/replicationGroup:ReplicationGroup": ("securityGroupIds",),
        "aws:ec2/vpcEndpoint:VpcEndpoint": ("securityGroupIds",),
        "aws:opensearch/domain:Domain": ("vpcOptions",),
        "aws:synthetics/canary:Canary": ("vpcConfig",),
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ("referencedSecurityGroupId",),
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ("referencedSecurityGroupId",),
    },
    "aws:ec2/subnet:Subnet": {
        "aws:lb/loadBalancer:LoadBalancer": ("subnets",),
        "aws:ecs/service:Service": ("networkConfiguration",),
        "aws:rds/subnetGroup:SubnetGroup": ("subnetIds",),
        "aws:elasticache/subnetGroup:SubnetGroup": ("subnetIds",),
        "aws:ec2/vpcEndpoint:VpcEndpoint": ("subnetIds",),
        "aws:opensearch/domain:Domain": ("vpcOptions",),
        "aws:synthetics/canary:Canary": ("vpcConfig",),
    },
    "aws:acm/certificate:Certificate": {
        "aws:lb/listener:Listener": ("certificateArn",),
        "aws:cloudfront/distribution:Distribution": ("viewerCertificate",),
    },
    "aws:rds/parameterGroup:ParameterGroup": {"aws:rds/instance:Instance": ("parameterGroupName",)},
    "aws:rds/subnetGroup:SubnetGroup": {"aws:rds/instance:Instance": ("dbSubnetGroupName",)},
    "aws:elasticache/parameterGroup:ParameterGroup": {
        "aws:elasticache/replicationGroup:ReplicationGroup": ("parameterGroupName",)
    },
    "aws:elasticache/subnetGroup:SubnetGroup": {
        "aws:elasticache/replicationGroup:ReplicationGroup": ("subnetGroupName",)
    },
    "aws:ecs/cluster:Cluster": {"aws:ecs/service:Service": ("cluster",)},
    "aws:cloudfront/cachePolicy:CachePolicy": {
        "aws:cloudfront/distribution:Distribution": ("defaultCacheBehavior", "orderedCacheBehaviors")
    },
    "aws:cloudfront/originRequestPolicy:OriginRequestPolicy": {
        "aws:cloudfront/distribution:Distribution": ("defaultCacheBehavior", "orderedCacheBehaviors")
    },
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": {
        "aws:cloudfront/distribution:Distribution": ("defaultCacheBehavior", "orderedCacheBehaviors")
    },
    "aws:cloudfront/originAccessControl:OriginAccessControl": {
        "aws:cloudfront/distribution:Distribution": ("origins",)
    },
    "aws:wafv2/webAcl:WebAcl": {"aws:cloudfront/distribution:Distribution": ("webAclId",)},
}
"""Types that AWS does not delete in use (ResourceInUse, DependencyViolation, InvalidDBParameterGroupState, …): by whom,
and by which inputs.
"""


def unique_of(handler: Handler) -> Unique | None:
    """Return what is unique among the resources of a type; None: nothing that is known."""
    if handler.type in UNIQUE:
        return UNIQUE[handler.type]
    named = (handler.name_input,) if handler.name_input else tuple(getattr(handler, "id_inputs", ()))
    return Unique(named) if named and handler.delete_before_replace else None


def stand_side_by_side(handler: Handler, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Say whether a resource that others use, and what takes its place, may exist at the same time: its users move."""
    unique = UNIQUE.get(handler.type)
    if handler.type not in USERS or unique is None:
        return False
    return slot_of(unique, "", plain(dict(old))) != slot_of(unique, "", plain(dict(new)))


Slot = tuple[Any, ...]


def slot_of(unique: Unique, region: str, inputs: Mapping[str, Any]) -> Slot | None:
    """Return the place that a resource takes; None where it is not known, or is none."""
    if unique.shared and inputs.get(unique.shared) is True:
        return None
    parts = [inputs.get(name) for name in (*unique.scope, *unique.values)]
    unknown = any(isinstance(part, str) and part in ("[unknown]", "[secret]") for part in parts)
    if unknown or any(isinstance(part, dict | list) for part in parts) or set(parts[len(unique.scope) :]) == {None}:
        return None
    return (region, *parts)


def stays(user: Resource, inputs: Sequence[str]) -> str:
    """Return why a user does not let go: it stays as it is, and whose its input is where that is not the program's."""
    owned = [name for name in inputs if name in user.ignore_changes]
    kept = f", and its {owned[0]} is not the program's to change" if owned else ""
    return f"{name_of(user.urn)} uses it{kept}"


def free_value(unique: Unique, inputs: Mapping[str, Any], taken: Iterable[Any]) -> Any:
    """Return a value that nobody has, in between: a number from the top down, or a text made longer."""
    value, used = plain(inputs.get(unique.values[0])), set(taken)
    if isinstance(value, int | float):
        return next(number for number in range(_LAST_PORT, 0, -1) if number not in used)
    return f"{value}-between"
