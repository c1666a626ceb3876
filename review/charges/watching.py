"""What watches the estate: logs, metrics, alarms, canaries, notices, queues, schedules."""

from collections.abc import Iterator
from typing import Final

from review.charges.base import Asked, Charge, Charges
from review.charges.network import runs_per_month
from review.plan import part

DAYS_OF_A_MONTH: Final = 30


def _log_group(asked: Asked) -> Iterator[Charge]:
    """A region's log volume, spread over its groups: what is taken in, and what is kept (compressed)."""
    used, once = asked.used, tuple(asked.setting.usage.one_off_tasks)
    if used is None or asked.text("name").endswith(once):
        return
    groups = asked.setting.plan.of_type("cloudwatch/LogGroup")
    busy = [one for one in groups if one.region == asked.region and not str(one.known("name")).endswith(once)]
    taken_in = used.log_gb / len(busy)
    months = asked.number("retentionInDays", DAYS_OF_A_MONTH) / DAYS_OF_A_MONTH
    kept = taken_in * months * asked.setting.usage.log_compression_ratio
    yield from asked.charge("taken in", "AmazonCloudWatch", "DataProcessing-Bytes", taken_in, assumed=True)
    yield from asked.charge("kept", "AmazonCloudWatch", "TimedStorage-ByteHrs", kept, assumed=True)


def _cluster(asked: Asked) -> Iterator[Charge]:
    """A cluster is free; the metrics of Container Insights and of the tasks themselves are custom metrics."""
    used = asked.used
    if used is None:
        return
    insights = any(row.get("value") in ("enabled", "enhanced") for row in asked.resource.records("settings"))
    metrics = used.custom_metrics + (used.container_insights_metrics if insights else 0)
    yield from asked.charge(
        "custom metrics" + (", Container Insights' too" if insights else ""),
        "AmazonCloudWatch",
        "CW:MetricMonitorUsage",
        metrics / asked.siblings,
        assumed=True,
    )


def _alarm(asked: Asked) -> Iterator[Charge]:
    """An alarm is charged by the metrics that it reads; a period under a minute makes it a high-resolution one."""
    queries = asked.resource.records("metricQueries")
    metrics = max(sum(1 for query in queries if query.get("metric")), 1)
    periods = [asked.number("period", 60), *(part(query, "metric").get("period", 60) for query in queries)]
    fast = min(float(period) for period in periods) < 60
    usage = "CW:HighResAlarmMonitorUsage" if fast else "CW:AlarmMonitorUsage"
    banded = 3 if asked.text("thresholdMetricId") else 1  # an anomaly band counts as the metric, and two bounds
    yield from asked.charge("alarm metrics", "AmazonCloudWatch", usage, metrics * banded)


def _composite_alarm(asked: Asked) -> Iterator[Charge]:
    yield from asked.charge("composite alarm", "AmazonCloudWatch", "CW:CompositeAlarmMonitorUsage", 1)


def _dashboard(asked: Asked) -> Iterator[Charge]:
    yield from asked.charge("dashboard", "AmazonCloudWatch", "DashboardsUsageHour", 1)


def _canary(asked: Asked) -> Iterator[Charge]:
    schedule = asked.resource.record("schedule")
    runs = runs_per_month(str(schedule.get("expression", "")), asked.hours)
    yield from asked.charge("runs", "AmazonCloudWatch", "CW:Canary-runs", runs)


def _delivery_stream(asked: Asked) -> Iterator[Charge]:
    """What carries a region's logs to the archive, in records rounded up to 5 KB (log batches are larger)."""
    if used := asked.used:
        usage = "BilledBytes"
        yield from asked.charge(
            "logs carried", "AmazonKinesisFirehose", usage, used.log_gb / asked.siblings, assumed=True
        )


def _topic(asked: Asked) -> Iterator[Charge]:
    if used := asked.used:
        notices = used.notices_thousands * 1000 / asked.siblings
        yield from asked.charge("published", "AmazonSNS", "Requests-Tier1", notices, assumed=True)
        yield from asked.charge("delivered by HTTPS", "AmazonSNS", "DeliveryAttempts-HTTP", notices, assumed=True)


def _queue(asked: Asked) -> Iterator[Charge]:
    if used := asked.used:
        usage = "Requests-FIFO-Tier1" if asked.flag("fifoQueue") else "Requests-Tier1"
        requests = used.queue_requests_millions * 1e6 / asked.siblings
        yield from asked.charge("requests", "AWSQueueService", usage, requests, assumed=True)


def _schedule(asked: Asked) -> Iterator[Charge]:
    runs = runs_per_month(asked.text("scheduleExpression"), asked.hours)
    yield from asked.charge("invocations", "AWSEvents", "ScheduledInvocation", runs)


def _target_tracking(asked: Asked) -> Iterator[Charge]:
    """Target tracking makes two alarms of its own, to scale out and in."""
    if asked.text("policyType") == "TargetTrackingScaling":
        yield from asked.charge("its two alarms", "AmazonCloudWatch", "CW:AlarmMonitorUsage", 2)


def _objective(asked: Asked) -> Iterator[Charge]:
    if used := asked.used:
        signals = used.signals_millions * 1e6 / asked.siblings
        yield from asked.charge("signals", "AmazonCloudWatch", "Application-Signals", signals, assumed=True)


CHARGES: Final[dict[str, Charges]] = {
    "cloudwatch/LogGroup": _log_group,
    "ecs/Cluster": _cluster,
    "cloudwatch/MetricAlarm": _alarm,
    "cloudwatch/CompositeAlarm": _composite_alarm,
    "cloudwatch/Dashboard": _dashboard,
    "synthetics/Canary": _canary,
    "kinesis/FirehoseDeliveryStream": _delivery_stream,
    "sns/Topic": _topic,
    "sqs/Queue": _queue,
    "scheduler/Schedule": _schedule,
    "appautoscaling/Policy": _target_tracking,
    "applicationsignals/ServiceLevelObjective": _objective,
}
