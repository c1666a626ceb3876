"""CloudTrail and AWS Config."""

from typing import Any

from tests.contract.lifecycle.kit import Row, World


def selectors(kind: str) -> list[dict[str, Any]]:
    objects = {"type": "AWS::S3::Object", "values": ["arn:aws:s3:::lifecycle-bucket/"]}
    return [
        {"readWriteType": "All", "includeManagementEvents": True},
        {"readWriteType": kind, "includeManagementEvents": False, "dataResources": [objects]},
    ]


def recorder(world: World) -> str:
    return world.make(
        "aws:cfg/recorder:Recorder",
        name="account",
        roleArn=world.role("config"),
        recordingGroup={"allSupported": True, "includeGlobalResourceTypes": True},
    ).id


def channel(world: World) -> str:
    recorder(world)
    return world.make("aws:cfg/deliveryChannel:DeliveryChannel", name="account", s3BucketName=world.bucket()).id


def started(world: World) -> dict[str, Any]:
    channel(world)
    return {"name": recorder(world), "isEnabled": True}


ROWS = [
    Row(
        "aws:cloudtrail/trail:Trail",
        inputs=lambda world: {
            "name": "everything",
            "s3BucketName": world.bucket(),
            "s3KeyPrefix": "audit",
            "kmsKeyId": world.key(),
            "isMultiRegionTrail": True,
            "includeGlobalServiceEvents": True,
            "enableLogFileValidation": True,
            "enableLogging": True,
            "eventSelectors": selectors("WriteOnly"),
        },
        changed=lambda world: {
            "s3KeyPrefix": "trail",
            "enableLogging": False,
            "eventSelectors": selectors("All"),
        },
        replaces={"name"},
    ),
    Row(
        "aws:cfg/recorder:Recorder",
        inputs=lambda world: {
            "name": "account",
            "roleArn": world.role("config"),
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
        },
        changed=lambda world: {"recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": False}},
        replaces={"name"},
        region="eu-west-1",
    ),
    Row(
        "aws:cfg/deliveryChannel:DeliveryChannel",
        inputs=lambda world: {
            "name": "account",
            "s3BucketName": world.bucket(recorder(world) and "lifecycle-bucket"),
            "s3KeyPrefix": "audit",
            "s3KmsKeyArn": world.key(),
            "snapshotDeliveryProperties": {"deliveryFrequency": "TwentyFour_Hours"},
        },
        changed=lambda world: {"s3KeyPrefix": "config"},
        replaces={"name"},
    ),
    Row(
        "aws:cfg/recorderStatus:RecorderStatus",
        inputs=started,
        replaces={"name"},
    ),
    Row(
        "aws:cfg/rule:Rule",
        inputs=lambda world: {
            "name": f"{recorder(world)}-rule",
            "source": {"owner": "AWS", "sourceIdentifier": "RDS_STORAGE_ENCRYPTED"},
        },
        changed=lambda world: {"source": {"owner": "AWS", "sourceIdentifier": "ENCRYPTED_VOLUMES"}},
        replaces={"name"},
    ),
]
