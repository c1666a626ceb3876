"""The container registry."""

from typing import Any

from tests.contract.lifecycle.kit import Row


def replication(*regions: str) -> dict[str, Any]:
    return {"rules": [{"destinations": [{"region": region, "registryId": "123456789012"} for region in regions]}]}


ROWS = [
    Row(
        "aws:ecr/repository:Repository",
        inputs=lambda world: {
            "name": "breiq/app",
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": world.key()}],
            "forceDelete": True,
        },
        changed=lambda world: {
            "imageTagMutability": "MUTABLE",
            "imageScanningConfiguration": {"scanOnPush": False},
            "forceDelete": None,
        },
        replaces={"name", "encryptionConfigurations"},
        unseen={"forceDelete": "read by delete"},
    ),
    Row(
        "aws:ecr/replicationConfiguration:ReplicationConfiguration",
        inputs=lambda world: {"replicationConfiguration": replication("us-west-2")},
        changed=lambda world: {"replicationConfiguration": replication("us-west-2", "eu-west-1")},
    ),
]
