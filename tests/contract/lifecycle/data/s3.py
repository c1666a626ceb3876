"""Buckets and their parts."""

from typing import Any

from tests.contract.lifecycle.kit import STANDBY, Row, World, policy


def versioned(world: World, name: str, region: str = "us-east-1") -> str:
    bucket = world.bucket(name, region)
    on = {"status": "Enabled"}
    world.make("aws:s3/bucketVersioning:BucketVersioning", region, bucket=bucket, versioningConfiguration=on)
    return bucket


def locked(world: World) -> str:
    return world.make("aws:s3/bucket:Bucket", bucket="locked-bucket", objectLockEnabled=True).id


def replication(world: World, priority: int, minutes: int) -> list[dict[str, Any]]:
    destination = {
        "bucket": f"arn:aws:s3:::{versioned(world, 'replica-bucket', STANDBY)}",
        "storageClass": "STANDARD",
        "encryptionConfiguration": {"replicaKmsKeyId": world.key(STANDBY)},
        "replicationTime": {"status": "Enabled", "time": {"minutes": minutes}},
        "metrics": {"status": "Enabled", "eventThreshold": {"minutes": minutes}},
    }
    return [
        {
            "id": "all",
            "status": "Enabled",
            "priority": priority,
            "filter": {"prefix": "videos/"},
            "deleteMarkerReplication": {"status": "Enabled"},
            "sourceSelectionCriteria": {
                "sseKmsEncryptedObjects": {"status": "Enabled"},
                "replicaModifications": {"status": "Enabled"},
            },
            "destination": destination,
        }
    ]


def encryption(key: str) -> list[dict[str, Any]]:
    default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key}
    return [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]


def tls_only(bucket: str, effect: str = "Deny") -> str:
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    return policy({"Effect": effect, "Principal": "*", "Action": "s3:*", "Resource": resources, "Condition": insecure})


SWITCHES = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

ROWS = [
    Row(
        "aws:s3/bucket:Bucket",
        inputs=lambda world: {"bucket": "one-bucket", "objectLockEnabled": True, "forceDestroy": True},
        changed=lambda world: {"forceDestroy": False},
        replaces={"bucket", "objectLockEnabled"},
        unseen={"forceDestroy": "read by delete"},
        region=STANDBY,
    ),
    Row(
        "aws:s3/bucketVersioning:BucketVersioning",
        inputs=lambda world: {"bucket": world.bucket(), "versioningConfiguration": {"status": "Enabled"}},
        changed=lambda world: {"versioningConfiguration": {"status": "Suspended"}},
        replaces={"bucket"},
        stays="versioning is suspended, never removed",
    ),
    Row(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        inputs=lambda world: {"bucket": world.bucket(), "rules": encryption("alias/aws/s3")},
        changed=lambda world: {"rules": encryption(world.key())},
        replaces={"bucket"},
    ),
    Row(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        inputs=lambda world: {"bucket": world.bucket(), **dict.fromkeys(SWITCHES, True)},
        changed=lambda world: {"blockPublicAcls": False},
        replaces={"bucket"},
    ),
    Row(
        "aws:s3/bucketPolicy:BucketPolicy",
        inputs=lambda world: {"bucket": world.bucket(), "policy": tls_only(world.bucket())},
        changed=lambda world: {"policy": tls_only(world.bucket(), "Allow")},
        replaces={"bucket"},
    ),
    Row(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        inputs=lambda world: {
            "bucket": locked(world),
            "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 30}},
        },
        changed=lambda world: {"rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 31}}},
        replaces={"bucket"},
    ),
    Row(
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        inputs=lambda world: {
            "bucket": versioned(world, "source-bucket"),
            "role": world.role("s3"),
            "rules": replication(world, 1, 15),
        },
        changed=lambda world: {"rules": replication(world, 2, 15)},
        replaces={"bucket"},
    ),
    Row(
        "aws:s3/bucketMetric:BucketMetric",
        inputs=lambda world: {"bucket": world.bucket(), "name": "uploads", "filter": {"prefix": "raw/"}},
        changed=lambda world: {"filter": {"prefix": "temp/"}},
        replaces={"bucket", "name"},
    ),
    Row(
        "aws:s3/bucketObjectv2:BucketObjectv2",
        inputs=lambda world: {
            "bucket": world.bucket(),
            "key": "canary/1.zip",
            "contentBase64": "aGVsbG8=",
            "contentType": "application/zip",
        },
        changed=lambda world: {"contentBase64": "d29ybGQ="},
        replaces={"bucket", "key"},
    ),
]
