"""SQS."""

import json

from tests.contract.lifecycle.kit import Row, World, policy


def dead_letters(world: World, receives: int) -> str:
    arn = world.make("aws:sqs/queue:Queue", name="dead").outputs["arn"]
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives})


def tls_only(name: str) -> str:
    return policy({"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": f"arn:aws:sqs:*:*:{name}"})


ROWS = [
    Row(
        "aws:sqs/queue:Queue",
        inputs=lambda world: {
            "name": "jobs",
            "visibilityTimeoutSeconds": 60,
            "messageRetentionSeconds": 345600,
            "receiveWaitTimeSeconds": 20,
            "kmsMasterKeyId": world.key(),
            "kmsDataKeyReusePeriodSeconds": 300,
            "policy": tls_only("jobs"),
            "redrivePolicy": dead_letters(world, 5),
        },
        changed=lambda world: {
            "visibilityTimeoutSeconds": 90,
            "messageRetentionSeconds": 86400,
            "policy": tls_only("*"),
            "redrivePolicy": dead_letters(world, 3),
        },
        replaces={"name"},
    ),
]
