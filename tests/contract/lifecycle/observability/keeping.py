"""What becomes of objects and logs."""

import json
from typing import Any

from provisioner.handlers.common.base import Properties
from tests.contract.lifecycle.kit import STANDBY, Row, World, policy


def rules(days: int) -> list[dict[str, Any]]:
    return [
        {
            "id": "leftovers",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"expiredObjectDeleteMarker": True},
            "noncurrentVersionExpiration": {"noncurrentDays": days},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        },
        {
            "id": "processed",
            "status": "Enabled",
            "filter": {"prefix": "processed/"},
            "transitions": [
                {"days": days + 60, "storageClass": "STANDARD_IA"},
                {"days": 365, "storageClass": "GLACIER_IR"},
            ],
        },
    ]


def log_bucket(world: World) -> str:
    name = world.bucket("lifecycle-logs")
    delivery = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    world.make("aws:s3/bucketPolicy:BucketPolicy", bucket=name, policy=policy(delivery))
    return name


def inventory(world: World, prefix: str) -> Properties:
    target = {
        "format": "CSV",
        "bucketArn": f"arn:aws:s3:::{log_bucket(world)}",
        "accountId": "123456789012",
        "prefix": prefix,
    }
    return {
        "bucket": world.bucket(),
        "name": "weekly",
        "includedObjectVersions": "All",
        "schedule": {"frequency": "Weekly"},
        "destination": {"bucket": target},
        "optionalFields": ["Size", "StorageClass"],
    }


def stream(world: World, seconds: int) -> Properties:
    return {
        "bucketArn": f"arn:aws:s3:::{world.bucket()}",
        "roleArn": world.role("firehose"),
        "prefix": "logs/!{timestamp:yyyy/MM/dd}/",
        "errorOutputPrefix": "errors/!{firehose:error-output-type}/",
        "fileExtension": ".json.gz",
        "compressionFormat": "UNCOMPRESSED",
        "bufferingInterval": seconds,
        "bufferingSize": 128,
        "kmsKeyArn": world.key(),
    }


def subscription(world: World, pattern: str) -> str:
    arn = "arn:aws:firehose:us-east-1:123456789012:deliverystream/logs"
    return json.dumps({"DestinationArn": arn, "RoleArn": world.role("logs"), "FilterPattern": pattern})


ROWS = [
    Row(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        inputs=lambda world: {"bucket": world.bucket(), "rules": rules(30)},
        changed=lambda world: {"rules": rules(35)},
        replaces={"bucket"},
    ),
    Row(
        "aws:s3/bucketLogging:BucketLogging",
        inputs=lambda world: {
            "bucket": world.bucket(),
            "targetBucket": log_bucket(world),
            "targetPrefix": "s3/lifecycle-bucket/",
        },
        changed=lambda world: {"targetPrefix": "s3/"},
        replaces={"bucket"},
    ),
    Row(
        "aws:s3/inventory:Inventory",
        inputs=lambda world: inventory(world, "inventory"),
        changed=lambda world: {"destination": inventory(world, "weekly")["destination"]},
        replaces={"bucket", "name"},
    ),
    Row(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        inputs=lambda world: {
            "name": "logs",
            "destination": "extended_s3",
            "extendedS3Configuration": stream(world, 900),
            "serverSideEncryption": {"enabled": True, "keyType": "AWS_OWNED_CMK"},
        },
        changed=lambda world: {"extendedS3Configuration": stream(world, 300)},
        replaces={"name", "destination", "serverSideEncryption"},
    ),
    Row(
        "aws:cloudwatch/logAccountPolicy:LogAccountPolicy",
        inputs=lambda world: {
            "policyName": "archive",
            "policyType": "SUBSCRIPTION_FILTER_POLICY",
            "policyDocument": subscription(world, ""),
            "scope": "ALL",
        },
        changed=lambda world: {"policyDocument": subscription(world, "ERROR")},
        replaces={"policyName", "policyType"},
        region=STANDBY,
    ),
]
