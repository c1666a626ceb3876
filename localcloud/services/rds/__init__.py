"""RDS for PostgreSQL: a record per DB instance, a real server behind each (PostgreSQL 15, TLS, streaming replicas)."""

from typing import TYPE_CHECKING, Any, Final

from localcloud.core.words import words

if TYPE_CHECKING:
    from localcloud.core.context import Context

OPERATIONS: Final = words(
    """
    CreateDBInstance CreateDBInstanceReadReplica DescribeDBInstances ModifyDBInstance DeleteDBInstance RebootDBInstance
    PromoteReadReplica CreateDBSubnetGroup DescribeDBSubnetGroups ModifyDBSubnetGroup DeleteDBSubnetGroup
    CreateDBParameterGroup DescribeDBParameterGroups ModifyDBParameterGroup DeleteDBParameterGroup DescribeDBParameters
    ResetDBParameterGroup
    AddTagsToResource ListTagsForResource RemoveTagsFromResource DescribeEvents DescribeDBEngineVersions
    DescribeOrderableDBInstanceOptions DescribeDBInstanceAutomatedBackups DescribeDBSnapshots
    StartDBInstanceAutomatedBackupsReplication StopDBInstanceAutomatedBackupsReplication
    """
)
SCOPE: Final = "region"


def patch() -> None:
    """Give moto's RDS unique resource ids, true states and AWS's rules of replicas."""
    from localcloud.services.rds import record

    fix()
    record.patch()


def fix() -> None:
    """Mend what moto does wrong, whether or not anything runs behind its records."""
    from localcloud.services.rds import backups, gaps

    gaps.patch()
    backups.patch()


def _instances(document: dict[str, Any]) -> dict[str, Any]:
    from localcloud.services.rds import record

    return {"instances": record.wanted(document["region"])}


def _report(document: dict[str, Any]) -> dict[str, Any]:
    from localcloud.services.rds import record

    return record.report(document)


VIEWS: Final = {"instances": _instances, "report": _report}


def Controller(context: "Context") -> Any:  # noqa: N802 - the name that every service module has
    """Return the region's controller."""
    from localcloud.services.rds.controller import RdsController

    return RdsController(context)
