"""S3's replication metrics in CloudWatch, as they are at the moment of asking: how much waits, and for how long.

A data point a rule that asks for metrics, in the region of the source bucket.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
"""

from collections.abc import Iterator
from typing import Any

from localcloud.services.s3_replication import record
from localcloud.services.s3_replication.rules import Rule, parse


def patch() -> None:
    """Let CloudWatch read them."""
    from moto.s3.models import S3Backend

    backend: Any = S3Backend
    read = backend.get_cloudwatch_metrics.__func__

    def get_cloudwatch_metrics(cls: Any, account_id: str, region: str) -> list[Any]:
        return [*read(cls, account_id, region), *_measured(region)]

    backend.get_cloudwatch_metrics = classmethod(get_cloudwatch_metrics)


def _measured(region: str) -> Iterator[Any]:
    for name, bucket in list(record.buckets().items()):
        if bucket.region_name == region:
            for rule in parse(getattr(bucket, "replication", None)):
                if rule.measured:
                    yield from _of(name, rule)


def _of(source: str, rule: Rule) -> Iterator[Any]:
    from moto.cloudwatch.models import MetricDatum
    from moto.core.utils import utcnow

    now = utcnow()
    with record.LOCK:
        open_now = [c for c in record.copies().values() if c.source == source and c.rule.name == rule.name]
    oldest_s = max(((now - each.since).total_seconds() for each in open_now), default=0.0)
    dimensions = [
        {"Name": "SourceBucket", "Value": source},
        {"Name": "DestinationBucket", "Value": rule.bucket},
        {"Name": "RuleId", "Value": rule.name},
    ]
    for metric, value, unit in (
        ("ReplicationLatency", oldest_s, "Seconds"),
        ("BytesPendingReplication", sum(each.size_bytes for each in open_now), "Bytes"),
        ("OperationsPendingReplication", len(open_now), "Count"),
    ):
        yield MetricDatum("AWS/S3", metric, value, dimensions=dimensions, timestamp=now, unit=unit)
