"""The four dashboards of the specification's section 6.1, both regions side by side."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from components.observability.dashboards import Alarmed, Dashboard, Question, Widget
from components.observability.metrics import Measure, Metric, measured
from estate import topology
from estate.config import Environment
from estate.files import read_alerts
from infra.region.figures import Figures

BILLING_REGION = "us-east-1"
"""Billing, CloudFront and its web ACL report there alone."""

CHARGED = {
    "ECS": "AmazonECS",
    "RDS": "AmazonRDS",
    "ElastiCache": "AmazonElastiCache",
    "S3": "AmazonS3",
    "CloudFront": "AmazonCloudFront",
    "EC2 and load balancing": "AmazonEC2",
    "OpenSearch": "AmazonES",
    "CloudWatch": "AmazonCloudWatch",
}
"""Which services' charges are shown: label → the name that billing knows."""

Row = list[Widget | Alarmed | Question]


def edge_metric(distribution_id: pulumi.Input[str], name: str, statistic: str = "Average") -> Measure:
    """Return a metric of the distribution."""
    return measured(Metric("AWS/CloudFront", name, {"DistributionId": distribution_id, "Region": "Global"}, statistic))


def build_dashboards(
    environment: Environment, regions: Mapping[str, Figures], distribution_id: pulumi.Input[str]
) -> list[Dashboard]:
    """Return the dashboards. `regions`: the figures of each region."""
    return [
        _application(environment, regions, distribution_id),
        _infrastructure(environment, regions),
        _cost(environment, distribution_id),
        _security(environment),
    ]


def _application(
    environment: Environment, regions: Mapping[str, Figures], distribution_id: pulumi.Input[str]
) -> Dashboard:
    services = list(environment.services)
    tasks = [*services, *environment.workers]
    alerts = read_alerts()

    def each(title: str, figures: Callable[[Figures], Mapping[str, Measure]], **more: Any) -> Row:
        return [Widget(f"{title} ({region})", region, figures(of), **more) for region, of in regions.items()]

    rows: list[Row] = [
        [
            Alarmed(f"Critical: {region}", _alarm_arns(environment, region, ("region-down", "site-journey")))
            for region in regions
        ],
        each(
            "Server errors, %",
            lambda of: {service: of.error_rate(service) for service in services},
            threshold=alerts["error-rate"].threshold,
        ),
        each(
            "Response time p95, s",
            lambda of: {service: of.response_time(service) for service in services},
            threshold=alerts["response-time"].threshold,
        ),
        each("Tasks missing or unhealthy", lambda of: {task: of.unhealthy(task) for task in tasks}),
        each(
            "Error budget burn",
            lambda of: {"availability": of.availability_burn(), "latency": of.latency_burn()},
            period_s=300,
        ),
        each("Errors logged", lambda of: {task: measured(of.log_metric(f"errors-{task}")) for task in tasks}),
        [
            _edge_errors(distribution_id),
            *each("Canary, % of runs", lambda of: {"success": of.canary()}, period_s=900),
        ],
    ]
    return Dashboard(topology.dashboard(environment, "application-health"), rows)


def _edge_errors(distribution_id: pulumi.Input[str]) -> Widget:
    return Widget(
        "Edge: errors, %",
        BILLING_REGION,
        {
            "4xx": edge_metric(distribution_id, "4xxErrorRate"),
            "5xx": edge_metric(distribution_id, "5xxErrorRate"),
        },
    )


def _infrastructure(environment: Environment, regions: Mapping[str, Figures]) -> Dashboard:
    tasks = [*environment.services, *environment.workers]

    def both(title: str, of: str, threshold: float | None = None) -> list[Widget]:
        return [
            Widget(f"{title} ({region})", region, _infrastructure_figures(figures, of, tasks), threshold)
            for region, figures in regions.items()
        ]

    rows = [
        both("Task CPU, %", "cpu"),
        both("Task memory, %", "memory", read_alerts()["memory"].threshold),
        both("Database: CPU and connections, %", "database", read_alerts()["database-cpu"].threshold),
        both("Database: latency, s, and operations a second", "database-io"),
        both("Replication: lag, s, and what slots and logs hold, %", "replication"),
        both("Disk, %", "disk", read_alerts()["disk"].threshold),
        both("Cache memory, %, and dead letters", "cache"),
        both("Objects: requests, failed uploads, replication time", "objects"),
    ]
    return Dashboard(topology.dashboard(environment, "infrastructure-metrics"), rows)


def _infrastructure_figures(figures: Figures, of: str, tasks: list[str]) -> dict[str, Measure]:
    environment, region = figures.environment, figures.region
    if of in ("cpu", "memory"):
        return {task: getattr(figures, of)(task) for task in tasks}
    bucket = {"BucketName": topology.video_bucket(environment, region), "FilterId": "uploads"}
    return {
        "database": {"CPU": figures.database_cpu(), "connections": figures.database_connections()},
        "database-io": {
            name: measured(figures.database(name))
            for name in ("ReadLatency", "WriteLatency", "ReadIOPS", "WriteIOPS", "DiskQueueDepth")
        },
        "replication": {
            "replica lag": figures.replica_lag(),
            "slot": figures.slot_lag(),
            "logs": figures.log_disk(),
            "unreplicated": measured(figures.log_metric("unreplicated", "Maximum")),
        },
        "disk": {"database": figures.database_disk(), "search": figures.search_disk()},
        "cache": {"memory": figures.cache_memory(), "dead letters": figures.dead_letters()},
        "objects": {
            "uploads": measured(Metric("AWS/S3", "PutRequests", bucket, "Sum")),
            "failed, %": figures.upload_failures(),
            "replication, s": figures.replication("ReplicationLatency"),
        },
    }[of]


def _cost(environment: Environment, distribution_id: pulumi.Input[str]) -> Dashboard:
    day = 86400

    def charges(service: str | None = None) -> Measure:
        dimensions = {"Currency": "USD", **({"ServiceName": service} if service else {})}
        return measured(Metric("AWS/Billing", "EstimatedCharges", dimensions, "Maximum"))

    rows: list[Row] = [
        [
            Widget(
                "The month's charges, $",
                BILLING_REGION,
                {"all": charges()},
                environment.monitoring.budget_usd,
                period_s=day,
            ),
            Widget(
                "By service, $",
                BILLING_REGION,
                {label: charges(service) for label, service in CHARGED.items()},
                period_s=day,
            ),
        ],
        _delivery(distribution_id),
        [
            Widget(f"Objects stored, bytes ({region})", region, {"videos": _stored(environment, region)}, period_s=day)
            for region in environment.regions
        ],
    ]
    return Dashboard(topology.dashboard(environment, "cost-and-usage"), rows)


def _delivery(distribution_id: pulumi.Input[str]) -> Row:
    return [
        Widget(
            "Edge: bytes delivered",
            BILLING_REGION,
            {"bytes": edge_metric(distribution_id, "BytesDownloaded", "Sum")},
            period_s=3600,
        ),
        Widget(
            "Edge: cache hits, %",
            BILLING_REGION,
            {"hits": edge_metric(distribution_id, "CacheHitRate")},
            read_alerts()["cache-hit-ratio"].threshold,
            period_s=900,
        ),
    ]


def _stored(environment: Environment, region: str) -> Measure:
    dimensions = {"BucketName": topology.video_bucket(environment, region), "StorageType": "StandardStorage"}
    return measured(Metric("AWS/S3", "BucketSizeBytes", dimensions))


def _security(environment: Environment) -> Dashboard:
    rows: list[Row] = [
        _refused_at_the_edge(environment),
        [
            Question(
                f"Refused by the app ({region})",
                region,
                [topology.log_group(environment, service) for service in environment.services],
                "filter statusCode in [401, 403, 429] | stats count(*) as answers by service, path, statusCode "
                "| sort answers desc | limit 20",
            )
            for region in environment.regions
        ],
        [
            Question(
                f"Database: refused connections ({region})",
                region,
                [topology.database_log_group(topology.database_instance(environment, region))],
                "filter @message like /password authentication failed|no pg_hba.conf entry/ "
                "| fields @timestamp, @message | sort @timestamp desc | limit 20",
            )
            for region in environment.regions
        ],
    ]
    return Dashboard(topology.dashboard(environment, "security-events"), rows)


def _refused_at_the_edge(environment: Environment) -> Row:
    rules = ("AWSManagedRulesCommonRuleSet", "RateLimitRule", "SQLInjectionRule", "BodySizeExceptUploads")

    def waf(metric: str, rule: str) -> Measure:
        dimensions = {"WebACL": topology.web_acl(environment), "Rule": rule}
        return measured(Metric("AWS/WAFV2", metric, dimensions, "Sum"))

    return [
        Widget("WAF: refused, by rule", BILLING_REGION, {r: waf("BlockedRequests", r) for r in rules}, period_s=300),
        Widget("WAF: counted, by rule", BILLING_REGION, {r: waf("CountedRequests", r) for r in rules}, period_s=300),
        Question(
            "WAF: addresses that are refused most",
            BILLING_REGION,
            [topology.web_acl_log_group(environment)],
            'filter action = "BLOCK" | stats count(*) as refused by httpRequest.clientIp, httpRequest.country '
            "| sort refused desc | limit 20",
        ),
    ]


def _alarm_arns(environment: Environment, region: str, alerts: tuple[str, ...]) -> list[str]:
    return [
        f"arn:aws:cloudwatch:{region}:{environment.account_id}:alarm:{topology.alarm(environment, region, alert)}"
        for alert in alerts
    ]
