"""Who calls the record: a task by its role, breiqctl's operations, anybody else."""

import pytest

from localcloud.api import caller
from localcloud.services.ecs.credentials import credentials

ROLE = "arn:aws:iam::123456789012:role/breiq-local-task-video"


@pytest.mark.parametrize(
    ("environ", "who"),
    [
        ({"HTTP_X_AMZ_SECURITY_TOKEN": credentials("abc", ROLE)["Token"]}, ROLE),
        ({"HTTP_X_AMZ_SECURITY_TOKEN": "of somebody else"}, "other"),
        ({"HTTP_USER_AGENT": "Boto3/1.44 breiqctl"}, "breiqctl"),
        ({}, "other"),
    ],
)
def test_a_caller_is_known_by_what_it_sends(environ: dict[str, str], who: str) -> None:
    assert caller(environ) == who
