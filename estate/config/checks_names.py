"""Names that follow from the configuration, as AWS takes them: length and characters. Raises ConfigError."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from estate import topology
from estate.config.base import ConfigError
from estate.config.environment import Environment


@dataclass(frozen=True)
class _Rule:
    """What a service of AWS takes as a name."""

    longest: int
    pattern: str
    words: str
    source: str


_HYPHENS: Final = r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*"
LOAD_BALANCER: Final = _Rule(
    32,
    rf"(?!internal-){_HYPHENS}",
    "letters, digits, inner hyphens, not internal-…",
    "AWS: ELB API, CreateLoadBalancer, Name",
)
TARGET_GROUP: Final = _Rule(32, _HYPHENS, "letters, digits, inner hyphens", "AWS: ELB API, CreateTargetGroup, Name")
DATABASE: Final = _Rule(
    63, rf"[a-z]{_HYPHENS}|[a-z]", "letters, digits, single inner hyphens", "AWS: RDS API, DBInstanceIdentifier"
)
CACHE: Final = _Rule(
    40, rf"[a-z]{_HYPHENS}|[a-z]", "letters, digits, single inner hyphens", "AWS: ElastiCache API, ReplicationGroupId"
)
SEARCH: Final = _Rule(
    28, r"[a-z][a-z0-9-]{2,}", "lower-case letters, digits, hyphens", "AWS: OpenSearch Service API, DomainName"
)
BUCKET: Final = _Rule(
    63,
    r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]+[a-z0-9](?<!-s3alias)",
    "lower-case letters, digits, hyphens",
    "AWS: S3 user guide, bucket naming rules",
)
QUEUE: Final = _Rule(80, r"[A-Za-z0-9_-]+", "letters, digits, - and _", "AWS: SQS API, CreateQueue, QueueName")
ROLE: Final = _Rule(64, r"[\w+=,.@-]+", "letters, digits and _ + = , . @ -", "AWS: IAM API, CreateRole, RoleName")
SCHEDULE: Final = _Rule(
    64, r"[0-9a-zA-Z_.-]+", "letters, digits and _ . -", "AWS: EventBridge Scheduler API, CreateSchedule, Name"
)
REPOSITORY: Final = _Rule(
    256,
    r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*",
    "lower-case letters, digits and single . _ - /",
    "AWS: ECR API, CreateRepository, repositoryName",
)
VAULT: Final = _Rule(
    50, r"[a-zA-Z0-9_-]{2,}", "letters, digits, - and _", "AWS: Backup API, CreateBackupVault, BackupVaultName"
)
FUNCTION: Final = _Rule(64, r"[a-zA-Z0-9_-]+", "letters, digits, - and _", "AWS: Lambda API, CreateFunction")
STREAM: Final = _Rule(64, r"[a-zA-Z0-9_.-]+", "letters, digits and _ . -", "AWS: Firehose API, DeliveryStreamName")
CANARY: Final = _Rule(255, r"[0-9a-z_-]+", "lower-case letters, digits, _ and -", "AWS: Synthetics API, CanaryName")
ECS: Final = _Rule(255, r"[a-zA-Z0-9_-]+", "letters, digits, - and _", "AWS: ECS API, CreateService, serviceName")
TABLE_NAME: Final = _Rule(255, r"[a-zA-Z0-9_.-]{3,}", "letters, digits and _ . -", "AWS: DynamoDB API, TableName")
CERTIFICATE: Final = _Rule(
    64, r"[a-z0-9.-]+", "a domain name", "AWS: ACM user guide, a certificate's first name (RFC 5280)"
)
CONFIG_RULE: Final = _Rule(128, r"\S+", "no spaces", "AWS: Config API, ConfigRuleName")

Name = tuple[str, _Rule, str, str]
"""The field that a name follows from, the rule, what it names, and the name."""


def check_names(environment: Environment, file: str) -> None:
    """Refuse a field whose value makes a name that AWS does not take."""
    for key, rule, what, name in (*_of_environment(environment), *_of_parts(environment)):
        if len(name) > rule.longest:
            problem = f"it makes the {what} {name}, which has {len(name)} characters"
        elif not re.fullmatch(rule.pattern, name):
            problem = f"it makes the {what} {name}, which does not fit"
        else:
            continue
        raise ConfigError(
            file=file,
            key=key,
            problem=problem,
            limit=f"at most {rule.longest} characters; {rule.words}",
            source=rule.source,
            remedy="Choose a shorter or plainer name",
        )


def _of_environment(env: Environment) -> Iterator[Name]:
    key = "environment"
    yield key, SEARCH, "search domain", topology.search_domain(env)
    yield key, LOAD_BALANCER, "load balancer", topology.load_balancer(env)
    yield key, CACHE, "replication group", topology.cache_group(env)
    yield key, VAULT, "backup vault", topology.backup_vault(env)
    yield key, REPOSITORY, "image repository", topology.repository(env)
    yield key, SCHEDULE, "schedule", topology.evaluation_schedule(env)
    yield key, FUNCTION, "function", topology.rotation_function(env)
    yield key, STREAM, "delivery stream", topology.log_stream(env)
    yield key, TABLE_NAME, "table", topology.operations_table(env)
    yield key, ROLE, "role", topology.role(env, "state-replication")
    yield key, BUCKET, "vault", topology.vault_bucket(env)
    for region, config in env.regions.items():
        yield key, DATABASE, "database", topology.database_instance(env, region)
        readers = f"regions.{region}.read_replicas"
        yield readers, DATABASE, "read replica", topology.database_reader(env, region, config.read_replicas)
        yield key, CANARY, "canary", topology.canary(env, region)
        for bucket in BUCKETS:
            yield key, BUCKET, "bucket", bucket(env, region)
    yield "domain", CERTIFICATE, "certificate of", topology.origin_name(env)


BUCKETS: Final = (
    topology.video_bucket,
    topology.audit_bucket,
    topology.static_bucket,
    topology.log_bucket,
    topology.archive_bucket,
    topology.state_bucket,
)


def _of_parts(env: Environment) -> Iterator[Name]:
    for name in env.services:
        yield f"services.{name}", TARGET_GROUP, "target group", topology.target_group(env, name, "green")
    for section, names in (("services", env.services), ("workers", env.workers)):
        for name in names:
            key = f"{section}.{name}"
            yield key, ECS, "ECS service", topology.ecs_service(env, name, "green")
            yield key, ROLE, "role", topology.role(env, f"task-{name}")
    for name in env.queues:
        yield f"queues.{name}", QUEUE, "queue", topology.dead_letter_queue(env, name)
    for place, rule in enumerate(env.security.config_rules):
        yield f"security.config_rules[{place}]", CONFIG_RULE, "rule", f"{topology.prefix(env)}-{rule}"
