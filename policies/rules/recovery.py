"""What a failover needs is there, and in reach."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from policies import tokens
from policies.rule import Finding, Scope, Subject, group_rule, resource_rule

_ARN_REGION: Final = re.compile(r"arn:aws:[a-z0-9-]+:([a-z]{2}-[a-z]+-\d):")
_OTHERS_ALLOWED: Final = (
    "replicateSourceDb",
    "sourceDbInstanceArn",
    "destinationArn",
    "policy",
    "copyActions",
    "rules",
)
"""Inputs that name the other region because replication is their purpose, or that allow both regions."""


@group_rule(
    "REC-1",
    "Each store has a copy in the other region",
    tokens.DATABASE,
    tokens.BUCKET,
    tokens.BUCKET_REPLICATION,
    tokens.TABLE,
    tokens.REPOSITORY,
    tokens.REPOSITORY_REPLICATION,
    tokens.KEY,
    tokens.KEY_REPLICA,
    reason="a region may be lost as a whole",
    controls=("specification 10.1", "docs/design.md#four-stacks"),
    scope=Scope.ENVIRONMENT,
)
def copies(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """Databases by a replica, buckets, tables, images and keys by replication."""
    of = {kind: [s for s in subjects if s.type == kind] for kind in {s.type for s in subjects}}
    replicas = [s for s in of.get(tokens.DATABASE, []) if ":" in str(s.get("replicateSourceDb", ""))]
    for database in of.get(tokens.DATABASE, []):
        if "replicateSourceDb" not in database.props and not any(r.region != database.region for r in replicas):
            yield database, "no other region has a replica of it"
    replicated = {str(s.get("bucket")) for s in of.get(tokens.BUCKET_REPLICATION, [])}
    for bucket in of.get(tokens.BUCKET, []):
        if _holds_data(bucket) and str(bucket.get("bucket")) not in replicated:
            yield bucket, "it is not replicated"
    for table in of.get(tokens.TABLE, []):
        if not table.get("replicas"):
            yield table, "it has no replica"
    if of.get(tokens.REPOSITORY) and not of.get(tokens.REPOSITORY_REPLICATION):
        yield of[tokens.REPOSITORY][0], "its images are not replicated"
    for key in of.get(tokens.KEY, []):
        if key.get("multiRegion") is True and not any(r.region != key.region for r in of.get(tokens.KEY_REPLICA, [])):
            yield key, "no other region has a replica of it"


def _holds_data(bucket: Subject) -> bool:
    """Videos and the site's files; logs and audit trails are kept in both regions by being written in both."""
    return any(word in str(bucket.get("bucket", "")) for word in ("videos", "static"))


@group_rule(
    "REC-2",
    "An alarm tells somebody, and says what to do",
    tokens.ALARM,
    tokens.COMPOSITE_ALARM,
    reason="an alarm without an action is a diary; one without a runbook is a riddle",
    controls=("specification 6.1",),
)
def alarms(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """An alarm that a composite one names may be silent: the composite tells."""
    composites = " ".join(str(s.props.get("alarmRule", "")) for s in subjects if s.type == tokens.COMPOSITE_ALARM)
    for subject in subjects:
        name = str(subject.get("name") or subject.get("alarmName") or subject.name)
        if not subject.props.get("alarmActions") and name not in composites:
            yield subject, "it has no action"
        if "runbook" not in str(subject.get("alarmDescription", "")).lower():
            yield subject, "its description names no runbook"


@resource_rule(
    "REC-3",
    "What a region runs on lies in that region",
    tokens.TASK_DEFINITION,
    tokens.ECS_SERVICE,
    tokens.CACHE,
    tokens.SEARCH,
    tokens.LOAD_BALANCER,
    tokens.LISTENER,
    tokens.LOG_GROUP,
    tokens.QUEUE,
    tokens.TOPIC,
    tokens.ALARM,
    reason="when us-east-1 is lost, with the control planes of the global services, the other region must start tasks",
    controls=("docs/design.md#traffic", "specification 10.1"),
)
def own_ground(subject: Subject) -> Iterator[str]:
    """No input names an ARN of another region, replication apart."""
    for name, value in subject.props.items():
        if name in _OTHERS_ALLOWED:
            continue
        foreign = {
            region for region in _ARN_REGION.findall(_text(value)) if subject.region and region != subject.region
        }
        for region in sorted(foreign):
            yield f"{name} names something in {region}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


@resource_rule(
    "REC-4",
    "Records do not follow the health of targets",
    tokens.RECORD,
    reason="an idle colour would evacuate a region: traffic follows the operations table",
    controls=("docs/design.md#traffic",),
)
def records(subject: Subject) -> Iterator[str]:
    """Alias records."""
    if any(alias.get("evaluateTargetHealth") for alias in subject.get("aliases", [])):
        yield "it evaluates target health"


@resource_rule(
    "REC-5",
    "A zone may be lost",
    tokens.DATABASE,
    tokens.CACHE,
    tokens.SEARCH,
    tokens.LOAD_BALANCER,
    tokens.ECS_SERVICE,
    reason="a zone is what is lost most often",
    controls=("FSBP RDS.5", "FSBP ElastiCache.3", "FSBP ELB.13", "specification 4.1"),
)
def zones(subject: Subject) -> Iterator[str]:
    """In production: Multi-AZ databases and caches, search and tasks over zones."""
    if not subject.production:
        return
    primary = subject.type == tokens.DATABASE and "replicateSourceDb" not in subject.props
    if primary and subject.get("multiAz") is not True:
        yield "multiAz is not true"
    if subject.type == tokens.CACHE and subject.get("automaticFailoverEnabled") is not True:
        yield "automaticFailoverEnabled is not true"
    if subject.type == tokens.SEARCH and subject.get("clusterConfig.zoneAwarenessEnabled") is not True:
        yield "zoneAwarenessEnabled is not true"
    subnets = subject.get("subnets") or subject.get("networkConfiguration.subnets")
    if isinstance(subnets, list) and len(subnets) < 2:
        yield "it lies in one subnet"


@resource_rule(
    "REC-6",
    "The lock on backups in the other region holds",
    tokens.BACKUP_VAULT_LOCK,
    reason="whoever takes over an account deletes its backups first",
    controls=("FSBP Backup", "specification 10.1"),
)
def vault_locks(subject: Subject) -> Iterator[str]:
    """A lock keeps for a week at least."""
    if (subject.get("minRetentionDays") or 0) < 7:
        yield "its minRetentionDays is less than 7"
