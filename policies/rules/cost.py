"""Nothing is larger than somebody decided."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from policies import tokens
from policies.rule import Finding, Level, Scope, Subject, group_rule, resource_rule

INSTANCE_SIZES: Final[Mapping[str, tuple[str, ...]]] = {
    "production": ("xlarge", "large"),
    "staging": ("large",),
}
"""The largest instance sizes of databases, caches and search an environment may use (specification 7.2 and 4.3)."""

ALWAYS_ALLOWED: Final = ("micro", "small", "medium")
SUSTAINED_IOPS: Final[Mapping[str, int]] = {"db.r6g.large": 3600, "db.r6g.xlarge": 6000, "db.r6g.2xlarge": 12000}
"""Baseline EBS operations a second of an instance. Source: EC2 user guide, "Amazon EBS-optimized instances"."""


@resource_rule(
    "COST-1",
    "Instances are no larger than the environment's",
    tokens.DATABASE,
    tokens.CACHE,
    tokens.SEARCH,
    reason="one size up doubles the line",
    controls=("specification 7.2", "specification cost"),
)
def sizes(subject: Subject) -> Iterator[str]:
    """Databases, caches and search domains."""
    paths = ("instanceClass", "nodeType", "clusterConfig.instanceType", "clusterConfig.dedicatedMasterType")
    allowed = (*INSTANCE_SIZES.get(subject.environment, ()), *ALWAYS_ALLOWED)
    for chosen in (subject.get(path) for path in paths):
        if isinstance(chosen, str) and "." in chosen and not any(size in chosen.split(".") for size in allowed):
            yield f"{chosen} is larger than {subject.environment} may have"


@group_rule(
    "COST-2",
    "There are no more NAT gateways than zones",
    tokens.NAT_GATEWAY,
    tokens.SUBNET,
    reason="each costs an hour's fee and its share of every byte",
    controls=("specification cost",),
)
def nat_gateways(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """A stack's gateways against the zones of its subnets."""
    gateways = [s for s in subjects if s.type == tokens.NAT_GATEWAY]
    zones = {s.get("availabilityZone") for s in subjects if s.type == tokens.SUBNET and s.get("availabilityZone")}
    for extra in gateways[len(zones) :] if zones else []:
        yield extra, f"{len(gateways)} gateways for {len(zones)} zones"


@resource_rule(
    "COST-3",
    "Provisioned operations are no more than the instance sustains",
    tokens.DATABASE,
    reason="what the volume could do and the instance cannot is paid for all the same",
    controls=("specification 4.1", "docs/design.md#specification"),
    level=Level.ADVISORY,
)
def operations(subject: Subject) -> Iterator[str]:
    """RDS with gp3."""
    sustained = SUSTAINED_IOPS.get(str(subject.get("instanceClass")))
    iops = subject.get("iops")
    if sustained and isinstance(iops, int | float) and iops > sustained:
        yield f"{int(iops):,} operations a second are paid for, {subject.get('instanceClass')} sustains {sustained:,}"


@resource_rule(
    "COST-4",
    "Buckets let go of uploads that were never ended",
    tokens.BUCKET_LIFECYCLE,
    reason="their parts cost, and nobody sees them",
    controls=("specification cost",),
    level=Level.ADVISORY,
)
def uploads(subject: Subject) -> Iterator[str]:
    """Lifecycle configurations."""
    if not any(rule.get("abortIncompleteMultipartUpload") for rule in subject.get("rules", [])):
        yield "no rule aborts incomplete multipart uploads"


@group_rule(
    "COST-5",
    "The month has a budget that warns twice",
    tokens.BUDGET,
    reason="$10,000 and $12,500 are the specification's figures",
    controls=("specification 6.1",),
    scope=Scope.ENVIRONMENT,
)
def budgets(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """One budget with two notices at least, wherever it is declared."""
    for subject in subjects:
        if len(subject.get("notifications", [])) < 2:
            yield subject, "it warns less than twice"
