"""Values of secrets are such that every AWS service that gets them takes them."""

import re

import pytest

from estate import topology
from stackops.secret_values import make

NOT_GENERATED = {"token-key"}


@pytest.mark.parametrize("name", sorted({*topology.SECRETS} - NOT_GENERATED))
def test_a_value_is_one_that_elasticache_and_rds_take(name: str) -> None:
    """ElastiCache's token: 16 to 128 printable characters, of the special ones `!&#$^<>-` alone. Source: its API."""
    values = {make(name) for _ in range(50)}
    assert len(values) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9!&#$^<>-]{16,128}", value) for value in values)
