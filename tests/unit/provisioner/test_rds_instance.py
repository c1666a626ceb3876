"""What a deleted database instance leaves behind: asked of the instance itself, by calls that botocore's models check."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from provisioner.handlers.rds_instance import Instance


class OneInstance:
    """AWS with one instance, gone as soon as it is deleted."""

    region = "us-west-2"

    def __init__(self, **described: Any) -> None:
        self.rds: Any = boto3.client("rds", region_name=self.region, aws_access_key_id="x", aws_secret_access_key="x")
        self.stub = Stubber(self.rds)
        instance = {"DBInstanceIdentifier": "standby", "DBInstanceStatus": "available", "DbiResourceId": "db-1"}
        self.stub.add_response("describe_db_instances", {"DBInstances": [{**instance, **described}]})

    def client(self, service: str, region: str | None = None) -> Any:
        return self.rds

    def wait_for(self, what: str, check: Any, *, deadline_s: float) -> None:
        assert check()


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("arn:aws:rds:us-east-1:1:db:primary", {"SkipFinalSnapshot": True}),
        ("", {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": "standby-final"}),
    ],
    ids=["a replica", "one that was promoted since it was applied"],
)
def test_a_replica_alone_leaves_no_snapshot(source: str, left: dict[str, Any]) -> None:
    aws: Any = OneInstance(**({"ReadReplicaSourceDBInstanceIdentifier": source} if source else {}))
    aws.stub.add_response("delete_db_instance", {}, {"DBInstanceIdentifier": "standby", **left})
    aws.stub.add_client_error("describe_db_instances", "DBInstanceNotFound")
    applied = {"replicateSourceDb": "arn:aws:rds:us-east-1:1:db:primary", "finalSnapshotIdentifier": "standby-final"}
    with aws.stub:
        Instance().delete(aws, "db-1", applied)
        aws.stub.assert_no_pending_responses()
