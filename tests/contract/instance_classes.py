"""Which instance classes AWS has in our regions, from the tables that cfn-lint ships. Run it to write the file anew:

python tests/contract/instance_classes.py
"""

import json
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from estate.config.limits.tables import ZONES

FILE = Path(__file__).resolve().parents[2] / "estate" / "instance_classes.json"
REGIONS = tuple(ZONES)
"""Ours, and where a further environment might stand."""

TABLES = "data/schemas/extensions"


def tables() -> dict[str, dict[str, list[str]]]:
    """Return, by configuration section and region, the classes that may be chosen, sorted."""
    cache, search = (
        _table("aws_elasticache_cachecluster/cachenodetype_enum.json"),
        _table("aws_opensearchservice_domain/clusterconfig_instancetype_enum.json"),
    )
    database = _table("aws_rds_dbinstance/dbinstanceclass_enum.json")
    return {
        "cache": {region: sorted(cache[region]["enum"]) for region in REGIONS},
        "database": {region: sorted(set(_postgres(database[region]["allOf"]))) for region in REGIONS},
        "search": {region: sorted(search[region]["enum"]) for region in REGIONS},
    }


def text() -> str:
    """Return the file's content: one line a region, so that a difference can be read."""
    lines = [
        f'  "{section}": {{\n'
        + ",\n".join(f'    "{region}": {json.dumps(classes)}' for region, classes in regions.items())
        + "\n  }"
        for section, regions in tables().items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _table(path: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(files("cfnlint").joinpath(f"{TABLES}/{path}").read_text())
    return table


def _postgres(cases: Iterable[dict[str, Any]]) -> Iterable[str]:
    """Yield the classes of RDS for PostgreSQL: the cases are `if engine and licence … then class is one of`."""
    for case in cases:
        if case["if"]["properties"]["Engine"].get("const") == "postgres":
            yield from case["then"]["properties"]["DBInstanceClass"]["enum"]


if __name__ == "__main__":
    FILE.write_text(text())
