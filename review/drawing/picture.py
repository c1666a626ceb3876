"""What the drawing shows of a plan's regions, read from the plan alone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from review.charges.base import COLOURS
from review.plan import PlanDocument, PlannedResource

TIERS: Final = ("public", "task", "private", "database")


@dataclass(frozen=True)
class Card:
    """A box: an icon's name, a title and its lines. `wide`: it stands in several zones."""

    icon: str
    title: str
    lines: tuple[str, ...] = ()
    wide: bool = False


@dataclass(frozen=True)
class Subnet:
    """One subnet: its tier, zone and range."""

    tier: str
    zone: str
    cidr: str


@dataclass(frozen=True)
class RegionPicture:
    """One region: its network by tier and zone, and what stands in it. `primary`: its database is born as primary."""

    name: str
    cidr: str
    primary: bool
    zones: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    nat_zones: tuple[str, ...]
    balancer: Card
    services: tuple[Card, ...]
    stores: tuple[Card, ...]
    databases: tuple[Card, ...]
    beside: tuple[Card, ...]
    bucket: Card | None
    table: Card | None

    def cidrs(self, tier: str) -> list[str]:
        """Return the ranges of a tier, zone by zone."""
        return [one.cidr for zone in self.zones for one in self.subnets if (one.tier, one.zone) == (tier, zone)]

    def zones_of(self, tier: str) -> list[str]:
        """Return the zones in which a tier has a subnet; all of them when it has none."""
        return [zone for zone in self.zones if zone in {one.zone for one in self.subnets if one.tier == tier}] or list(
            self.zones
        )

    @property
    def side_zones(self) -> set[str]:
        """The zones that have private subnets alone: a third one, for what must stand in three."""
        return {zone for zone in self.zones if {one.tier for one in self.subnets if one.zone == zone} <= {"private"}}


def region_picture(plan: PlanDocument, region: str) -> RegionPicture:
    """Return what stands in one region."""
    here = Here(plan, region)
    subnets = tuple(
        Subnet(_tier(one), one.text("availabilityZone"), one.text("cidrBlock")) for one in here.of("ec2/Subnet")
    )
    networks = here.of("ec2/Vpc")
    instances = here.of("rds/Instance")
    return RegionPicture(
        name=region,
        cidr=networks[0].text("cidrBlock") if networks else "",
        primary=any(not one.inputs.get("replicateSourceDb") for one in instances),
        zones=tuple(sorted({one.zone for one in subnets if one.zone})),
        subnets=subnets,
        nat_zones=tuple(sorted(_zone_of(one) for one in here.of("ec2/NatGateway"))),
        balancer=_balancer(here),
        services=_services(here),
        stores=(*_caches(here), *_search(here)),
        databases=tuple(_database(one) for one in sorted(instances, key=_is_replica)),
        beside=_beside(here),
        bucket=_bucket(here),
        table=_table(here),
    )


@dataclass(frozen=True)
class Here:
    """A plan, seen from one region."""

    plan: PlanDocument
    region: str

    def of(self, *kinds: str) -> list[PlannedResource]:
        """Return the region's resources of some types, by name."""
        return sorted((one for one in self.plan.of_type(*kinds) if one.region == self.region), key=lambda one: one.name)


def counted(number: int, noun: str) -> str:
    """Return `3 alarms`, `1 alarm`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _tier(subnet: PlannedResource) -> str:
    """Return the tier that a subnet is drawn in; what is for search alone is private too."""
    tagged = str(subnet.record("tags").get("Tier", ""))
    return tagged if tagged in TIERS else next((tier for tier in TIERS if tier in subnet.name), "private")


def _zone_of(gateway: PlannedResource) -> str:
    match = re.search(r"[a-z]{2}-[a-z]+-\d[a-z]$", gateway.name)
    return match[0] if match else ""


def _balancer(here: Here) -> Card:
    balancers, rules = here.of("lb/LoadBalancer", "alb/LoadBalancer"), here.of("lb/ListenerRule")
    scheme = "internal" if balancers and balancers[0].known("internal") else "public"
    return Card("balancer", "Load balancer", (f"ALB, {scheme}, HTTPS", counted(len(rules), "rule")))


def short(name: str) -> str:
    """Return a name without project and environment: `user` of `breiq-production-user-blue`."""
    for colour in COLOURS:
        name = name.removesuffix(colour)
    parts = name.split("-", 2)
    return parts[2] if len(parts) == 3 else name


def _services(here: Here) -> tuple[Card, ...]:
    bounds = {short(one.text("resourceId").rpartition("/")[2]): one for one in here.of("appautoscaling/Target")}
    by_urn = here.plan.by_urn()
    cards: dict[str, Card] = {}
    for one in here.of("ecs/Service"):
        name = short(one.text("name", one.name))
        urns = one.property_dependencies.get("taskDefinition", ())
        size = _size(by_urn[urns[0]]) if urns and urns[0] in by_urn else ""
        scaled = bounds.get(name)
        cards[name] = Card("task", name, tuple(line for line in (size, _bounds(scaled) or "blue and green") if line))
    return tuple(cards[name] for name in sorted(cards, key=lambda name: (name == "worker", name)))


def _size(task: PlannedResource) -> str:
    cpu, memory = task.number("cpu") / 1024, task.number("memory") / 1024
    return f"{cpu:g} vCPU, {memory:g} GB"


def _bounds(target: PlannedResource | None) -> str:
    low, high = (target.known("minCapacity"), target.known("maxCapacity")) if target else (None, None)
    return f"{low:g} to {high:g} tasks" if low is not None and high else ""


def _caches(here: Here) -> Iterable[Card]:
    for one in here.of("elasticache/ReplicationGroup"):
        nodes = one.number("numCacheClusters", 1)
        engine = f"{one.text('engine', 'redis').capitalize()} {one.text('engineVersion')}".strip()
        facts = ["TLS"] * bool(one.known("transitEncryptionEnabled")) + ["token"] * ("authToken" in one.inputs)
        yield Card("cache", f"{engine} (ElastiCache)", (f"{nodes:g} x {one.text('nodeType')}", ", ".join(facts)))


def _search(here: Here) -> Iterable[Card]:
    for one in here.of("opensearch/Domain"):
        cluster: dict[str, Any] = one.record("clusterConfig")
        disk: dict[str, Any] = one.record("ebsOptions")
        lines = [f"{cluster.get('instanceCount', 1):g} x {cluster.get('instanceType')}, {disk.get('volumeSize', 0)} GB"]
        if cluster.get("dedicatedMasterEnabled"):
            lines.append(
                f"{cluster.get('dedicatedMasterCount', 3):g} x {cluster.get('dedicatedMasterType')} as masters"
            )
        yield Card("search", "OpenSearch", tuple(lines))


def _is_replica(instance: PlannedResource) -> bool:
    return bool(instance.inputs.get("replicateSourceDb"))


def same_region_replica(instance: PlannedResource) -> bool:
    """Return whether an instance follows another one of its own region."""
    source = str(instance.inputs.get("replicateSourceDb") or "")
    return bool(source) and (not source.startswith("arn:") or f":{instance.region}:" in source)


def _database(one: PlannedResource) -> Card:
    if not _is_replica(one):
        role = "PostgreSQL, born as primary"
    else:
        role = "Read replica" if same_region_replica(one) else "PostgreSQL, born as replica"
    storage, iops = one.number("allocatedStorage"), one.number("iops")
    first = [one.text("instanceClass")] + ([f"{storage:,.0f} GiB gp3"] if storage else [])
    second = ["Multi-AZ" if one.known("multiAz") else "one zone"]
    if iops:
        second.append(f"{iops:,.0f} IOPS")
    return Card("database", role, (", ".join(first), ", ".join(second)), wide=bool(one.known("multiAz")))


def _bucket(here: Here) -> Card | None:
    videos = [one for one in here.of("s3/Bucket", "s3/BucketV2") if "videos" in one.text("bucket", one.name)]
    if not videos:
        return None
    others = len(here.of("s3/Bucket", "s3/BucketV2")) - len(videos)
    more = f"and {counted(others, 'other bucket')}" if others else ""
    return Card("bucket", "Videos (S3)", tuple(line for line in ("versioned, SSE-KMS", more) if line))


def _table(here: Here) -> Card | None:
    for one in here.plan.of_type("dynamodb/Table"):
        regions = {one.region, *(str(row.get("regionName")) for row in one.records("replicas"))}
        if here.region in regions:
            return Card("table", "Operations table", ("DynamoDB, strongly", "consistent"))
    return None


def _beside(here: Here) -> tuple[Card, ...]:
    """Regional services outside the network: at most four cards."""
    queues, topics = here.of("sqs/Queue"), here.of("sns/Topic")
    dead = [one for one in queues if "dead" in one.name or "dlq" in one.name]
    keys, repositories = here.of("kms/Key", "kms/ReplicaKey"), here.of("ecr/Repository")
    alarms, groups = here.of("cloudwatch/MetricAlarm", "cloudwatch/CompositeAlarm"), here.of("cloudwatch/LogGroup")
    canaries = here.of("synthetics/Canary")
    watching = [counted(len(alarms), "alarm")] * bool(alarms) + [counted(len(canaries), "canary")] * bool(canaries)
    cards = (
        (
            queues,
            Card("queue", "Queues (SQS)", (counted(len(queues) - len(dead), "queue"), f"{len(dead)} for dead letters")),
        ),
        (
            alarms or groups,
            Card(
                "bell",
                "CloudWatch",
                tuple(
                    line
                    for line in (", ".join(watching), f"{counted(len(groups), 'log group')}{', SNS' * bool(topics)}")
                    if line
                ),
            ),
        ),
        (keys, Card("key", "Keys (KMS)", (f"{counted(len(keys), 'key')}, multi-Region",))),
        (repositories, Card("image", "Images (ECR)", ("replicated both ways",))),
    )
    return tuple(card for stands, card in cards if stands)[:4]
