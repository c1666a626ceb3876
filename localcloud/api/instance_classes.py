"""Which instance classes AWS offers: each size of each family, by service. Pure.

Source: the tables that cfn-lint ships, in the regions of `estate/instance_classes.json` (a test compares them).
"""

from typing import Final, Literal

Service = Literal["cache", "database", "search"]

_TABLES: Final[dict[Service, dict[str, str]]] = {
    "cache": {
        "micro small medium": "t2 t3 t4g",
        "large xlarge 2xlarge 4xlarge 10xlarge": "m4",
        "large xlarge 2xlarge 4xlarge 8xlarge 16xlarge": "r4",
        "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge": "m5 r5",
        "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge": "c7gn c8gn m6g m7g m8g r6g r7g r8g",
        "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge": "r6gd",
    },
    "database": {
        "micro": "t1",
        "micro small medium large xlarge 2xlarge": "t2 t3 t4g",
        "small medium large xlarge": "m1",
        "xlarge 2xlarge 4xlarge": "m2",
        "medium large xlarge 2xlarge": "m3",
        "large xlarge 2xlarge 4xlarge 8xlarge": "r3",
        "large xlarge 2xlarge 4xlarge 8xlarge 16xlarge": "r4",
        "large xlarge 2xlarge 4xlarge 10xlarge 16xlarge": "m4",
        "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge": "m6g m6gd m7g r6g r6gd r7g x2g",
        "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge": "m5 m5d r5 r5b r5d",
        "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge": (
            "m6i m6id m6idn m6in r6i r6id r6idn r6in"
        ),
        "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge": (
            "m7i m8a m8g m8gd m9g r7i r8a r8g r8gd"
        ),
        "xlarge 2xlarge 4xlarge 8xlarge 16xlarge 24xlarge 32xlarge": "x2iedn",
        "16xlarge 24xlarge 32xlarge": "x2idn",
    },
    "search": {
        "medium large": "ultrawarm1",
        "micro small medium": "t2",
        "small medium": "t3",
        "xlarge 2xlarge": "i2",
        "medium large xlarge 2xlarge": "m3",
        "large xlarge 2xlarge 4xlarge 10xlarge": "m4",
        "large xlarge 2xlarge 4xlarge 8xlarge": "c4 r3",
        "large xlarge 2xlarge 4xlarge 9xlarge 18xlarge": "c5",
        "large xlarge 2xlarge 3xlarge 6xlarge 12xlarge 18xlarge": "i8ge",
        "large xlarge 2xlarge 4xlarge 12xlarge": "m5 r5",
        "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge": "c6g m6g r6g",
        "large xlarge 2xlarge 4xlarge 8xlarge 16xlarge": "i3 i4g im4gn r4",
        "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge": "c7g c7i c8g i7i i8g m7i om2 r6gd r7i",
        "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge": "oi2",
        "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge": "i4i",
        "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge": "m7g m8g or1 or2 r7g r7gd r8g r8gd",
    },
}
"""Sizes → the families that have them."""

_FORMS: Final[dict[Service, str]] = {
    "cache": "cache.{family}.{size}",
    "database": "db.{family}.{size}",
    "search": "{family}.{size}.search",
}


def classes(service: Service) -> frozenset[str]:
    """Return the instance classes of ElastiCache, of RDS for PostgreSQL, or of OpenSearch Service."""
    return frozenset(
        _FORMS[service].format(family=family, size=size)
        for sizes, families in _TABLES[service].items()
        for size in sizes.split()
        for family in families.split()
    )


CACHE: Final = classes("cache")
DATABASE: Final = classes("database")
SEARCH: Final = classes("search")
