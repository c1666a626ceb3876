"""Who calls the record, and to do what: a task by its role, breiqctl's commands, anybody else."""

import pytest

from localcloud.api.calls import Calls, caller
from localcloud.core.keys import Keys
from localcloud.services.ecs.credentials import credentials

ROLE = "arn:aws:iam::123456789012:role/breiq-local-task-video"


@pytest.mark.parametrize(
    ("environ", "who"),
    [
        ({"HTTP_X_AMZ_SECURITY_TOKEN": credentials(Keys("AKIA", "secret"), "abc", ROLE, 0)["Token"]}, ROLE),
        ({"HTTP_X_AMZ_SECURITY_TOKEN": "of somebody else"}, "other"),
        ({"HTTP_USER_AGENT": "Boto3/1.44 breiqctl/deploy"}, "breiqctl deploy"),
        ({"HTTP_USER_AGENT": "breiqctl/failover Boto3/1.44"}, "breiqctl failover"),
        ({"HTTP_USER_AGENT": "Boto3/1.44 breiqctl/"}, "breiqctl"),
        ({}, "other"),
    ],
)
def test_a_caller_is_known_by_what_it_sends(environ: dict[str, str], who: str) -> None:
    assert caller(environ) == who


SIGNED = {"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=local/20261123/us-west-2/any/aws4_request, Signed"}


@pytest.mark.parametrize(
    ("service", "operation", "more", "body", "names"),
    [
        ("dynamodb", "GetItem", {}, b'{"TableName": "one", "Key": {}}', {"TableName": ["one"]}),
        (
            "ecs",
            "DescribeServices",
            {},
            b'{"cluster": "c", "services": ["a", "b"]}',
            {"cluster": ["c"], "services": ["a", "b"]},
        ),
        (
            "rds",
            "ModifyDBInstance",
            {},
            b"Action=ModifyDBInstance&DBInstanceIdentifier=db",
            {"DBInstanceIdentifier": ["db"]},
        ),
        ("s3", "PutObject", {"PATH_INFO": "/bucket/a/key"}, b"text", {"Bucket": ["bucket"]}),
        ("s3", "PutObject", {"HTTP_HOST": "b.s3.us-west-2.amazonaws.com", "PATH_INFO": "/key"}, b"", {"Bucket": ["b"]}),
        ("kms", "Decrypt", {}, b'{"KeyId": "kept by nobody"}', {}),
        ("dynamodb", "GetItem", {}, b"{no JSON", {}),
    ],
)
def test_a_call_is_noted_once_with_what_it_names(
    service: str, operation: str, more: dict[str, str], body: bytes, names: dict[str, list[str]]
) -> None:
    calls = Calls()
    for _ in range(2):
        calls.note({**SIGNED, **more}, service, operation, body)
    assert calls.document() == {"calls": [["other", "us-west-2", service, operation, names]]}
