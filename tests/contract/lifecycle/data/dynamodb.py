"""DynamoDB."""

from typing import Any

from tests.contract.lifecycle.kit import Row

KEYS: dict[str, Any] = {
    "hashKey": "pk",
    "rangeKey": "sk",
    "attributes": [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
}

ROWS = [
    Row(
        "aws:dynamodb/table:Table",
        inputs=lambda world: {
            "name": "operations",
            "billingMode": "PAY_PER_REQUEST",
            **KEYS,
            "replicas": [{"regionName": "us-west-2", "consistencyMode": "STRONG"}],
            "globalTableWitness": {"regionName": "us-east-2"},
            "pointInTimeRecovery": {"enabled": True},
            "deletionProtectionEnabled": True,
        },
        changed=lambda world: {"pointInTimeRecovery": {"enabled": False}, "deletionProtectionEnabled": None},
        replaces={"name", "hashKey", "rangeKey"},
    ),
    Row(
        "aws:dynamodb/table:Table",
        label="plain",
        inputs=lambda world: {
            "name": "plain",
            "billingMode": "PROVISIONED",
            "readCapacity": 5,
            "writeCapacity": 5,
            **KEYS,
            "ttl": {"enabled": True, "attributeName": "until"},
            "streamEnabled": True,
            "streamViewType": "NEW_IMAGE",
        },
        changed=lambda world: {
            "readCapacity": 6,
            "replicas": [{"regionName": "us-west-2", "consistencyMode": "EVENTUAL"}],
            "ttl": {"enabled": False, "attributeName": "until"},
        },
        replaces={"name", "hashKey", "rangeKey"},
    ),
]
