"""RDS's copies of automated backups in another region, which moto lacks: a record of what is replicated.

moto's RDS has Python's names for parameters.
"""

from typing import Any

from localcloud.api.emulated import ProblemError, RequestContext, add, new_id


def patch() -> None:
    """Add the operations."""
    add(
        "rds",
        {
            "StartDBInstanceAutomatedBackupsReplication": _start,
            "StopDBInstanceAutomatedBackupsReplication": _stop,
            "DescribeDBInstanceAutomatedBackups": _describe,
        },
    )


def _start(request: RequestContext, given: dict[str, Any]) -> dict[str, Any]:
    source = given["source_db_instance_arn"]
    instance = _instance(source)
    if source in request.kind("backups"):
        raise ProblemError("DBInstanceAutomatedBackupQuotaExceeded", f"{source} is replicated here already")
    if not instance.backup_retention_period:
        raise ProblemError("InvalidDBInstanceState", f"{source} has no automated backups")
    copy = {
        "DBInstanceArn": source,
        "DBInstanceIdentifier": source.rpartition(":")[2],
        "DbiResourceId": instance.dbi_resource_id,
        "DBInstanceAutomatedBackupsArn": f"arn:aws:rds:{request.region}:{request.account}:auto-backup:ab-{new_id()}",
        "Region": source.split(":")[3],
        "Status": "replicating",
        "Engine": "postgres",
        "Encrypted": "kms_key_id" in given,
        "KmsKeyId": given.get("kms_key_id"),
        "BackupRetentionPeriod": int(given.get("backup_retention_period", 7)),
    }
    request.kind("backups")[source] = {name: value for name, value in copy.items() if value is not None}
    return {"DBInstanceAutomatedBackup": request.kind("backups")[source]}


def _stop(request: RequestContext, given: dict[str, Any]) -> dict[str, Any]:
    copy = request.kind("backups").pop(given["source_db_instance_arn"], None)
    if copy is None:
        raise ProblemError("DBInstanceNotFound", f"{given['SourceDBInstanceArn']} is not replicated here")
    return {"DBInstanceAutomatedBackup": {**copy, "Status": "retained"}}


def _describe(request: RequestContext, given: dict[str, Any]) -> dict[str, Any]:
    """Return the copies that are kept here, and the backups of the region's own instances that have any."""
    from localcloud.api.record import backend

    own = [
        {
            "DBInstanceArn": instance.db_instance_arn,
            "DBInstanceIdentifier": instance.db_instance_identifier,
            "DbiResourceId": instance.dbi_resource_id,
            "Region": request.region,
            "Status": "active",
            "Engine": "postgres",
            "BackupRetentionPeriod": int(instance.backup_retention_period),
        }
        for instance in backend("rds", request.region).databases.values()
        if instance.backup_retention_period
    ]
    asked = {
        "DBInstanceAutomatedBackupsArn": given.get("db_instance_automated_backups_arn"),
        "DBInstanceIdentifier": given.get("db_instance_identifier"),
        "DbiResourceId": given.get("dbi_resource_id"),
    }
    wanted = {name: value for name, value in asked.items() if value}
    found = [
        backup
        for backup in (*request.kind("backups").values(), *own)
        if all(backup.get(name) == value for name, value in wanted.items())
    ]
    if "DBInstanceAutomatedBackupsArn" in wanted and not found:
        raise ProblemError("DBInstanceAutomatedBackupNotFound", f"{wanted['DBInstanceAutomatedBackupsArn']}")
    return {"DBInstanceAutomatedBackups": found}


def _instance(arn: str) -> Any:
    from localcloud.api.record import backend

    databases = backend("rds", arn.split(":")[3]).databases
    if arn.split(":")[6] not in databases:
        raise ProblemError("DBInstanceNotFound", f"{arn} does not exist")
    return databases[arn.split(":")[6]]
