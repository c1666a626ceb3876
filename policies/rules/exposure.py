"""Nothing is open to the internet but the edge."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from policies import tokens
from policies.rule import Finding, Subject, group_rule, resource_rule

EVERYBODY: Final = frozenset({"0.0.0.0/0", "::/0"})
BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


@resource_rule(
    "EXP-1",
    "Databases have no public address",
    tokens.DATABASE,
    reason="only tasks talk to them",
    controls=("FSBP RDS.2", "CIS 2.2.3", "specification 2.2"),
)
def databases(subject: Subject) -> Iterator[str]:
    """Primary and replicas."""
    if subject.get("publiclyAccessible") is True:
        yield "publiclyAccessible is true"


@group_rule(
    "EXP-2",
    "Buckets block public access in all four ways",
    tokens.BUCKET,
    tokens.PUBLIC_ACCESS_BLOCK,
    reason="a bucket is opened by one slip otherwise",
    controls=("FSBP S3.8", "CIS 2.1.4"),
)
def buckets(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """Each bucket has its block, and the block all four switches."""
    blocks = {str(s.get("bucket", s.name)): s for s in subjects if s.type == tokens.PUBLIC_ACCESS_BLOCK}
    blocks |= {s.name: s for s in subjects if s.type == tokens.PUBLIC_ACCESS_BLOCK}
    for subject in subjects:
        if subject.type != tokens.BUCKET:
            continue
        block = blocks.get(str(subject.get("bucket"))) or blocks.get(subject.name)
        open_ways = [way for way in BLOCKS if block is None or block.get(way) is not True]
        if open_ways:
            yield subject, f"not set: {', '.join(open_ways)}"


@resource_rule(
    "EXP-3",
    "No security group admits the whole internet",
    tokens.SECURITY_GROUP,
    tokens.SECURITY_GROUP_INGRESS,
    reason="load balancers are reached by the edge and the health checkers alone; all else from inside",
    controls=("FSBP EC2.18", "FSBP EC2.19", "CIS 5.3", "docs/design.md#traffic"),
)
def security_groups(subject: Subject) -> Iterator[str]:
    """Rules inside a group and rules of their own."""
    rules = [subject.props] if subject.type == tokens.SECURITY_GROUP_INGRESS else subject.get("ingress", [])
    for rule in rules:
        ranges = {
            *rule.get("cidrBlocks", []),
            *rule.get("ipv6CidrBlocks", []),
            rule.get("cidrIpv4"),
            rule.get("cidrIpv6"),
        }
        for everybody in sorted(EVERYBODY & ranges):
            yield f"ports {rule.get('fromPort')} to {rule.get('toPort')} are open to {everybody}"


@resource_rule(
    "EXP-4",
    "Tasks have no public address",
    tokens.ECS_SERVICE,
    reason="they are reached through the load balancer alone",
    controls=("FSBP ECS.2", "specification 2.2"),
)
def tasks(subject: Subject) -> Iterator[str]:
    """ECS services."""
    if subject.get("networkConfiguration.assignPublicIp") is True:
        yield "assignPublicIp is true"


@resource_rule(
    "EXP-5",
    "Search domains live in the VPC",
    tokens.SEARCH,
    reason="a public domain is one policy away from everybody",
    controls=("FSBP Opensearch.2",),
)
def search(subject: Subject) -> Iterator[str]:
    """OpenSearch domains."""
    if not subject.get("vpcOptions"):
        yield "it has no vpcOptions"


@group_rule(
    "EXP-6",
    "Default security groups let nothing through",
    tokens.VPC,
    tokens.DEFAULT_SECURITY_GROUP,
    reason="whoever forgets to name a group gets the default one",
    controls=("FSBP EC2.2", "CIS 5.4"),
)
def default_groups(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """A stack with a VPC takes its default group over, without a rule."""
    defaults = [s for s in subjects if s.type == tokens.DEFAULT_SECURITY_GROUP]
    for subject in subjects:
        if subject.type == tokens.VPC and not defaults:
            yield subject, "its default security group is not taken over"
    for default in defaults:
        if default.get("ingress") or default.get("egress"):
            yield default, "it lets something through"


@resource_rule(
    "EXP-7",
    "Subnets give nobody a public address by themselves",
    tokens.SUBNET,
    reason="an address is a decision, not a default",
    controls=("FSBP EC2.15",),
)
def subnets(subject: Subject) -> Iterator[str]:
    """All tiers: load balancers and NAT gateways have addresses of their own."""
    if subject.get("mapPublicIpOnLaunch") is True:
        yield "mapPublicIpOnLaunch is true"


@resource_rule(
    "EXP-8",
    "A listener's default answer leads nowhere",
    tokens.LISTENER,
    reason="only what carries the origin secret is forwarded, by a rule",
    controls=("docs/design.md#traffic",),
)
def listeners(subject: Subject) -> Iterator[str]:
    """HTTPS refuses, HTTP redirects."""
    if any(action.get("type") == "forward" for action in subject.get("defaultActions", [])):
        yield "its default action forwards"


@resource_rule(
    "EXP-9",
    "Containers are unprivileged, and cannot write where they run",
    tokens.TASK_DEFINITION,
    reason="who breaks into a task finds nothing to change and no way out",
    controls=("FSBP ECS.4", "FSBP ECS.5"),
)
def containers(subject: Subject) -> Iterator[str]:
    """All containers of a task definition. Definitions that are not known yet are not judged."""
    for container in _parsed(subject.get("containerDefinitions")):
        name = container.get("name")
        if container.get("privileged"):
            yield f"the container {name} is privileged"
        if container.get("readonlyRootFilesystem") is not True:
            yield f"the container {name} can write to its root filesystem"


def _parsed(text: Any) -> list[Mapping[str, Any]]:
    if isinstance(text, str) and text.startswith("["):
        try:
            return list(json.loads(text))
        except ValueError:
            return []
    return text if isinstance(text, list) else []


@resource_rule(
    "EXP-10",
    "Nobody may read a bucket without a name",
    tokens.BUCKET_POLICY,
    reason="block public access is one switch; the policy should not need it",
    controls=("FSBP S3.2", "FSBP S3.3"),
)
def bucket_policies(subject: Subject) -> Iterator[str]:
    """No statement allows everybody, unless a condition names an organization, account or distribution."""
    policy = subject.get("policy")
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy or {}
    except ValueError:
        return
    for statement in document.get("Statement", []):
        everybody = statement.get("Principal") in ("*", {"AWS": "*"})
        if statement.get("Effect") == "Allow" and everybody and not statement.get("Condition"):
            yield f"the statement {statement.get('Sid', '(unnamed)')} allows everybody"


@resource_rule(
    "EXP-11",
    "The edge asks the firewall first",
    tokens.DISTRIBUTION,
    reason="the specification's three WAF rules stand between users and everything else",
    controls=("FSBP CloudFront.6", "specification 5.2"),
)
def distributions(subject: Subject) -> Iterator[str]:
    """CloudFront distributions."""
    if "webAclId" not in subject.props:
        yield "no web ACL is attached"
