"""Where data lies: databases, caches, search, tables, buckets, backups."""

from collections.abc import Iterator
from typing import Final

from review.charges.base import Asked, Charge, Charges, bucket_usage, together
from review.plan import PlannedResource, part

GP3_SMALL_IOPS, GP3_LARGE_IOPS = 3_000, 12_000
GP3_SMALL_MIBPS, GP3_LARGE_MIBPS = 125, 500
GP3_LARGE_GIB: Final = 400
"""From this size on RDS for PostgreSQL stripes gp3 over four volumes, and includes the larger baseline.

Source: Amazon RDS User Guide, "Amazon RDS DB instance storage".
"""

DAYS_OF_A_MONTH: Final = 30

SEARCH_IOPS, SEARCH_MIBPS = 3_000, 125
"""What a gp3 volume of OpenSearch Service includes."""


def _instance(asked: Asked) -> Iterator[Charge]:
    primary = primary_of(asked)
    source = Asked(primary, asked.setting) if primary else asked
    prefix, mode = ("Multi-AZ-", "Multi-AZ") if asked.flag("multiAz") else ("", "Single-AZ")
    size = asked.text("instanceClass")
    storage = asked.number("allocatedStorage") or source.number("allocatedStorage")
    large = storage >= GP3_LARGE_GIB
    iops_free, mibps_free = (GP3_LARGE_IOPS, GP3_LARGE_MIBPS) if large else (GP3_SMALL_IOPS, GP3_SMALL_MIBPS)
    backups = asked.used.database_backup_gb if asked.used and asked.number("backupRetentionPeriod") else 0
    yield from together(
        asked.charge(f"{size}, {mode}", "AmazonRDS", instance_usage(asked), asked.hours, databaseEngine="PostgreSQL"),
        asked.charge(f"gp3 storage, {mode}", "AmazonRDS", f"RDS:{prefix}GP3-Storage", storage),
        asked.charge(
            f"IOPS above {iops_free:,}", "AmazonRDS", f"RDS:{prefix}GP3-PIOPS", asked.number("iops") - iops_free
        ),
        asked.charge(
            f"throughput above {mibps_free} MiB/s",
            "AmazonRDS",
            f"RDS:{prefix}GP3-Throughput",
            asked.number("storageThroughput") - mibps_free,
        ),
        asked.charge(
            "backups beyond the storage's size", "AmazonRDS", "RDS:ChargedBackupUsage", backups - storage, assumed=True
        ),
        _log_shipping(asked, primary),
    )


def instance_usage(asked: Asked) -> str:
    """Return the usage type of an instance's hours."""
    return f"{'Multi-AZUsage' if asked.flag('multiAz') else 'InstanceUsage'}:{asked.text('instanceClass')}"


def primary_of(asked: Asked) -> PlannedResource | None:
    """Return the instance that this one is born as a replica of, by its ARN or identifier; None for no replica."""
    source = asked.text("replicateSourceDb")
    if not source:
        return None
    if made_from := asked.behind("replicateSourceDb"):
        return made_from
    region, identifier = (source.split(":")[3], source.split(":")[6]) if source.startswith("arn:") else ("", source)
    for one in asked.setting.plan.of_type("rds/Instance"):
        if one.known("identifier") == identifier and one.region == (region or asked.region):
            return one
    return None


def _log_shipping(asked: Asked, primary: PlannedResource | None) -> Iterator[Charge]:
    """What a primary sends to a replica in another region leaves the primary's region."""
    used = asked.setting.usage.of(primary.region) if primary else None
    if primary and used and primary.region != asked.region:
        yield from asked.charge(
            f"write-ahead log from {primary.region}",
            "AWSDataTransfer",
            "InterRegion-Out-Bytes",
            used.replicated_wal_gb,
            region=primary.region,
            assumed=True,
        )


def _copied_backups(asked: Asked) -> Iterator[Charge]:
    """Automated backups of another region's instance, kept here."""
    if used := asked.used:
        yield from asked.charge(
            "replicated backups", "AmazonRDS", "RDS:ChargedBackupUsage", used.database_backup_gb, assumed=True
        )


def cache_nodes(asked: Asked) -> float:
    """Return how many nodes a replication group has."""
    shards = asked.number("numNodeGroups")
    return shards * (1 + asked.number("replicasPerNodeGroup")) if shards else asked.number("numCacheClusters", 1)


def cache_engine(asked: Asked) -> str:
    """Return the engine as the price list spells it."""
    return "Valkey" if asked.text("engine").lower() == "valkey" else "Redis"


def _replication_group(asked: Asked) -> Iterator[Charge]:
    nodes, size = cache_nodes(asked), asked.text("nodeType")
    kept = asked.number("snapshotRetentionLimit") - 1  # one snapshot of each cluster is free
    snapshots = asked.used.cache_snapshot_gb * kept if asked.used else 0
    yield from together(
        asked.charge(
            f"{nodes:g} x {size}",
            "AmazonElastiCache",
            f"NodeUsage:{size}",
            nodes * asked.hours,
            cacheEngine=cache_engine(asked),
        ),
        asked.charge("snapshots beyond the first", "AmazonElastiCache", "BackupUsage", snapshots, assumed=True),
    )


def search_nodes(asked: Asked) -> list[tuple[str, str, float]]:
    """Return a domain's nodes as (role, instance type, count)."""
    cluster = asked.resource.record("clusterConfig")
    nodes = [("data", str(cluster.get("instanceType")), float(cluster.get("instanceCount", 1)))]
    if cluster.get("dedicatedMasterEnabled"):
        nodes.append(("master", str(cluster.get("dedicatedMasterType")), float(cluster.get("dedicatedMasterCount", 3))))
    return nodes


def _domain(asked: Asked) -> Iterator[Charge]:
    nodes, disk = search_nodes(asked), asked.resource.record("ebsOptions")
    data = nodes[0][2]
    for role, size, count in nodes:
        usage = f"ESInstance:{size.removesuffix('.search')}"
        yield from asked.charge(f"{count:g} {role} nodes {size}", "AmazonES", usage, count * asked.hours)
    yield from asked.charge("gp3 storage", "AmazonES", "ES:GP3-Storage", data * float(disk.get("volumeSize") or 0))
    iops, mibps = float(disk.get("iops") or 0), float(disk.get("throughput") or 0)
    yield from asked.charge(f"IOPS above {SEARCH_IOPS:,}", "AmazonES", "ES:GP3-PIOPS", data * (iops - SEARCH_IOPS))
    usage = "ES:GP3-Provisioned-Throughput"
    yield from asked.charge(f"throughput above {SEARCH_MIBPS} MiB/s", "AmazonES", usage, data * (mibps - SEARCH_MIBPS))


def _table(asked: Asked) -> Iterator[Charge]:
    """A global table writes in every region. A witness is charged as a replica without storage: at most that."""
    regions = [asked.region, *(str(row["regionName"]) for row in asked.resource.records("replicas"))]
    witness = asked.resource.record("globalTableWitness").get("regionName")
    home = asked.used or next(iter(asked.setting.usage.regions.values()))
    share = 1 / asked.setting.counts[asked.resource.kind, asked.region]
    writes = "ReplWriteRequestUnits" if len(regions) > 1 else "WriteRequestUnits"
    for region in [*regions, *([witness] if witness else [])]:
        used = asked.setting.usage.of(region)
        written = home.table_writes_millions * 1e6 * share
        what = "witness" if region == witness else region
        yield from asked.charge(f"writes, {what}", "AmazonDynamoDB", writes, written, region=region, assumed=True)
        if used is None or region == witness:
            continue
        for label, usage, quantity in (
            ("reads", "ReadRequestUnits", used.table_reads_millions * 1e6),
            ("storage", "TimedStorage-ByteHrs", used.table_gb),
            ("point-in-time recovery", "TimedPITRStorage-ByteHrs", used.table_gb),
        ):
            yield from asked.charge(
                f"{label}, {what}", "AmazonDynamoDB", usage, quantity * share, region=region, assumed=True
            )


STORAGE_CLASSES: Final = {
    "standard": ("Standard", "TimedStorage-ByteHrs"),
    "standard_ia": ("Standard-IA", "TimedStorage-SIA-ByteHrs"),
    "intelligent_frequent": ("Intelligent-Tiering, frequent", "TimedStorage-INT-FA-ByteHrs"),
    "intelligent_infrequent": ("Intelligent-Tiering, infrequent", "TimedStorage-INT-IA-ByteHrs"),
    "glacier_instant": ("Glacier Instant Retrieval", "TimedStorage-GIR-ByteHrs"),
    "glacier": ("Glacier", "TimedStorage-GlacierByteHrs"),
    "deep_archive": ("Glacier Deep Archive", "TimedStorage-GDA-ByteHrs"),
}
"""The fields of a prefix's usage: what each is called, and its usage type."""


def _bucket(asked: Asked) -> Iterator[Charge]:
    used = bucket_usage(asked, asked.text("bucket", asked.resource.name))
    if used is None:
        return
    stored = {name: sum(getattr(prefix, name) for prefix in used.prefixes.values()) for name in STORAGE_CLASSES}
    for name, (label, usage) in STORAGE_CLASSES.items():
        yield from asked.charge(f"stored, {label}", "AmazonS3", usage, stored[name], assumed=True)
    straight_to_glacier = stored["glacier"] > 0 and sum(stored.values()) == stored["glacier"]
    for label, usage, quantity in (
        (
            "PUT, COPY, POST, LIST",
            "Requests-GLACIER-Tier1" if straight_to_glacier else "Requests-Tier1",
            used.put_requests_millions * 1e6,
        ),
        ("GET and all other requests", "Requests-Tier2", used.get_requests_millions * 1e6),
        ("read from Standard-IA", "Retrieval-SIA", used.retrieved_ia_gb),
    ):
        yield from asked.charge(label, "AmazonS3", usage, quantity, assumed=True)


def _replication(asked: Asked) -> Iterator[Charge]:
    """Copying objects out of the region: once to each bucket that the rules name, some with a promised time.

    Before the buckets stand their ARNs are not known: the storage class tells the vault from the other region's bucket.
    """
    used = bucket_usage(asked, asked.text("bucket", asked.resource.name))
    destinations = [part(row, "destination") for row in asked.resource.records("rules")]
    copies = max(len({(str(one.get("bucket")), str(one.get("storageClass"))) for one in destinations}), 1)
    copied = used.written_gb.get(asked.region, 0) if used else 0
    timed = any(one.get("replicationTime") for one in destinations)
    yield from asked.charge(
        f"objects out of the region, to {copies} bucket{'s' * (copies > 1)}",
        "AWSDataTransfer",
        "InterRegion-Out-Bytes",
        copied * copies,
        assumed=True,
    )
    yield from asked.charge(
        "replication time control", "AmazonS3", "S3RTC-Out-Bytes", copied if timed else 0, assumed=True
    )


def _inventory(asked: Asked) -> Iterator[Charge]:
    used = bucket_usage(asked, asked.text("bucket", asked.resource.name))
    times = DAYS_OF_A_MONTH / (7 if asked.resource.record("schedule").get("frequency") == "Weekly" else 1)
    listed = used.objects_millions * 1e6 * times if used else 0
    yield from asked.charge("objects listed", "AmazonS3", "Inventory-ObjectsListed", listed, assumed=True)


def _vault(asked: Asked) -> Iterator[Charge]:
    if used := asked.used:
        yield from asked.charge(
            "kept in the vault",
            "AWSBackup",
            "WarmStorage-ByteHrs-RDS",
            used.backup_vault_gb / asked.siblings,
            assumed=True,
        )


CHARGES: Final[dict[str, Charges]] = {
    "rds/Instance": _instance,
    "rds/InstanceAutomatedBackupsReplication": _copied_backups,
    "elasticache/ReplicationGroup": _replication_group,
    "opensearch/Domain": _domain,
    "dynamodb/Table": _table,
    "s3/Bucket": _bucket,
    "s3/BucketV2": _bucket,
    "s3/BucketReplicationConfig": _replication,
    "s3/Inventory": _inventory,
    "backup/Vault": _vault,
}
