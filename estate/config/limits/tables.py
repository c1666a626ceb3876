"""Tables of AWS that limits are drawn from. `tests/contract/test_limits.py` compares them with what cfn-lint ships."""

from typing import Final

ZONES: Final[dict[str, str]] = {
    "us-east-1": "abcdef",
    "us-east-2": "abc",
    "us-west-2": "abcd",
    "eu-central-1": "abc",
    "eu-west-1": "abc",
    "eu-west-2": "abc",
    "eu-west-3": "abc",
    "ap-northeast-1": "abcd",
    "ap-northeast-2": "abcd",
    "ap-northeast-3": "abc",
}
"""The regions that a global table with multi-Region strong consistency may lie in, with the letters of their zones.

Source: DynamoDB developer guide, "Multi-Region strong consistency" (regions); EC2, DescribeAvailabilityZones.
"""

REGION_SETS: Final = (
    ("us-east-1", "us-east-2", "us-west-2"),
    ("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"),
    ("ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
)
"""Two replicas and their witness lie in one of these sets. Source: as above."""

FARGATE_MIB: Final[dict[int, tuple[int, ...]]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
    32768: (61440, 122880, 249856),
}
"""CPU units → memory. Source: ECS developer guide, "Fargate task definition considerations: task CPU and memory"."""

LOG_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""Source: CloudWatch Logs API, PutRetentionPolicy, retentionInDays."""

MONITORING_S: Final = (1, 5, 10, 15, 30, 60)
"""Source: RDS API, CreateDBInstance, MonitoringInterval (0 would switch it off: `monitoring.enhanced` does that)."""

POSTGRES_RESERVED: Final = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
    collation column concurrently constraint create cross current_catalog current_date current_role
    current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
    except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into
    is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on
    only or order outer overlaps placing postgres primary rdsadmin references returning right select
    session_user similar some symmetric table tablesample template0 template1 then to trailing true union unique
    user using variadic verbose when where window with
    """.split()  # noqa: SIM905 - a list would be a hundred lines
)
"""Words that cannot name a database. Source: PostgreSQL 15, appendix C (reserved); RDS's own databases."""


def zones(region: str) -> list[str]:
    """Return the names of a region's zones; none for a region that is not in the table."""
    return [f"{region}{letter}" for letter in ZONES.get(region, "")]
