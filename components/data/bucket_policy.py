"""Policies of buckets: what every bucket refuses, and what single services may do. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

Statement = dict[str, Any]

DELIVERY: Final = "delivery.logs.amazonaws.com"
MINIMUM_TLS: Final = "1.2"


def bucket_policy(bucket: str, statements: Sequence[Mapping[str, Any]]) -> str:
    """Return the policy that refuses requests without TLS, or with a TLS below 1.2, and allows what is given."""
    arn = f"arn:aws:s3:::{bucket}"
    refusal = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": [arn, f"{arn}/*"]}
    refusals = [
        {"Sid": "TlsOnly", **refusal, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Sid": "TlsIsNew", **refusal, "Condition": {"NumericLessThan": {"s3:TlsVersion": MINIMUM_TLS}}},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": [*refusals, *statements]})


def edge_reads(bucket: str, account_id: str, prefixes: Sequence[str]) -> list[Statement]:
    """Return what lets the account's distributions, and no one else's, read what is under the prefixes."""
    condition = {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudfront::{account_id}:distribution/*"}}
    resources = [f"arn:aws:s3:::{bucket}/{prefix}*" for prefix in prefixes]
    return [_service("EdgeReads", "cloudfront.amazonaws.com", "s3:GetObject", resources, condition)]


def access_logs(bucket: str, account_id: str) -> list[Statement]:
    """Return what lets S3, the load balancers, CloudFront (standard logs v2) and VPC flow logs deliver to the bucket,
    and S3 its inventories.

    Sources: S3 user guide, "Enabling Amazon S3 server access logging"; ELB user guide, "Enable access logs";
    CloudWatch Logs user guide, "Enable logging from AWS services" (S3).
    """
    arn = f"arn:aws:s3:::{bucket}"
    own = {"StringEquals": {"aws:SourceAccount": account_id}}
    delivery = {**own, "ArnLike": {"aws:SourceArn": f"arn:aws:logs:*:{account_id}:*"}}
    delivered = [f"{arn}/cloudfront/*", f"{arn}/vpc/AWSLogs/{account_id}/*"]
    balancers = [f"{arn}/load-balancer/AWSLogs/{account_id}/*"]
    return [
        _service("S3Logs", "logging.s3.amazonaws.com", "s3:PutObject", [f"{arn}/s3/*"], own),
        _service("LoadBalancerLogs", "logdelivery.elasticloadbalancing.amazonaws.com", "s3:PutObject", balancers),
        _service("DeliveredLogs", DELIVERY, "s3:PutObject", delivered, delivery),
        _service("Inventories", "s3.amazonaws.com", "s3:PutObject", [f"{arn}/inventory/*"], own),
        _service("DeliveryLooks", DELIVERY, "s3:GetBucketAcl", [arn], delivery),
    ]


def audit_trail(bucket: str, account_id: str, trail_arn: str, prefix: str) -> list[Statement]:
    """Return what lets our trail and AWS Config write below the prefix.

    Sources: CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail"; AWS Config developer guide, "Permissions
    for the Amazon S3 bucket".
    """
    arn = f"arn:aws:s3:::{bucket}"
    trails = {"StringEquals": {"aws:SourceArn": trail_arn}}
    own = {"StringEquals": {"aws:SourceAccount": account_id}}
    written = [f"{arn}/{prefix}AWSLogs/{account_id}/*"]
    return [
        _service("TrailLooks", "cloudtrail.amazonaws.com", "s3:GetBucketAcl", [arn], trails),
        _service("TrailWrites", "cloudtrail.amazonaws.com", "s3:PutObject", written, trails),
        _service("RecorderLooks", "config.amazonaws.com", ["s3:GetBucketAcl", "s3:ListBucket"], [arn], own),
        _service("RecorderWrites", "config.amazonaws.com", "s3:PutObject", written, own),
    ]


def _service(
    sid: str,
    service: str,
    action: str | Sequence[str],
    resources: Sequence[str],
    condition: Mapping[str, Any] | None = None,
) -> Statement:
    statement: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": list(resources),
    }
    return {**statement, "Condition": dict(condition)} if condition else statement
