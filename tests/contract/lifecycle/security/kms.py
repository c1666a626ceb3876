"""Keys."""

from tests.contract.lifecycle.kit import STANDBY, Row, World, policy

ACCOUNT = "arn:aws:iam::123456789012:root"


def key_policy(*services: str) -> str:
    others = [
        {"Effect": "Allow", "Principal": {"Service": one}, "Action": "kms:Decrypt", "Resource": "*"} for one in services
    ]
    return policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}, *others)


def another_key(world: World) -> str:
    return world.make("aws:kms/key:Key", description="another").id


ROWS = [
    Row(
        "aws:kms/key:Key",
        inputs=lambda world: {
            "description": "data",
            "multiRegion": True,
            "enableKeyRotation": True,
            "deletionWindowInDays": 30,
            "policy": key_policy(),
        },
        changed=lambda world: {
            "description": "all data",
            "enableKeyRotation": False,
            "policy": key_policy("logs.amazonaws.com"),
            "deletionWindowInDays": 7,
        },
        replaces={"multiRegion"},
        unseen={"deletionWindowInDays": "read by delete"},
    ),
    Row(
        "aws:kms/replicaKey:ReplicaKey",
        inputs=lambda world: {
            "primaryKeyArn": world.key(),
            "description": "data's replica",
            "deletionWindowInDays": 30,
            "policy": key_policy(),
        },
        changed=lambda world: {"description": "replica", "policy": key_policy("logs.amazonaws.com")},
        replaces={"primaryKeyArn"},
        unseen={"deletionWindowInDays": "read by delete"},
        region=STANDBY,
    ),
    Row(
        "aws:kms/alias:Alias",
        inputs=lambda world: {"name": "alias/data", "targetKeyId": world.key().rpartition("/")[2]},
        changed=lambda world: {"targetKeyId": another_key(world)},
        replaces={"name"},
    ),
]
