"""What AWS refuses of a single request's values is refused; what it takes is not."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from localcloud.api.limits import refusal

FARGATE = {"requiresCompatibilities": ["FARGATE"]}


@pytest.mark.parametrize(
    ("service", "operation", "asked", "code"),
    [
        ("ecs", "RegisterTaskDefinition", {**FARGATE, "cpu": "256", "memory": "512"}, None),
        ("ecs", "RegisterTaskDefinition", {**FARGATE, "cpu": "300", "memory": "512"}, "ClientException"),
        ("ecs", "RegisterTaskDefinition", {**FARGATE, "cpu": "256", "memory": "4096"}, "ClientException"),
        ("ecs", "RegisterTaskDefinition", {"cpu": "300", "memory": "512"}, None),
        ("sqs", "CreateQueue", {"Attributes": {"VisibilityTimeout": "30", "Policy": "{}"}}, None),
        ("sqs", "CreateQueue", {"Attributes": {"MessageRetentionPeriod": "5"}}, "InvalidAttributeValue"),
        ("sqs", "SetQueueAttributes", {"Attributes": {"DelaySeconds": "901"}}, "InvalidAttributeValue"),
        ("sqs", "CreateQueue", {"QueueName": "q"}, None),
        ("ssm", "PutParameter", {"Value": "x" * 4096}, None),
        ("ssm", "PutParameter", {"Value": "x" * 4097}, "ValidationException"),
        ("ssm", "PutParameter", {"Value": "ä" * 2049}, "ValidationException"),
        ("ssm", "PutParameter", {"Value": "x" * 8192, "Tier": "Advanced"}, None),
        ("ssm", "PutParameter", {"Value": "x" * 8193, "Tier": "Advanced"}, "ValidationException"),
        ("secretsmanager", "CreateSecret", {"SecretString": "x" * 65536}, None),
        ("secretsmanager", "PutSecretValue", {"SecretString": "x" * 65537}, "ValidationException"),
        ("logs", "PutRetentionPolicy", {"retentionInDays": 30}, None),
        ("logs", "PutRetentionPolicy", {"retentionInDays": 31}, "InvalidParameterException"),
        ("rds", "CreateDBInstance", {"AllocatedStorage": 20, "MasterUserPassword": "12345678"}, None),
        ("rds", "CreateDBInstance", {"AllocatedStorage": 5}, "InvalidParameterValue"),
        ("rds", "CreateDBInstance", {"AllocatedStorage": 5, "StorageType": "standard"}, None),
        ("rds", "CreateDBInstance", {"AllocatedStorage": 20, "MasterUserPassword": "1234567"}, "InvalidParameterValue"),
        ("elasticache", "CreateReplicationGroup", {"AuthToken": "a-token-of-letters-23"}, None),
        ("elasticache", "CreateReplicationGroup", {"AuthToken": "short"}, "InvalidParameterValue"),
        ("elbv2", "CreateTargetGroup", {"Port": 443}, None),
        ("elbv2", "CreateTargetGroup", {"Port": 99999}, "ValidationError"),
        ("scheduler", "CreateSchedule", {"ScheduleExpression": "rate(1 day)"}, None),
        ("scheduler", "CreateSchedule", {"ScheduleExpression": "cron(0 3 ? * MON *)"}, None),
        ("scheduler", "UpdateSchedule", {"ScheduleExpression": "rate(5 fortnights)"}, "ValidationException"),
        ("scheduler", "CreateSchedule", {"ScheduleExpression": "cron(0 3 * *)"}, "ValidationException"),
        ("ssm", "GetParameter", {"Name": "x" * 9999}, None),
    ],
)
def test_values_are_refused_as_aws_refuses_them(
    service: str, operation: str, asked: dict[str, Any], code: str | None
) -> None:
    as_form = service in ("rds", "elasticache", "elbv2")
    found = refusal(service, operation, urlencode(asked).encode() if as_form else json.dumps(asked).encode())
    assert (found[0] if found else None) == code


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"[]", b"\xff", b'{"Attributes": []}', b'{"Value": 1}'])
@pytest.mark.parametrize("operation", [("sqs", "CreateQueue"), ("ssm", "PutParameter"), ("logs", "PutRetentionPolicy")])
def test_what_is_no_request_is_left_to_the_service(operation: tuple[str, str], body: bytes) -> None:
    assert refusal(*operation, body) is None
