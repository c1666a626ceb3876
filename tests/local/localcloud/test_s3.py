"""S3 between regions: replication over the link, statuses, what a cut or a lost region delays, where a bucket is."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.local.running_cloud import REGIONS, RunningCloud, eventually

pytestmark = pytest.mark.local
EAST, WEST = REGIONS
KEY_ARN = "arn:aws:kms:{}:123456789012:key/mrk-1"


class Pair:
    """Two buckets that replicate to each other, and a vault in the west that both fill below `kept/`."""

    def __init__(self, instance: RunningCloud) -> None:
        self.instance = instance
        mark = uuid.uuid4().hex[:8]
        self.names = {EAST: f"pair-{mark}-east", WEST: f"pair-{mark}-west"}
        self.vault = f"pair-{mark}-vault"
        self.s3 = {region: instance.client("s3", region) for region in REGIONS}
        for region, name in (*self.names.items(), (WEST, self.vault)):
            where = {} if region == EAST else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            self.s3[region].create_bucket(Bucket=name, **where)
            self.s3[region].put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        for region, other in ((EAST, WEST), (WEST, EAST)):
            rules = [self._to_other(other), self._to_vault()]
            self.s3[region].put_bucket_replication(
                Bucket=self.names[region], ReplicationConfiguration={"Role": "any", "Rules": rules}
            )

    def _to_other(self, other: str) -> dict[str, Any]:
        return {
            "ID": "to-other",
            "Status": "Enabled",
            "Priority": 1,
            "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Enabled"},
            "SourceSelectionCriteria": {
                "SseKmsEncryptedObjects": {"Status": "Enabled"},
                "ReplicaModifications": {"Status": "Enabled"},
            },
            "Destination": {
                "Bucket": f"arn:aws:s3:::{self.names[other]}",
                "EncryptionConfiguration": {"ReplicaKmsKeyID": KEY_ARN.format(other)},
                "Metrics": {"Status": "Enabled"},
            },
        }

    def _to_vault(self) -> dict[str, Any]:
        return {
            "ID": "to-vault",
            "Status": "Enabled",
            "Priority": 2,
            "Filter": {"Prefix": "kept/"},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": f"arn:aws:s3:::{self.vault}", "StorageClass": "GLACIER"},
        }

    def put(self, region: str, key: str, body: bytes = b"content", **more: Any) -> str:
        """Put an object; return its version id."""
        answer = self.s3[region].put_object(Bucket=self.names[region], Key=key, Body=body, **more)
        return str(answer["VersionId"])

    def head(self, region: str, key: str, version: str) -> dict[str, Any]:
        """Return what S3 says of a version."""
        found: dict[str, Any] = self.s3[region].head_object(Bucket=self.names[region], Key=key, VersionId=version)
        return found

    def status(self, region: str, key: str, version: str) -> str:
        """Return a version's replication status."""
        return str(self.head(region, key, version)["ReplicationStatus"])

    def wait_for(self, region: str, key: str, version: str, status: str) -> None:
        """Wait until a version has a status."""
        eventually(lambda: self.status(region, key, version), lambda seen: seen == status, deadline_s=10)

    def versions(self, region: str, bucket: str) -> dict[str, list[str]]:
        """Return the ids of a bucket's versions and delete markers, newest first."""
        answer = self.s3[region].list_object_versions(Bucket=bucket)
        return {kind: [each["VersionId"] for each in answer.get(kind, [])] for kind in ("Versions", "DeleteMarkers")}

    def pending(self, region: str, metric: str) -> float:
        """Return a replication metric of what the region's bucket sends to the other."""
        other = WEST if region == EAST else EAST
        dimensions = {"SourceBucket": self.names[region], "DestinationBucket": self.names[other], "RuleId": "to-other"}
        now = datetime.now(UTC)
        found = self.instance.client("cloudwatch", region).get_metric_statistics(
            Namespace="AWS/S3",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=5),
            Period=600,
            Statistics=["Maximum"],
        )
        return float(found["Datapoints"][0]["Maximum"])


@pytest.fixture(scope="module")
def pair(instance: RunningCloud) -> Pair:
    return Pair(instance)


@contextmanager
def _fault(instance: RunningCloud, name: str, **more: Any) -> Iterator[None]:
    fault = instance.ask("fault_start", name=name, for_s=60, **more)["fault_id"]
    try:
        yield
    finally:
        instance.ask("fault_stop", fault_id=fault)


def test_a_version_arrives_in_the_other_region_as_it_is_and_not_back(pair: Pair) -> None:
    body = bytes(range(256)) * 4096
    key = "kept/a file + more"
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY_ARN.format(EAST)}
    version = pair.put(EAST, key, body, ContentType="video/mp4", Metadata={"by": "me"}, Tagging="a=b", **encrypted)
    pair.wait_for(EAST, key, version, "COMPLETED")
    there = pair.s3[WEST].get_object(Bucket=pair.names[WEST], Key=key)
    assert there["Body"].read() == body
    assert (there["VersionId"], there["ReplicationStatus"]) == (version, "REPLICA")
    assert (there["ContentType"], there["Metadata"], there["TagCount"]) == ("video/mp4", {"by": "me"}, 1)
    assert there["SSEKMSKeyId"] == KEY_ARN.format(WEST)
    assert there["LastModified"] == pair.head(EAST, key, version)["LastModified"]
    assert version not in pair.versions(WEST, pair.vault)["Versions"], "its rule does not take what is encrypted"
    assert pair.versions(EAST, pair.names[EAST])["Versions"].count(version) == 1


def test_each_rule_copies_what_it_names_and_replicas_fill_no_vault(pair: Pair) -> None:
    kept, other = pair.put(WEST, "kept/b"), pair.put(WEST, "other/b")
    for key, version in (("kept/b", kept), ("other/b", other)):
        pair.wait_for(WEST, key, version, "COMPLETED")
    stored = pair.s3[WEST].list_object_versions(Bucket=pair.vault)["Versions"]
    assert [(each["Key"], each["VersionId"], each["StorageClass"]) for each in stored] == [("kept/b", kept, "GLACIER")]
    assert {kept, other} <= set(pair.versions(EAST, pair.names[EAST])["Versions"])


def test_delete_markers_follow_and_deleted_versions_stay(pair: Pair) -> None:
    version = pair.put(EAST, "gone")
    marker = pair.s3[EAST].delete_object(Bucket=pair.names[EAST], Key="gone")["VersionId"]
    eventually(lambda: pair.versions(WEST, pair.names[WEST])["DeleteMarkers"], lambda seen: seen == [marker])
    pair.s3[EAST].delete_object(Bucket=pair.names[EAST], Key="gone", VersionId=version)
    assert version in pair.versions(WEST, pair.names[WEST])["Versions"]


def test_a_replica_s_new_tags_come_back_and_nothing_goes_round(pair: Pair) -> None:
    version = pair.put(EAST, "tagged")
    pair.wait_for(EAST, "tagged", version, "COMPLETED")
    tags = [{"Key": "seen", "Value": "there"}]
    pair.s3[WEST].put_object_tagging(Bucket=pair.names[WEST], Key="tagged", Tagging={"TagSet": tags})
    pair.wait_for(WEST, "tagged", version, "REPLICA")
    assert pair.s3[EAST].get_object_tagging(Bucket=pair.names[EAST], Key="tagged")["TagSet"] == tags
    assert pair.status(EAST, "tagged", version) == "COMPLETED"


def test_a_cut_link_leaves_what_is_written_pending_until_it_is_whole(instance: RunningCloud, pair: Pair) -> None:
    with _fault(instance, "link-cut"):
        written = [(f"cut/{number}", pair.put(EAST, f"cut/{number}", b"12345")) for number in range(6)]
        eventually(lambda: pair.pending(EAST, "ReplicationLatency"), lambda seconds: seconds > 0.3)
        assert pair.pending(EAST, "OperationsPendingReplication") == 6
        assert pair.pending(EAST, "BytesPendingReplication") == 30
        assert {pair.status(EAST, *one) for one in written} == {"PENDING"}
        assert not {version for _, version in written} & set(pair.versions(WEST, pair.names[WEST])["Versions"])
    for key, version in written:
        pair.wait_for(EAST, key, version, "COMPLETED")
    assert pair.pending(EAST, "OperationsPendingReplication") == 0


def test_a_lost_region_takes_and_shows_nothing_and_gets_later_what_it_missed(
    instance: RunningCloud, pair: Pair
) -> None:
    with _fault(instance, "region-loss", region=EAST):
        missed = pair.put(WEST, "missed")
        with pytest.raises(ConnectionClosedError):
            pair.s3[EAST].head_bucket(Bucket=pair.names[EAST])
        with pytest.raises(ConnectionClosedError):
            pair.s3[WEST].list_objects_v2(Bucket=pair.names[EAST])
        assert pair.status(WEST, "missed", missed) == "PENDING"
    pair.wait_for(WEST, "missed", missed, "COMPLETED")
    assert pair.status(EAST, "missed", missed) == "REPLICA"


def test_what_a_region_had_not_sent_when_it_was_lost_it_sends_when_it_is_back(
    instance: RunningCloud, pair: Pair
) -> None:
    with _fault(instance, "link-cut"):
        unsent = pair.put(EAST, "unsent")
        with _fault(instance, "region-loss", region=EAST):
            pass
    pair.wait_for(EAST, "unsent", unsent, "COMPLETED")
    assert pair.status(WEST, "unsent", unsent) == "REPLICA"


def test_a_bucket_answers_in_its_own_region_and_clients_find_it(pair: Pair) -> None:
    version = pair.put(EAST, "found")
    found = pair.s3[WEST].get_object(Bucket=pair.names[EAST], Key="found")
    assert (found["VersionId"], found["Body"].read()) == (version, b"content")
    where = [pair.s3[EAST].get_bucket_location(Bucket=name)["LocationConstraint"] for name in pair.names.values()]
    assert where == [None, WEST]


def test_a_conditional_write_has_one_winner(pair: Pair) -> None:
    def put(number: int) -> bool:
        try:
            pair.put(WEST, f"once/{number // 4}", IfNoneMatch="*")
        except ClientError as refused:
            assert refused.response["Error"]["Code"] == "PreconditionFailed"
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(put, range(40))) == 10
