"""Copies of an instance's automated backups in another region."""

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic


@register
class InstanceAutomatedBackupsReplication(Generic):
    """The replication of another region's backups to the region of the provider. Its id is the ARN of the copies.

    Nothing of it can be changed. What was copied stays, when it ends, until its retention ends.
    """

    type = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
    service = "rds"
    create_call = "start_db_instance_automated_backups_replication"
    read_call = "describe_db_instance_automated_backups"
    delete_call = "stop_db_instance_automated_backups_replication"
    id_output = "DBInstanceAutomatedBackup.DBInstanceAutomatedBackupsArn"
    read_parameter = "DBInstanceAutomatedBackupsArn"
    names: ClassVar = {"retentionPeriod": "BackupRetentionPeriod"}
    document = "DBInstanceAutomatedBackups[0]"
    outputs: ClassVar = {"sourceDbInstanceArn": "DBInstanceArn"}
    missing = ("DBInstanceAutomatedBackupNotFound", "DBInstanceNotFound")
    gone = "Status != 'replicating' && Status != 'pending'"
    ready = "Status == 'replicating'"
    waits_until_gone = True
    deadline_s = 4500.0
    """The provider's own limit for beginning is 75 minutes: the first copy is a whole snapshot."""

    find_call = "describe_db_instance_automated_backups"
    find_in = "DBInstanceAutomatedBackups"
    find_by: ClassVar = {"sourceDbInstanceArn": "DBInstanceArn"}
    find_id = "DBInstanceAutomatedBackupsArn"

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic; the region of the source is needed to sign for it."""
        source_region = inputs["sourceDbInstanceArn"].split(":")[3]
        return {**super().create_arguments(aws, inputs), "SourceRegion": source_region}

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; it is ended by its source's ARN."""
        if call == self.read_call:
            return super().id_arguments(aws, call, resource_id)
        described = self.described(aws, resource_id) or {}
        return {"SourceDBInstanceArn": described.get("DBInstanceArn", "")}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        if self.described(aws, resource_id) is not None:
            super().delete(aws, resource_id, outputs)
