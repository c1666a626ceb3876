"""Buckets, what is copied between them, and the rules by which their objects move and go."""

import json
from typing import Any

import pulumi

from components.data import bucket_policy, lifecycle
from components.data.bucket import Bucket, BucketArgs
from components.data.replication import Replication, ReplicationArgs, Vault
from tests.unit.components.kit import EAST, WEST, Cloud, build, environment, specimen


@specimen(Bucket)
def bucket(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, **changes: Any) -> Bucket:
    return Bucket("clips", BucketArgs("breiq-clips", "arn:key", cloud.west, **changes), opts)


@specimen(Replication)
def replication(
    cloud: Cloud, opts: pulumi.ResourceOptions | None = None, vault: list[str] | None = None
) -> Replication:
    keys = dict(zip((EAST, WEST), cloud.outputs("arn:key-east", "arn:key-west"), strict=True))
    names = {region: f"clips-{region}" for region in (EAST, WEST)}
    buckets = {
        region: Bucket(name, BucketArgs(name, keys[region], cloud.providers[region])) for region, name in names.items()
    }
    kept = Bucket("vault", BucketArgs("clips-vault", keys[WEST], cloud.west)) if vault else None
    args = ReplicationArgs(
        role_name="breiq-replication",
        boundary_arn="arn:boundary",
        buckets=buckets,
        names=names,
        key_arns=keys,
        providers=cloud.providers,
        vault=Vault(kept, "clips-vault", WEST, vault) if kept and vault else None,
    )
    return Replication("clips", args, opts)


# A bucket


def test_a_bucket_is_private_versioned_and_kept() -> None:
    made = build(bucket)
    assert made.tree() == [
        "s3.Bucket clips: us-west-2; protected",
        "s3.BucketPolicy clips: us-west-2; after s3.BucketPublicAccessBlock clips",
        "s3.BucketPublicAccessBlock clips: us-west-2",
        "s3.BucketServerSideEncryptionConfiguration clips: us-west-2",
        "s3.BucketVersioning clips: us-west-2",
    ]
    assert made.gives == {
        "arn": "arn:aws:any:us-west-2:111122223333:breiq-clips",
        "name": "breiq-clips",
        "versioning": "s3.BucketVersioning clips",
        "policy": "s3.BucketPolicy clips",
    }
    closed = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert made.inputs("s3.BucketPublicAccessBlock") == {"bucket": "breiq-clips", **dict.fromkeys(closed, True)}


def encryption(**changes: Any) -> dict[str, Any]:
    def made(cloud: Cloud) -> Bucket:
        return Bucket(
            "clips", BucketArgs(**{"bucket": "clips", "kms_key_arn": None, "provider": cloud.west, **changes})
        )

    (rule,) = build(made).inputs("s3.BucketServerSideEncryptionConfiguration")["rules"]
    return dict(rule)


def test_a_bucket_key_goes_with_a_key_of_ours() -> None:
    ours = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn:key"}
    assert encryption(kms_key_arn="arn:key") == {"applyServerSideEncryptionByDefault": ours, "bucketKeyEnabled": True}
    theirs = {"sseAlgorithm": "AES256"}
    assert encryption() == {"applyServerSideEncryptionByDefault": theirs, "bucketKeyEnabled": False}


def test_what_a_bucket_is_told_besides_waits_for_what_it_needs() -> None:
    def made(cloud: Cloud) -> Bucket:
        logs = Bucket("logs", BucketArgs("breiq-logs", None, cloud.west))
        rules = [lifecycle.leftovers(7)]
        return bucket(cloud, log_bucket=logs, lifecycle=rules, lock_days=3, lock_mode="COMPLIANCE")

    told = build(made)
    assert set(told.tree()) - set(build(bucket).tree()) == {
        "s3.BucketLifecycleConfiguration clips: us-west-2; after s3.BucketVersioning clips",
        "s3.BucketLogging clips: us-west-2; after s3.BucketPolicy logs",
        "s3.BucketObjectLockConfiguration clips: us-west-2; after s3.BucketVersioning clips",
    }
    assert told.inputs("s3.Bucket")["objectLockEnabled"] is True
    kept = {"mode": "COMPLIANCE", "days": 3}
    assert told.inputs("s3.BucketObjectLockConfiguration")["rule"] == {"defaultRetention": kept}
    logging = told.inputs("s3.BucketLogging")
    assert (logging["targetBucket"], logging["targetPrefix"]) == ("breiq-logs", "s3/breiq-clips/")


# Its policy


def test_a_policy_refuses_old_tls_before_it_allows_anything() -> None:
    allowed = bucket_policy.edge_reads("clips", "123456789012", ["thumbnails/"])
    refused_plain, refused_old, reads = json.loads(bucket_policy.bucket_policy("clips", allowed))["Statement"]
    assert refused_plain["Effect"] == refused_old["Effect"] == "Deny"
    assert refused_plain["Resource"] == ["arn:aws:s3:::clips", "arn:aws:s3:::clips/*"]
    assert refused_plain["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert refused_old["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    assert (reads["Action"], reads["Resource"]) == ("s3:GetObject", ["arn:aws:s3:::clips/thumbnails/*"])


def test_no_service_of_aws_writes_for_another_account() -> None:
    trail = "arn:aws:cloudtrail:us-west-2:123456789012:trail/ours"
    statements = [
        *bucket_policy.access_logs("logs", "123456789012"),
        *bucket_policy.audit_trail("logs", "123456789012", trail, "audit/"),
        *bucket_policy.edge_reads("logs", "123456789012", [""]),
    ]
    assert [one["Sid"] for one in statements if "123456789012" not in json.dumps(one)] == []
    assert {one["Effect"] for one in statements} == {"Allow"}


# Where its objects go


def moves(rules: list[lifecycle.Rule]) -> dict[str, list[tuple[int, str]]]:
    return {
        rule["id"]: [(move["days"], move["storage_class"]) for move in rule["transitions"]]
        for rule in rules
        if "transitions" in rule
    }


def test_originals_go_to_glacier_and_what_is_watched_goes_there_later() -> None:
    storage = environment().storage
    assert moves(lifecycle.videos(storage)) == {
        "raw": [(storage.raw_glacier, "GLACIER")],
        "processed": [(storage.processed_ia, "STANDARD_IA"), (storage.processed_archive, "GLACIER_IR")],
    }


def test_what_is_soon_deleted_is_not_moved_before() -> None:
    assert moves(lifecycle.archive(environment("local").storage)) == {}
    assert moves(lifecycle.archive(environment("production").storage)).keys() == {"logs", "audit"}


def test_every_bucket_is_rid_of_leftovers() -> None:
    storage = environment().storage
    for rules in (
        lifecycle.videos(storage),
        lifecycle.vault(storage),
        lifecycle.archive(storage),
        lifecycle.access_logs(storage),
    ):
        (rule,) = [one for one in rules if one["id"] == "leftovers"]
        assert rule["noncurrent_version_expiration"]["noncurrent_days"] > 0
        assert rule["abort_incomplete_multipart_upload"] == {"days_after_initiation": 7}


# Replication


def test_two_buckets_replicate_to_each_other_once_both_keep_versions() -> None:
    made = build(replication)
    both = "s3.BucketVersioning clips-us-east-1, s3.BucketVersioning clips-us-west-2"
    assert made.tree() == [
        "Role clips-role",
        "  iam.Role clips-role: us-east-1",
        "  iam.RolePolicy clips-role: us-east-1",
        f"s3.BucketReplicationConfig clips-us-east-1: us-east-1; after {both}",
        f"s3.BucketReplicationConfig clips-us-west-2: us-west-2; after {both}",
    ]
    for here, there, key in ((EAST, WEST, "arn:key-west"), (WEST, EAST, "arn:key-east")):
        config = made.inputs("s3.BucketReplicationConfig", f"clips-{here}")
        (rule,) = config["rules"]
        assert (config["bucket"], rule["id"]) == (f"clips-{here}", f"to-{there}")
        assert rule["destination"]["bucket"] == f"arn:aws:any:{there}:111122223333:clips-{there}"
        assert rule["destination"]["encryptionConfiguration"] == {"replicaKmsKeyId": key}
        assert rule["deleteMarkerReplication"] == {"status": "Enabled"}
        assert rule["sourceSelectionCriteria"]["replicaModifications"] == {"status": "Enabled"}


def test_a_vault_is_filled_by_both_sides_prefix_by_prefix() -> None:
    made = build(replication, vault=["raw/", "processed/"])
    for here in (EAST, WEST):
        config = made.inputs("s3.BucketReplicationConfig", f"clips-{here}")
        rules = {rule["priority"]: (rule["id"], rule["filter"]["prefix"]) for rule in config["rules"][1:]}
        assert rules == {2: ("to-vault-raw", "raw/"), 3: ("to-vault-processed", "processed/")}
        assert {rule["destination"].get("storageClass") for rule in config["rules"]} == {None, "GLACIER"}
    written = json.loads(made.inputs("iam.RolePolicy")["policy"])["Statement"][2]
    assert written["Action"] == ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    assert written["Resource"] == [f"arn:aws:s3:::clips-{one}/*" for one in (EAST, WEST, "vault")]
