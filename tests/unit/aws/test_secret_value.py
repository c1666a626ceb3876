"""A secret that is there is not one that can be read."""

from types import SimpleNamespace
from typing import Any

import pytest

from aws.secretsmanager import SecretsManager

CURRENT = {"VersionIdsToStages": {"1": ["AWSPREVIOUS"], "2": ["AWSCURRENT"]}}


@pytest.mark.parametrize(
    ("described", "usable"),
    [
        (CURRENT, True),
        ({**CURRENT, "DeletedDate": "2026-12-01"}, False),
        ({"VersionIdsToStages": {"1": ["AWSPENDING"]}}, False),
        ({}, False),
    ],
    ids=str,
)
def test_a_secret_has_a_value_when_it_is_current_and_not_being_deleted(described: Any, usable: bool) -> None:
    client = SimpleNamespace(describe_secret=lambda **_: described)
    session: Any = SimpleNamespace(region="us-west-2", client=lambda _name: client)
    assert SecretsManager(session).has_value("one") is usable
