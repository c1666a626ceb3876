"""Every field of an environment file with its limit. A pattern has `*` for a mapping's name, `[]` for a list's entry,
and `*:` for a mapping's value that is a scalar."""

from typing import Final

from estate.config.limits import tables
from estate.config.limits.kinds import Limit, items, number, one_of, optional, switch, text, whole
from estate.config.limits.networks import SMALLEST_BALANCED, network
from estate.config.limits.schedules import daily_cron, schedule

OURS: Final = "ours"
_REGION: Final = one_of(
    tuple(tables.ZONES), "AWS: DynamoDB developer guide, regions with multi-Region strong consistency"
)
_ZONE: Final = text(
    r"[a-z]{2}(-[a-z]+)+-\d[a-z]",
    "a zone's name: the region's with a letter behind it",
    "AWS: EC2, DescribeAvailabilityZones",
    longest=24,
    example="us-east-1a",
    refused=r"\d$",
)
_ZONES_SOURCE: Final = "AWS: ELB and RDS user guides: subnets of two zones at least"
_TAG: Final = text(
    r"[A-Za-z0-9 _.:/=+@-]+",
    "letters, digits, spaces and _ . : / = + - @, not beginning with aws:",
    "AWS: Resource Groups Tagging, tag naming limits (what all services take); EC2, tag restrictions",
    longest=256,
    example="platform",
    refused=r"(?i)^aws:|^\s|\s$",
)
_LOG_DAYS: Final = one_of(tables.LOG_DAYS, "AWS: CloudWatch Logs API, PutRetentionPolicy")
_DAYS: Final = whole(1, 36_500, "days", "AWS: S3 API, LifecycleExpiration (a positive number); ours: a century")
_NAME: Final = text(
    r"[a-z](-?[a-z0-9])*",
    "lower-case letters, digits and single hyphens, beginning with a letter",
    "AWS: ELB, RDS, ElastiCache, OpenSearch, S3, ECR names; lengths are held with the whole names (checks_names)",
    longest=32,
    example="search-index",
)
_PATH: Final = text(
    r"/[A-Za-z0-9_\-.$/~\"'@:+&*?]*",
    "a path pattern: / and then A-Z a-z 0-9 _ - . $ / ~ \" ' @ : + & with wildcards * and ?",
    "AWS: ELB user guide, listener rules, path conditions",
    longest=128,
    example="/api/*",
)
_HEALTH_PATH: Final = text(
    r"/[A-Za-z0-9_\-.$/~@:+&=?%]*",
    "a path that begins with /",
    "AWS: ELB API, CreateTargetGroup, HealthCheckPath",
    longest=1024,
    example="/readyz",
)
_FILE: Final = text(
    r"(/[A-Za-z0-9_.\-+@]+)+",
    "an absolute path in the task",
    "ours; Linux, PATH_MAX",
    longest=4095,
    example="/etc/ca.pem",
)
_TASKS: Final = whole(1, 5000, "tasks", "AWS: ECS service quotas, tasks per service")
_POOL: Final = whole(0, 10_000, "connections", "ours; what fits is held with max_connections")
_CPU: Final = one_of(tuple(tables.FARGATE_MIB), "AWS: ECS developer guide, Fargate task CPU and memory")
_MEMORY: Final = whole(512, 249_856, "MiB", "AWS: ECS developer guide, Fargate task CPU and memory")
_STOP: Final = whole(2, 120, "s", "AWS: ECS API, ContainerDefinition, stopTimeout on Fargate")
_RDS_CLASS: Final = text(
    r"db\.[a-z0-9-]+\.[a-z0-9]+",
    "a class of RDS",
    "AWS: RDS user guide, DB instance classes; which there are: estate/instance_classes.json",
    longest=40,
    example="db.r6g.large",
)
_NODE_TYPE: Final = text(
    r"cache\.[a-z0-9-]+\.[a-z0-9]+",
    "a node type of ElastiCache",
    "AWS: ElastiCache user guide, supported node types; which there are: estate/instance_classes.json",
    longest=40,
    example="cache.r6g.large",
)
_SEARCH_TYPE: Final = text(
    r"[a-z0-9]+\.[a-z0-9]+\.search",
    "an instance type of OpenSearch Service",
    "AWS: OpenSearch Service developer guide, instance types; which there are: estate/instance_classes.json",
    longest=40,
    example="r6g.large.search",
)
_PARAMETER: Final = "AWS: RDS, allowed values of the parameter group family postgres15; PostgreSQL 15, pg_settings"

TABLE: Final[dict[str, Limit]] = {
    "environment": _NAME,
    "generation": whole(1, 2**31 - 1, "", OURS),
    "owner": _TAG,
    "cost_center": _TAG,
    "account_id": text(r"\d{12}", "12 digits, in quotes", "AWS: account ids", longest=12, example='"123456789012"'),
    "domain": text(
        r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])",
        "a domain name in lower case, each label of 1 to 63 letters, digits and inner hyphens",
        "AWS: ACM user guide, a certificate's first name has at most 64 characters (RFC 5280); RFC 1035",
        longest=64,
        example="breiq.com",
    ),
    "primary_region": _REGION,
    "state_region": _REGION,
    "witness_region": _REGION,
    "log_retention_days": _LOG_DAYS,
    "bake_s": number(0, 86_400, "s", "ours: a release that bakes longer than a day has been forgotten", at_least=True),
    "regions": items(2, 2, "ours: two regions"),
    "regions.*": _REGION,
    "regions.*.created_as": one_of(("primary", "replica"), OURS),
    "regions.*.availability_zones": items(2, 6, _ZONES_SOURCE),
    "regions.*.availability_zones[]": _ZONE,
    "regions.*.vpc_cidr": network(),
    "regions.*.public_subnets": items(2, 6, _ZONES_SOURCE),
    "regions.*.public_subnets[]": network(
        SMALLEST_BALANCED, "AWS: ELB user guide, a load balancer's subnets (/27 at least)"
    ),
    "regions.*.private_subnets": items(2, 6, _ZONES_SOURCE),
    "regions.*.private_subnets[]": network(),
    "regions.*.database_subnets": items(2, 6, _ZONES_SOURCE),
    "regions.*.database_subnets[]": network(),
    "regions.*.task_subnets": items(2, 6, _ZONES_SOURCE),
    "regions.*.task_subnets[]": network(),
    "regions.*.search_subnets": items(0, 1, "AWS: OpenSearch Service, a domain has two or three zones"),
    "regions.*.search_subnets.*": _ZONE,
    "regions.*.search_subnets.*:": network(),
    "regions.*.read_replicas": whole(
        0, 14, "replicas", "AWS: RDS user guide, 15 read replicas of an instance; one is the other region's"
    ),
    **{
        f"regions.*.windows.{name}": text(
            r"([a-z]{3}:)?\d\d:\d\d-([a-z]{3}:)?\d\d:\d\d", words, source, longest=19, example=example
        )
        for name, words, source, example in (
            ("database_backup", "hh:mm-hh:mm, UTC", "AWS: RDS API, PreferredBackupWindow", '"01:00-02:00"'),
            (
                "database_maintenance",
                "ddd:hh:mm-ddd:hh:mm, UTC",
                "AWS: RDS API, PreferredMaintenanceWindow",
                '"sun:03:00-sun:04:00"',
            ),
            ("cache_snapshot", "hh:mm-hh:mm, UTC", "AWS: ElastiCache API, SnapshotWindow", '"05:00-06:00"'),
            (
                "cache_maintenance",
                "ddd:hh:mm-ddd:hh:mm, UTC",
                "AWS: ElastiCache API, PreferredMaintenanceWindow",
                '"sun:06:00-sun:07:00"',
            ),
        )
    },
    "network.nat": one_of(("zone", "one"), OURS),
    "load_balancer.idle_timeout_s": whole(1, 4000, "s", "AWS: ELB API, idle_timeout.timeout_seconds"),
    "load_balancer.deletion_protection": switch("AWS: ELB API, deletion_protection.enabled"),
    "services": items(1, 48, "AWS: ELB quotas, 100 rules and 100 target groups a load balancer; two of each a service"),
    "services.*": _NAME,
    "services.*.port": whole(1024, 65_535, "", "ours: a task has no right to ports below 1024; ELB API, Port"),
    "services.*.priority": whole(1, 80, "", "ours: it is added to a rule's base; ELB: 1 to 50,000"),
    "services.*.paths": items(1, 2, "AWS: ELB quotas, 5 condition values a rule; host and two headers are three"),
    "services.*.paths[]": _PATH,
    "services.*.probe_path": _HEALTH_PATH,
    "services.*.answers_traffic": switch(OURS),
    "services.*.cpu": _CPU,
    "services.*.memory_mib": _MEMORY,
    "services.*.desired_count": _TASKS,
    "services.*.max_count": _TASKS,
    "services.*.failover_count": _TASKS,
    "services.*.pool_max": _POOL,
    "services.*.requests_per_target": whole(
        1, 10_000_000, "requests a minute and task", "AWS: Application Auto Scaling, ALBRequestCountPerTarget; ours"
    ),
    "services.*.health_path": _HEALTH_PATH,
    "services.*.deregistration_delay_s": whole(0, 3600, "s", "AWS: ELB API, deregistration_delay.timeout_seconds"),
    "services.*.stop_timeout_s": _STOP,
    "workers": items(0, 80, OURS),
    "workers.*": _NAME,
    "workers.*.cpu": _CPU,
    "workers.*.memory_mib": _MEMORY,
    "workers.*.desired_count": _TASKS,
    "workers.*.max_count": _TASKS,
    "workers.*.failover_count": _TASKS,
    "workers.*.pool_max": _POOL,
    "workers.*.stop_timeout_s": _STOP,
    "scaling.cpu_target_pct": number(0, 100, "%", "AWS: Application Auto Scaling, ECSServiceAverageCPUUtilization"),
    "scaling.cooldown_s": whole(0, 3600, "s", "AWS: Application Auto Scaling API, ScaleInCooldown; ours: an hour"),
    "exec_enabled": switch("AWS: ECS API, enableExecuteCommand"),
    "database.engine_version": text(
        r"15(\.\d{1,2})?",
        "PostgreSQL 15, in quotes: its minor versions come by themselves",
        "specification; RDS user guide, PostgreSQL 15",
        longest=5,
        example='"15"',
    ),
    "database.instance_class": _RDS_CLASS,
    "database.storage_gib": whole(20, 65_536, "GiB", "AWS: RDS API, AllocatedStorage of gp3"),
    "database.max_storage_gib": whole(22, 65_536, "GiB", "AWS: RDS API, MaxAllocatedStorage of gp3"),
    "database.iops": optional(whole(12_000, 64_000, "IOPS", "AWS: RDS user guide, gp3 storage")),
    "database.throughput_mib_s": optional(whole(500, 4000, "MiB/s", "AWS: RDS user guide, gp3 storage")),
    "database.name": text(
        r"[a-z][a-z0-9_]*",
        "lower-case letters, digits and _, beginning with a letter, and no reserved word",
        "AWS: RDS API, CreateDBInstance, DBName of PostgreSQL; PostgreSQL 15, appendix C",
        longest=63,
        example="breiq",
        refused=f"^({'|'.join(sorted(tables.POSTGRES_RESERVED))})$",
    ),
    "database.multi_az": switch("AWS: RDS API, MultiAZ"),
    "database.deletion_protection": switch("AWS: RDS API, DeletionProtection"),
    "database.backup_retention_days": whole(
        1, 35, "days", "AWS: RDS API, BackupRetentionPeriod (0 would end replicas and point-in-time recovery)"
    ),
    "database.log_retention_days": _LOG_DAYS,
    "database.monitoring_interval_s": one_of(tables.MONITORING_S, "AWS: RDS API, MonitoringInterval"),
    "database.max_slot_wal_keep_mib": whole(
        64, 65_536 * 1024, "MiB", "PostgreSQL 15, max_slot_wal_keep_size; ours: a bound, and one segment at least"
    ),
    "database.limits": items(2, 2, "ours: each region's"),
    "database.limits.*": _REGION,
    "database.limits.*.max_connections": whole(6, 262_143, "", _PARAMETER),
    "database.limits.*.max_worker_processes": whole(1, 262_143, "", _PARAMETER),
    "database.limits.*.max_wal_senders": whole(5, 100, "", _PARAMETER),
    "database.limits.*.max_prepared_transactions": whole(0, 262_143, "", _PARAMETER),
    "database.limits.*.max_locks_per_transaction": whole(10, 2**31 - 1, "", _PARAMETER),
    "database.reserved_connections": whole(3, 262_143, "", "PostgreSQL 15, superuser_reserved_connections (3); ours"),
    "database.ca_file": _FILE,
    "cache.engine_version": one_of(("7.0", "7.1"), "AWS: ElastiCache user guide, supported Redis OSS versions (7)"),
    "cache.node_type": _NODE_TYPE,
    "cache.nodes": whole(1, 6, "nodes", "AWS: ElastiCache API, NumCacheClusters: a primary and at most 5 replicas"),
    "cache.snapshot_retention_days": whole(0, 35, "days", "AWS: ElastiCache API, SnapshotRetentionLimit"),
    "cache.log_retention_days": _LOG_DAYS,
    "cache.ca_file": _FILE,
    "search.engine_version": text(
        r"OpenSearch_[1-9]\d?\.\d{1,2}",
        "OpenSearch_<major>.<minor>",
        "AWS: OpenSearch Service API, VersionString",
        longest=18,
        example="OpenSearch_2.19",
    ),
    "search.instance_type": _SEARCH_TYPE,
    "search.nodes": whole(2, 80, "nodes", "AWS: OpenSearch Service quotas, data nodes a domain; two zones at least"),
    "search.storage_gib": whole(10, 24_576, "GiB", "AWS: OpenSearch Service quotas, gp3 volume size (the largest)"),
    "search.master_type": _SEARCH_TYPE,
    "search.masters": one_of((0, 3, 5), "AWS: OpenSearch Service developer guide, dedicated master nodes"),
    "search.log_retention_days": _LOG_DAYS,
    "queues": items(1, 40, "ours"),
    "queues.*": text(
        r"[A-Za-z0-9_-]+",
        "letters, digits, - and _",
        "AWS: SQS API, CreateQueue, QueueName",
        longest=60,
        example="media",
    ),
    "queues.*.visibility_timeout_s": whole(0, 43_200, "s", "AWS: SQS API, VisibilityTimeout"),
    "queues.*.retention_days": whole(
        1, 13, "days", "AWS: SQS API, MessageRetentionPeriod (14 days, which dead letters are kept)"
    ),
    "queues.*.max_receives": whole(1, 1000, "", "AWS: SQS API, RedrivePolicy, maxReceiveCount"),
    "recovery.evaluation": schedule(),
    "edge.price_class": one_of(
        ("PriceClass_100", "PriceClass_200", "PriceClass_All"), "AWS: CloudFront API, PriceClass"
    ),
    "edge.shield_advanced": switch("AWS: Shield API, CreateProtection"),
    "edge.cost_allocation_tags": switch("AWS: Cost Explorer API, UpdateCostAllocationTagsStatus"),
    "monitoring.detailed": switch("AWS: CloudFront API, RealtimeMetricsSubscriptionConfig"),
    "monitoring.enhanced": switch("AWS: RDS API, MonitoringInterval"),
    "monitoring.runbook_url": text(
        r"https://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~%-]+)*",
        "an https address without a / at its end",
        "ours; CloudWatch API, AlarmDescription (1024 characters with the page's name)",
        longest=512,
        example="https://runbooks.breiq.com",
    ),
    "monitoring.slack_team_id": text(
        r"[0-9A-Z]{1,255}",
        "capital letters and digits",
        "AWS: Chatbot API, CreateSlackChannelConfiguration",
        longest=255,
        example="T00000000",
    ),
    "monitoring.slack_channel_id": text(
        r"[CG][A-Z0-9]{8,20}",
        "C or G, then 8 to 20 capital letters and digits",
        "AWS: Chatbot API, CreateSlackChannelConfiguration; Slack's ids",
        longest=21,
        example="C00000000",
    ),
    "monitoring.budget_usd": number(0, 1e9, "USD", "AWS: Budgets API, Spend; ours: a billion"),
    "monitoring.anomaly_usd": number(0, 1e9, "USD", "AWS: Cost Explorer API, CreateAnomalySubscription; ours"),
    "monitoring.canary_minutes": whole(1, 60, "minutes", "AWS: Synthetics API, CanaryScheduleInput, rate(n minutes)"),
    "monitoring.canary_runtime": text(
        r"syn-python-selenium-\d{1,2}\.\d{1,2}",
        "syn-python-selenium-<major>.<minor>",
        "AWS: Synthetics user guide, runtime versions",
        longest=64,
        example="syn-python-selenium-14.0",
    ),
    "storage.raw_glacier": _DAYS,
    "storage.processed_ia": whole(
        30, 36_500, "days", "AWS: S3 user guide, lifecycle transitions: 30 days in Standard before Standard-IA"
    ),
    "storage.processed_archive": _DAYS,
    "storage.temporary": _DAYS,
    "storage.noncurrent": _DAYS,
    "storage.vault": whole(1, 36_500, "days", "AWS: S3 API, DefaultRetention, Days (100 years)"),
    "storage.access_logs": one_of(
        tables.LOG_DAYS, "AWS: CloudWatch Logs API, PutRetentionPolicy (the web ACL's log group has it too)"
    ),
    "storage.log_archive": _DAYS,
    "storage.audit_logs": _DAYS,
    "security.trail": switch("AWS: CloudTrail API, CreateTrail"),
    "security.trail_objects": switch("AWS: CloudTrail API, PutEventSelectors"),
    "security.config_rules": items(0, 100, "AWS: Config quotas; ours"),
    "security.config_rules[]": text(
        r"[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "a managed rule's identifier in lower case with hyphens",
        "AWS: Config developer guide, list of managed rules; which there are: estate/managed_rules.json",
        longest=110,
        example="rds-storage-encrypted",
    ),
    "security.guard_duty": switch("AWS: GuardDuty API, CreateDetector"),
    "security.security_hub": switch("AWS: Security Hub API, EnableSecurityHub"),
    "security.account_guards": switch("ours"),
    "security.github_repository": text(
        r"[A-Za-z0-9](-?[A-Za-z0-9]){0,38}/[A-Za-z0-9_.-]{1,100}",
        "owner/name",
        "GitHub: names of accounts (39 characters) and repositories (100)",
        longest=140,
        example="breiq/platform",
    ),
    "security.secret_rotation": whole(
        1, 1000, "days", "AWS: Secrets Manager API, RotationRulesType, AutomaticallyAfterDays"
    ),
    "security.backup.schedule": daily_cron(),
    "security.backup.retention": whole(1, 36_500, "days", "AWS: Backup API, Lifecycle, DeleteAfterDays; vault lock"),
    "security.backup.lock": one_of(("governance", "compliance"), "AWS: Backup developer guide, vault lock modes"),
}
