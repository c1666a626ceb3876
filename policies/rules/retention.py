"""What is kept is kept long enough, and not forever by accident."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from policies import tokens
from policies.rule import Finding, Level, Subject, group_rule, resource_rule

BACKUP_DAYS: Final[Mapping[str, int]] = {"production": 35, "staging": 7}
"""Days of point-in-time recovery (7.2 and 10.1, as docs/design.md#specification corrects them); 1 elsewhere."""

CACHE_SNAPSHOT_DAYS: Final[Mapping[str, int]] = {"production": 7, "staging": 7}
"""Days that snapshots of caches are kept (specification 4.2)."""


@resource_rule(
    "RET-1",
    "Log groups forget",
    tokens.LOG_GROUP,
    reason="logs without a retention cost money forever; those that must be kept go to the archive",
    controls=("FSBP CloudWatch.16", "specification 6.1"),
)
def log_groups(subject: Subject) -> Iterator[str]:
    """A retention of zero is forever."""
    if not subject.get("retentionInDays"):
        yield "retentionInDays is not set"


@resource_rule(
    "RET-2",
    "Databases are backed up for the documented time",
    tokens.DATABASE,
    reason="the window of point-in-time recovery is a promise",
    controls=("FSBP RDS.11", "specification 10.1"),
)
def databases(subject: Subject) -> Iterator[str]:
    """Primary and the standby region's replica; a replica of the same region is covered by its source."""
    same_region_replica = subject.get("replicateSourceDb") and ":" not in str(subject.get("replicateSourceDb"))
    days, wanted = subject.get("backupRetentionPeriod", 0), BACKUP_DAYS.get(subject.environment, 1)
    if not same_region_replica and days < wanted:
        yield f"{int(days)} days instead of {wanted}"


@resource_rule(
    "RET-3",
    "Caches are snapshotted for the documented time",
    tokens.CACHE,
    reason="the specification promises seven days",
    controls=("FSBP ElastiCache.1", "specification 4.2"),
)
def caches(subject: Subject) -> Iterator[str]:
    """Replication groups."""
    days, wanted = subject.get("snapshotRetentionLimit", 0), CACHE_SNAPSHOT_DAYS.get(subject.environment, 0)
    if days < wanted:
        yield f"{int(days)} days instead of {wanted}"


@group_rule(
    "RET-4",
    "Buckets keep versions, and let them go by a lifecycle",
    tokens.BUCKET,
    tokens.BUCKET_VERSIONING,
    tokens.BUCKET_LIFECYCLE,
    reason="a deleted object can come back; a forgotten one does not cost money forever",
    controls=("FSBP S3.14", "FSBP S3.13", "specification 2.4", "specification 10.1"),
)
def buckets(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """Versioning and lifecycle of each bucket."""
    for kind, what in ((tokens.BUCKET_VERSIONING, "versioning"), (tokens.BUCKET_LIFECYCLE, "lifecycle")):
        having = {str(s.get("bucket")) for s in subjects if s.type == kind} | {
            s.name for s in subjects if s.type == kind
        }
        for subject in subjects:
            if subject.type == tokens.BUCKET and not {str(subject.get("bucket")), subject.name} & having:
                yield subject, f"it has no {what} configuration"


@resource_rule(
    "RET-5",
    "Tables can be recovered to any second",
    tokens.TABLE,
    reason="the journal of operations must survive an operator's mistake",
    controls=("FSBP DynamoDB.2",),
)
def tables(subject: Subject) -> Iterator[str]:
    """DynamoDB tables."""
    if subject.get("pointInTimeRecovery.enabled") is not True:
        yield "pointInTimeRecovery is not enabled"


@resource_rule(
    "RET-6",
    "A deleted database leaves a snapshot",
    tokens.DATABASE,
    reason="a wrong `destroy` is not the end",
    controls=("CIS RDS.7",),
)
def final_snapshots(subject: Subject) -> Iterator[str]:
    """In production; replicas have none on AWS."""
    primary = "replicateSourceDb" not in subject.props
    if subject.production and primary and subject.get("skipFinalSnapshot") is True:
        yield "skipFinalSnapshot is true"


@resource_rule(
    "RET-7",
    "Backup plans copy to the other region",
    tokens.BACKUP_PLAN,
    reason="a backup that is lost with its region is none",
    controls=("FSBP Backup.2", "specification 10.1"),
)
def backup_plans(subject: Subject) -> Iterator[str]:
    """Each rule of a plan."""
    for rule in subject.get("rules", []):
        if not rule.get("copyActions"):
            yield f"the rule {rule.get('ruleName')} copies nothing"


@resource_rule(
    "RET-8",
    "Images that nobody uses are let go",
    tokens.REPOSITORY,
    reason="each release adds some",
    controls=("FSBP ECR.3",),
    level=Level.ADVISORY,
)
def images(subject: Subject) -> Iterator[str]:
    """A mutable tag would make a digest's meaning change: see PRO-5 for that."""
    if subject.get("imageTagMutability") == "MUTABLE" and subject.get("forceDelete"):
        yield "tags may be moved and everything deleted at once"
