"""RDS: the engine versions there are, which is the one that runs here. Operations are listed in `rds`."""

from typing import Any, Final

from localcloud.api.emulated import Parameters, RequestContext, add

VERSION: Final = "15"


def patch() -> None:
    """Answer DescribeDBEngineVersions, which moto lacks."""
    add("rds", {"DescribeDBEngineVersions": _describe})


def _describe(_: RequestContext, asked: Parameters) -> dict[str, Any]:
    fits = asked.get("Engine") in (None, "postgres") and asked.get("EngineVersion") in (None, VERSION)
    family = asked.get("DBParameterGroupFamily") in (None, f"postgres{VERSION}")
    found = {
        "Engine": "postgres",
        "EngineVersion": VERSION,
        "MajorEngineVersion": VERSION,
        "DBParameterGroupFamily": f"postgres{VERSION}",
        "DBEngineDescription": "PostgreSQL",
        "DBEngineVersionDescription": f"PostgreSQL {VERSION}",
        "ValidUpgradeTarget": [],
        "ExportableLogTypes": ["postgresql", "upgrade"],
        "SupportsLogExportsToCloudwatchLogs": True,
        "SupportsReadReplica": True,
        "SupportsParallelQuery": False,
        "SupportsGlobalDatabases": False,
        "Status": "available",
    }
    return {"DBEngineVersions": [found] if fits and family else []}
