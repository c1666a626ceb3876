"""What a deleted database instance leaves behind: asked of the instance itself, by calls that botocore's models check."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from provisioner.handlers.rds.instance import Instance


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


@pytest.mark.parametrize(
    ("described", "known", "seen"),
    [
        ({"AllocatedStorage": 5}, {"allocatedStorage": 20, "maxAllocatedStorage": 100}, 5),
        ({"AllocatedStorage": 35}, {"allocatedStorage": 20, "maxAllocatedStorage": 100}, 20),
        ({"AllocatedStorage": 35}, {"allocatedStorage": 20}, 35),
        ({"AllocatedStorage": 135}, {"allocatedStorage": 20, "maxAllocatedStorage": 100}, 135),
        ({"AllocatedStorage": 20, "PendingModifiedValues": {"AllocatedStorage": 40}}, {"allocatedStorage": 40}, 40),
    ],
    ids=["less", "grown by itself", "grown by hand", "beyond what may be", "asked for, and waiting for the window"],
)
def test_less_storage_is_seen_and_what_grew_by_itself_is_as_wanted(
    described: dict[str, Any], known: dict[str, Any], seen: int
) -> None:
    aws: Any = OneInstance(**described)
    with aws.stub:
        observed = Instance().seen(aws, "db-1", known, tags=False)
    assert observed is not None
    assert observed["allocatedStorage"] == seen


def test_smaller_storage_is_refused_with_the_reason() -> None:
    refusal = Instance().refusal
    reason = refusal({"allocatedStorage": 20}, {"allocatedStorage": 5}, frozenset({"allocatedStorage"}))
    assert reason is not None
    assert "20 to 5 GiB" in reason
    assert refusal({"allocatedStorage": 5}, {"allocatedStorage": 20}, frozenset({"allocatedStorage"})) is None
    assert refusal({"allocatedStorage": 20}, {"allocatedStorage": 20}, frozenset({"iops"})) is None


def test_what_grew_by_itself_is_not_made_smaller_by_another_change() -> None:
    aws: Any = OneInstance(AllocatedStorage=35)
    described = {"DBInstanceIdentifier": "standby", "DBInstanceStatus": "available", "DbiResourceId": "db-1"}
    again = {"DBInstances": [{**described, "AllocatedStorage": 35}]}
    asked = {"DBInstanceIdentifier": "standby", "ApplyImmediately": True, "AllocatedStorage": 35, "Iops": 4000}
    aws.stub.add_response("describe_db_instances", again)
    aws.stub.add_response("modify_db_instance", {}, asked)
    for _ in range(2):
        aws.stub.add_response("describe_db_instances", again)
    new = {"allocatedStorage": 20, "maxAllocatedStorage": 100, "iops": 4000}
    with aws.stub:
        Instance().update(aws, "db-1", {**new, "iops": 3000}, new, frozenset({"iops"}))
        aws.stub.assert_no_pending_responses()
