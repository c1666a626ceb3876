"""What the drawing shows of the edge, and of what passes between the regions, read from the plan alone."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from review.drawing.picture import Card, RegionPicture, counted, region_picture
from review.plan import PlanDocument, PlannedResource, part

DRAWN: Final = frozenset(
    (
        *("ec2/Vpc", "ec2/Subnet", "ec2/NatGateway", "lb/LoadBalancer", "lb/ListenerRule"),
        *("ecs/Service", "ecs/TaskDefinition", "appautoscaling/Target", "elasticache/ReplicationGroup"),
        *("opensearch/Domain", "rds/Instance", "s3/Bucket", "s3/BucketReplicationConfig", "dynamodb/Table"),
        *("sqs/Queue", "kms/Key", "kms/ReplicaKey", "ecr/Repository", "cloudwatch/MetricAlarm"),
        *("cloudwatch/CompositeAlarm", "cloudwatch/LogGroup", "cloudwatch/Dashboard", "synthetics/Canary"),
        *("cloudfront/Distribution", "wafv2/WebAcl", "route53/Record", "route53/HealthCheck", "guardduty/Detector"),
        *("cloudtrail/Trail", "cfg/Recorder", "shield/Protection", "backup/Vault", "budgets/Budget"),
    )
)
"""The types that a figure of the picture comes from."""


SERVICES_NAMED: Final = 6


@dataclass(frozen=True)
class EstatePicture:
    """The whole estate. `primary_target` and `secondary_target` are the regions that the origin's name leads to.

    `replicated_objects` has (from, to) for each replication of the video bucket; `witness` is the operations table's;
    from the buckets of `media_regions` the edge takes files itself. `not_drawn` counts what the picture leaves out.
    """

    environment: str
    site: str
    stacks: int
    resources: int
    regions: tuple[RegionPicture, ...]
    firewall: Card | None
    distribution: Card | None
    names: Card
    guards: Card | None
    primary_target: str
    secondary_target: str
    replicated_database: tuple[str, str] | None
    replicated_objects: tuple[tuple[str, str], ...]
    timed_objects: bool
    shared_table: bool
    witness: str
    media_regions: tuple[str, ...]
    not_drawn: str


def estate_picture(plan: PlanDocument) -> EstatePicture:
    """Return everything that the drawing shows."""
    standing = plan.standing
    regions = tuple(region_picture(plan, region) for region in plan.regions)
    records = _origin_records(plan)
    copies = _copies(plan)
    tables = plan.of_type("dynamodb/Table")
    return EstatePicture(
        environment=plan.environment,
        site=_site(plan),
        stacks=len({one.stack for one in plan.resources}),
        resources=len(standing),
        regions=regions,
        firewall=_firewall(plan),
        distribution=_distribution(plan),
        names=_names(plan, records),
        guards=_guards(plan),
        primary_target=records.get("PRIMARY", ""),
        secondary_target=records.get("SECONDARY", ""),
        replicated_database=_database_pair(plan),
        replicated_objects=copies,
        timed_objects=any(_timed(one) for one in plan.of_type("s3/BucketReplicationConfig")),
        shared_table=any(one.records("replicas") for one in tables),
        witness=next((str(w["regionName"]) for one in tables if (w := one.record("globalTableWitness"))), ""),
        media_regions=_media_regions(plan),
        not_drawn=_not_drawn(plan),
    )


def _site(plan: PlanDocument) -> str:
    for one in plan.of_type("cloudfront/Distribution"):
        if aliases := one.known("aliases"):
            return str(aliases[0])
    return ""


def _origin_records(plan: PlanDocument) -> dict[str, str]:
    """Return where the failover records lead: `{"PRIMARY": "us-east-1", …}`."""
    found = {}
    for one in plan.of_type("route53/Record"):
        for policy in one.records("failoverRoutingPolicies"):
            found[str(policy["type"])] = one.text("setIdentifier")
    return found


def _firewall(plan: PlanDocument) -> Card | None:
    for one in plan.of_type("wafv2/WebAcl"):
        rules = [str(rule.get("name", "")) for rule in one.records("rules")]
        return Card("shield", "AWS WAF", (counted(len(rules), "rule"),))
    return None


def _origins(distribution: PlannedResource) -> list[dict[str, Any]]:
    return distribution.records("origins")


def _media_regions(plan: PlanDocument) -> tuple[str, ...]:
    """Return the regions whose buckets are origins of the distribution."""
    origins = [row for one in plan.of_type("cloudfront/Distribution") for row in _origins(one)]
    buckets = [row for row in origins if row.get("s3OriginConfig") or row.get("originAccessControlId")]
    named = {one.known("bucket"): one.region for one in plan.of_type("s3/Bucket", "s3/BucketV2") if one.known("bucket")}
    found = (
        next((region for name, region in named.items() if str(row.get("domainName", "")).startswith(str(name))), "")
        for row in buckets
    )
    return tuple(sorted({region for region in found if region}))


def _not_drawn(plan: PlanDocument) -> str:
    """Return what the picture leaves out, by service, the most first: `58 ec2, 26 s3 and 12 others`."""
    counts = Counter(one.kind.partition("/")[0] for one in plan.standing if one.kind not in DRAWN)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    others = sum(number for _, number in ordered[SERVICES_NAMED:])
    named = ", ".join(f"{number} {service}" for service, number in ordered[:SERVICES_NAMED])
    return f"{named} and {others} others" if others else named


def _distribution(plan: PlanDocument) -> Card | None:
    for one in plan.of_type("cloudfront/Distribution"):
        behaviours = 1 + len(one.records("orderedCacheBehaviors"))
        shielded = any(part(origin, "originShield").get("enabled") for origin in _origins(one))
        version = {"http2and3": "HTTP/2 and 3", "http2": "HTTP/2"}.get(one.text("httpVersion"), "")
        protocol = str(one.record("viewerCertificate").get("minimumProtocolVersion", "")).partition("_")[0]
        first = ", ".join(fact for fact in (version, protocol.replace("TLSv", "TLS ")) if fact)
        second = counted(behaviours, "behaviour") + (", origin shield" if shielded else "")
        return Card("edge", "CloudFront", (first, second))
    return None


def _names(plan: PlanDocument, records: dict[str, str]) -> Card:
    checks = plan.of_type("route53/HealthCheck")
    origin = next(
        (one.text("name") for one in plan.of_type("route53/Record") if one.known("failoverRoutingPolicies")),
        "",
    )
    facts = [counted(len(checks), "health check")] if checks else []
    inverted = [str(one.known("fqdn") or "").partition(".")[0] for one in checks if one.known("invertHealthcheck")]
    if inverted:
        facts = [f"inverted check of {inverted[0]}"]
    return Card("names", "Route 53", (origin or counted(len(records), "record"), *facts))


def _guards(plan: PlanDocument) -> Card | None:
    kinds = (
        ("GuardDuty", "guardduty/Detector"),
        ("CloudTrail", "cloudtrail/Trail"),
        ("Config", "cfg/Recorder"),
        ("Shield", "shield/Protection"),
        ("Backup", "backup/Vault"),
    )
    standing = [name for name, kind in kinds if plan.of_type(kind)]
    counts = [
        counted(number, noun)
        for noun, number in (
            ("dashboard", len(plan.of_type("cloudwatch/Dashboard"))),
            ("budget", len(plan.of_type("budgets/Budget"))),
        )
        if number
    ]
    lines = tuple(", ".join(part) for part in (standing, counts) if part)
    return Card("eye", "Watched and guarded by", lines) if lines else None


def _database_pair(plan: PlanDocument) -> tuple[str, str] | None:
    """Return (primary's region, replica's region) of the replica in another region."""
    for one in plan.of_type("rds/Instance"):
        source = str(one.inputs.get("replicateSourceDb") or "")
        if source.startswith("arn:") and (home := source.split(":")[3]) != one.region:
            return home, one.region
    return None


def _copies(plan: PlanDocument) -> tuple[tuple[str, str], ...]:
    """Return (from, to) of each replication of the video bucket."""
    found = []
    for one in plan.of_type("s3/BucketReplicationConfig"):
        if "videos" not in one.text("bucket", one.name):
            continue
        found += [(one.region, region) for region in plan.regions if region != one.region]
    return tuple(sorted(set(found)))


def _timed(config: PlannedResource) -> bool:
    return any(part(rule, "destination").get("replicationTime") for rule in config.records("rules"))


def regions_of(picture: EstatePicture) -> tuple[RegionPicture, RegionPicture]:
    """Return the region that is drawn on the left (born as primary) and the one on the right."""
    left, right = sorted(picture.regions, key=lambda region: not region.primary)
    return left, right
