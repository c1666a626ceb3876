"""RDS: a database instance's role and state, and its promotion."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from aws.calls import typed_errors
from aws.errors import AwsError

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

    from aws.session import Session


@dataclass(frozen=True)
class DatabaseInstance:
    """A database instance. `replica_of` is its source's identifier or ARN, None for a primary.

    `parameter_groups` are names with their state (`in-sync`, `pending-reboot`, `applying`); `allocated_gib` is what its
    storage may grow to.
    """

    identifier: str
    status: str
    replica_of: str | None
    replication_state: str | None
    resource_id: str
    pending: tuple[str, ...]
    parameter_groups: tuple[tuple[str, str], ...] = ()
    allocated_gib: int = 0
    replication_message: str = ""


class Rds:
    """RDS of one region."""

    def __init__(self, session: "Session") -> None:
        self.region, self._session = session.region, session

    @cached_property
    def _client(self) -> "RDSClient":
        client: RDSClient = self._session.client("rds")
        return client

    def instance(self, identifier: str) -> DatabaseInstance:
        """Return an instance. Raises NotFound."""
        with typed_errors("rds:DescribeDBInstances", self.region):
            one = self._client.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
        replication = [info for info in one.get("StatusInfos", []) if info.get("StatusType") == "read replication"]
        return DatabaseInstance(
            identifier=identifier,
            status=str(one.get("DBInstanceStatus", "")),
            replica_of=one.get("ReadReplicaSourceDBInstanceIdentifier") or None,
            replication_state=str(replication[0].get("Status")) if replication else None,
            resource_id=str(one.get("DbiResourceId", "")),
            pending=tuple(one.get("PendingModifiedValues", {})),
            parameter_groups=tuple(
                (str(group.get("DBParameterGroupName", "")), str(group.get("ParameterApplyStatus", "")))
                for group in one.get("DBParameterGroups", [])
            ),
            allocated_gib=max(int(one.get("AllocatedStorage", 0)), int(one.get("MaxAllocatedStorage", 0))),
            replication_message=str(replication[0].get("Message", "")) if replication else "",
        )

    def promote(self, identifier: str) -> None:
        """Ask for a replica's promotion to a standalone primary. The instance reboots; this cannot be undone.

        May be repeated: an instance that is being promoted, or is a primary already, is left alone.
        """
        try:
            with typed_errors("rds:PromoteReadReplica", self.region):
                self._client.promote_read_replica(DBInstanceIdentifier=identifier)
        except AwsError as error:
            if not str(error.aws_code).startswith("InvalidDBInstanceState"):
                raise
            now = self.instance(identifier)
            if now.replica_of is not None and now.status == "available":
                raise
