"""The key policy of the data key: the account's IAM decides, and single services of AWS may use it. Pure.

A service that acts in somebody's name (RDS, ElastiCache, ECR, DynamoDB, Firehose, S3's replication) needs no word here:
it uses the rights of who called it, or of its role.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

MAKE: Final = "kms:GenerateDataKey*"
READ: Final = "kms:Decrypt"

NOTICES: Final = (
    "budgets.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "costalerts.amazonaws.com",
    "events.amazonaws.com",
    "sns.amazonaws.com",
)
"""What publishes to the encrypted topics of alarms."""


def key_policy(account_id: str, regions: Sequence[str]) -> str:
    """Return the policy, the same for the key and its replica.

    The account's own statement is AWS's default: without it nobody could fix a wrong policy. Source: KMS developer
    guide, "Default key policy".
    """
    account = {
        "Sid": "AccountDecides",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [account, *_services(account_id, regions)]})


def _services(account_id: str, regions: Sequence[str]) -> list[dict[str, Any]]:
    """Return what services of AWS may do with the key in their own name, for this account."""
    own = {"StringEquals": {"aws:SourceAccount": account_id}}
    logs = [f"arn:aws:logs:{region}:{account_id}:log-group:*" for region in regions]
    trails = f"arn:aws:cloudtrail:*:{account_id}:trail/*"
    return [
        _service("Notices", NOTICES, [READ, MAKE], own),
        _service("AccessLogs", ["delivery.logs.amazonaws.com"], [MAKE], own),
        _service("Recorder", ["config.amazonaws.com"], [READ, "kms:GenerateDataKey"], own),
        _service(
            "Edge",
            ["cloudfront.amazonaws.com"],
            [READ],
            {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudfront::{account_id}:distribution/*"}},
        ),
        _service(
            "Trail",
            ["cloudtrail.amazonaws.com"],
            [MAKE],
            {"StringLike": {"aws:SourceArn": trails, "kms:EncryptionContext:aws:cloudtrail:arn": trails}},
        ),
        _service("TrailLooks", ["cloudtrail.amazonaws.com"], ["kms:DescribeKey"], own),
        _service(
            "LogGroups",
            [f"logs.{region}.amazonaws.com" for region in regions],
            ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", MAKE, "kms:Describe*"],
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": logs}},
        ),
    ]


def _service(sid: str, services: Sequence[str], actions: Sequence[str], condition: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": list(actions),
        "Resource": "*",
        "Condition": dict(condition),
    }
