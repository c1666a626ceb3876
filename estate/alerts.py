"""Every alert: its threshold once, how it is measured, who is told, and where in the specification it stands.

The alarms of both regions and of the edge are built from this table, the policies and the runbooks' index read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from estate.objectives import RPO_S

Severity = Literal["critical", "warning"]
"""Critical goes to PagerDuty, warning to Slack (section 6.1)."""

SEVERITIES: Final[tuple[Severity, Severity]] = ("critical", "warning")


@dataclass(frozen=True)
class Alert:
    """One alert. It is raised when `datapoints` of the last `periods` periods of `period_s` are beyond the threshold.

    `missing`: what a period without data means (CloudWatch's words). `section`: the specification's, or a
    decision of docs/design.md. `means`: what a person who is woken by it should know first. `runbook`: the page
    `runbooks/<runbook>.md`.
    The last ones of the table are rules over other alarms: their threshold and periods mean nothing.
    """

    id: str
    severity: Severity
    title: str
    section: str
    threshold: float
    unit: str
    means: str
    runbook: str
    comparison: Literal["GreaterThanThreshold", "LessThanThreshold", "GreaterThanOrEqualToThreshold"] = (
        "GreaterThanThreshold"
    )
    period_s: int = 60
    periods: int = 5
    datapoints: int = 5
    missing: Literal["breaching", "notBreaching", "ignore", "missing"] = "notBreaching"


_TABLE: Final = (
    # Section 6.1, critical
    Alert(
        "error-rate",
        "critical",
        "Application error rate > 5%",
        "6.1",
        5,
        "%",
        "More than one request in twenty is answered with a server error.",
        "error-rate",
        datapoints=3,
    ),
    Alert(
        "database-cpu",
        "critical",
        "Database CPU > 80%",
        "6.1",
        80,
        "%",
        "Queries queue; response times follow.",
        "database-cpu",
    ),
    Alert(
        "service-unhealthy",
        "critical",
        "ECS service unhealthy",
        "6.1",
        0,
        "tasks",
        "Tasks that should run do not, or their target group holds them for unhealthy.",
        "service-unhealthy",
    ),
    Alert(
        "database-connection-failures",
        "critical",
        "RDS connection failures",
        "6.1",
        0,
        "refusals",
        "PostgreSQL refuses connections: too many of them, a wrong password, or it is starting or stopping.",
        "database-connections",
        datapoints=3,
    ),
    Alert(
        "upload-failures",
        "critical",
        "S3 upload failure rate > 10%",
        "6.1",
        10,
        "%",
        "Originals do not reach the bucket; users see failed uploads.",
        "upload-failures",
        period_s=300,
        periods=3,
        datapoints=2,
    ),
    # Section 6.1, warnings
    Alert(
        "response-time",
        "warning",
        "Response time > 2 seconds",
        "6.1",
        2,
        "s (95th percentile)",
        "One request in twenty takes longer than two seconds.",
        "response-time",
    ),
    Alert(
        "database-connections",
        "warning",
        "Database connections > 80%",
        "6.1",
        80,
        "% of max_connections",
        "A deployment or a failover doubles the tasks for a while: there may be no room.",
        "database-connections",
    ),
    Alert(
        "memory",
        "warning",
        "Memory usage > 70%",
        "6.1",
        70,
        "%",
        "A task that reaches its limit is killed.",
        "memory",
        datapoints=5,
    ),
    Alert(
        "disk",
        "warning",
        "Disk usage > 80%",
        "6.1",
        80,
        "%",
        "Storage grows by itself up to its limit; past it, nothing is written.",
        "disk",
        period_s=300,
        periods=3,
        datapoints=3,
    ),
    Alert(
        "cache-hit-ratio",
        "warning",
        "CDN cache hit ratio < 85%",
        "6.1",
        85,
        "%",
        "Origins are asked for what the edge should know: cost and latency rise.",
        "cache-hit-ratio",
        comparison="LessThanThreshold",
        period_s=900,
        periods=4,
        datapoints=4,
    ),
    # Recovery (docs/design.md#traffic, #data-loss-bound, #failover, #specification)
    Alert(
        "unreplicated",
        "critical",
        "Commits have not reached the other region for 5 minutes",
        "10.1; docs/design.md#data-loss-bound",
        RPO_S,
        "s",
        "A failover now would lose more than the recovery point objective allows.",
        "unreplicated",
        datapoints=1,
    ),
    Alert(
        "replica-lag",
        "warning",
        "Replica lag > 60 seconds",
        "10.1; docs/design.md#data-loss-bound",
        60,
        "s",
        "A failover would lose as much; at 300 s it would be refused.",
        "replica-lag",
    ),
    Alert(
        "replication-slot-lag",
        "warning",
        "A replication slot holds back half of what it may",
        "10.1; docs/design.md#data-loss-bound",
        50,
        "% of max_slot_wal_keep_size",
        "The replica does not fetch; past max_slot_wal_keep_size it must be made anew.",
        "replication-slot",
    ),
    Alert(
        "log-disk",
        "warning",
        "Transaction logs take more than 10% of the storage",
        "10.1; docs/design.md#data-loss-bound",
        10,
        "% of storage",
        "Logs are kept for a replica or an archive that does not take them.",
        "replication-slot",
        period_s=300,
        periods=3,
        datapoints=3,
    ),
    Alert(
        "object-replication-time",
        "warning",
        "Objects reach the other region later than 5 minutes",
        "10.1; docs/design.md#specification",
        RPO_S,
        "s",
        "A failover now would miss newer objects; AWS promises 15 minutes.",
        "object-replication",
        datapoints=3,
    ),
    Alert(
        "object-replication-pending",
        "warning",
        "More than 2,500 objects wait for replication",
        "10.1; docs/design.md#specification",
        2500,
        "objects",
        "A quarter of an hour of uploads at 10,000 an hour (section 9.1) has not been copied.",
        "object-replication",
        period_s=300,
        periods=3,
        datapoints=3,
    ),
    Alert(
        "endpoint-unhealthy",
        "critical",
        "A region's endpoint does not answer",
        "10.1; docs/design.md#traffic",
        1,
        "healthy (1) or not (0)",
        "Route 53's checkers cannot reach the load balancer. It only tells: traffic follows the operations table.",
        "region-down",
        comparison="LessThanThreshold",
        periods=3,
        datapoints=3,
        missing="breaching",
    ),
    Alert(
        "traffic-moved",
        "warning",
        "Traffic is led to the second region",
        "10.1; docs/design.md#traffic",
        1,
        "first region (1) or second (0)",
        "The second region has confirmed that traffic is its own. After a planned operation this is no surprise.",
        "traffic-moved",
        comparison="LessThanThreshold",
        periods=3,
        datapoints=3,
        missing="ignore",
    ),
    # What else stops quietly
    Alert(
        "site-journey",
        "critical",
        "The canary cannot use the site",
        "6.1; 9.1",
        90,
        "% of runs",
        "Seen from outside, through the edge: the site, its health and its list of videos.",
        "site-journey",
        comparison="LessThanThreshold",
        period_s=900,
        periods=2,
        datapoints=2,
        missing="breaching",
    ),
    Alert(
        "dead-letters",
        "warning",
        "Messages were given up",
        "2.1; docs/design.md#blue-and-green",
        0,
        "messages",
        "Jobs live in PostgreSQL: nothing is lost, but a worker fails again and again.",
        "dead-letters",
        period_s=300,
        periods=1,
        datapoints=1,
    ),
    Alert(
        "search-unhealthy",
        "warning",
        "The search domain misses primary shards",
        "4.3",
        1,
        "red (1) or not (0)",
        "Search answers in part or not at all; the index can be built anew from PostgreSQL.",
        "search",
        comparison="GreaterThanOrEqualToThreshold",
    ),
    Alert(
        "certificate-expiry",
        "warning",
        "A certificate ends within 30 days",
        "5.3",
        30,
        "days",
        "ACM renews 60 days before the end: the validation record is missing.",
        "certificate",
        comparison="LessThanThreshold",
        period_s=86400,
        periods=1,
        datapoints=1,
    ),
    # Together: no metric of their own, a rule over other alarms
    Alert(
        "service-down",
        "critical",
        "A service fails and its tasks are unhealthy",
        "6.1",
        0,
        "alarms",
        "Both its error rate and its tasks are in alarm: this is the service, not its callers.",
        "service-down",
    ),
    Alert(
        "region-down",
        "critical",
        "Services of the region are down and users notice",
        "10.1",
        0,
        "alarms",
        "A service is down or PostgreSQL refuses, and the canary fails. `breiqctl status` says whether to fail over.",
        "failover",
    ),
    Alert(
        "slo-availability-page",
        "critical",
        "The month's error budget burns fast",
        "10.1",
        0,
        "alarms",
        "At this rate the budget of 99.9 % is spent within two to five days.",
        "slo-availability",
    ),
    Alert(
        "slo-availability-ticket",
        "warning",
        "The month's error budget burns steadily",
        "10.1",
        0,
        "alarms",
        "At this rate the month will miss 99.9 %.",
        "slo-availability",
    ),
    Alert(
        "slo-latency-page",
        "critical",
        "Response times miss their targets fast",
        "9.1",
        0,
        "alarms",
        "Far more than one request in twenty is slower than its target.",
        "slo-latency",
    ),
    Alert(
        "slo-latency-ticket",
        "warning",
        "Response times miss their targets steadily",
        "9.1",
        0,
        "alarms",
        "More than one request in twenty is slower than its target, for days.",
        "slo-latency",
    ),
)

ALERTS: Final[Mapping[str, Alert]] = {alert.id: alert for alert in _TABLE}

BUDGET_NOTICES_PCT: Final = (80, 100)
"""Per cent of the month's budget at which money is talked about (section 6.1: $10,000 and $12,500 of $12,500)."""


@dataclass(frozen=True)
class BurnWindow:
    """One pair of windows of a burn-rate alert: both must burn at `factor` times the rate that spends the month's
    budget exactly. Each window is `periods` periods of `period_s`, every one of them over the factor.
    """

    severity: Severity
    factor: float
    long_s: int
    short_s: int
    long_periods: int = 1

    @property
    def label(self) -> str:
        """Name the pair by its long window, in hours."""
        return f"{self.long_s * self.long_periods // 3600}h"


BURN_WINDOWS: Final = (
    BurnWindow("critical", 14.4, long_s=3600, short_s=300),
    BurnWindow("critical", 6.0, long_s=21600, short_s=1800),
    BurnWindow("warning", 1.0, long_s=86400, short_s=21600, long_periods=3),
)
"""1 h and 5 min at 14.4, 6 h and 30 min at 6, 3 d and 6 h at 1. Source: Google's SRE workbook, "Alerting on SLOs",
table 5-8. A metric's period ends at a day, so three days are three periods of a day (docs/adr/0004-slo-windows.md)."""
