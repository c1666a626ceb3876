"""What roles may do besides what was called in the tests of the path: each action with the reason. A table to be read."""

from collections.abc import Mapping
from typing import Final

BY_TASKS: Final[Mapping[str, str]] = {
    "dynamodb:PutItem": "the renewer's beats: the one task that acts sends them",
    "es:ESHttpDelete": "the search domain is declared, and used by the app's own issue",
    "es:ESHttpGet": "the search domain",
    "es:ESHttpHead": "the search domain",
    "es:ESHttpPost": "the search domain",
    "es:ESHttpPut": "the search domain",
    "kms:Decrypt": "S3 asks KMS in the task's name, under SSE-KMS: nobody sees it as a call",
    "kms:GenerateDataKey": "S3 asks KMS in the task's name",
    "s3:AbortMultipartUpload": "an upload that the client breaks off",
    "s3:DeleteObject": "the orphan of an upload that was refused after it was written",
    "s3:GetObject": "only the worker and the service that stores; only where the traffic of a test has objects",
    "s3:PutObject": "uploads: only where the traffic of a test has them",
    "sqs:ChangeMessageVisibility": "the queues are declared, and used by the app's own issue",
    "sqs:DeleteMessage": "the queues",
    "sqs:GetQueueAttributes": "the queues",
    "sqs:ReceiveMessage": "the queues",
    "sqs:SendMessage": "the queues",
}

BY_RELEASES: Final[Mapping[str, str]] = {
    "dynamodb:DescribeTable": "whose account the caller's is, where STS is silent",
    "dynamodb:Query": "`release list` and `operation show`",
    "ecs:DeregisterTaskDefinition": "the revision of a release that is undone",
    "ecs:StopTask": "a migration or a smoke test that has not ended when a release is undone",
    "ecs:TagResource": "a revision is registered with its tags: AWS checks both in one call",
    "iam:PassRole": "a revision names the roles of its tasks: AWS checks both in one call",
    "kms:Decrypt": "Secrets Manager asks KMS in the caller's name",
    "kms:GenerateDataKey": "S3 asks KMS in the caller's name when a journal is written",
    "logs:FilterLogEvents": "breiqctl logs, and the last lines of tasks of a release that failed",
}

BY_OPERATIONS: Final[Mapping[str, str]] = BY_RELEASES
"""A failover may come when a release is under way, which it supersedes; what that left is undone at failback."""

BY_BREAK_GLASS: Final[Mapping[str, str]] = {
    **BY_OPERATIONS,
    "dynamodb:DeleteItem": "a lock whose owner is gone and whose table cannot be reached by breiqctl",
    "dynamodb:PutItem": "the writer lease, set by hand",
    "dynamodb:Scan": "what the table holds, read whole",
    "ec2:DescribeNetworkAcls": "quarantine of a lost region's database tier",
    "ec2:DescribeSubnets": "quarantine",
    "ec2:ReplaceNetworkAclAssociation": "quarantine",
    "ecs:ExecuteCommand": "a shell in a task",
    "logs:DescribeLogGroups": "logs, looked up by hand",
    "logs:GetLogEvents": "logs",
    "logs:GetQueryResults": "logs",
    "logs:StartQuery": "logs",
    "rds:RebootDBInstance": "a database that hangs",
    "rds:StartDBInstance": "an old primary, started to export the writes that were lost",
    "rds:StopDBInstance": "an old primary that must not write",
    "route53:ChangeResourceRecordSets": "the record edit: the documented last resort (docs/design.md#specification)",
    "route53:ListResourceRecordSets": "the record edit",
}
"""Nothing calls as break-glass: people do, from the runbooks."""

BY_ROLE: Final[Mapping[str, Mapping[str, str]]] = {
    "deploy": BY_RELEASES,
    "operations": BY_OPERATIONS,
    "break-glass": BY_BREAK_GLASS,
}
