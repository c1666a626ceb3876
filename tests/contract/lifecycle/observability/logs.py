"""CloudWatch Logs."""

from tests.contract.lifecycle.kit import Row

ROWS = [
    Row(
        "aws:cloudwatch/logGroup:LogGroup",
        inputs=lambda world: {
            "name": "/breiq/app",
            "retentionInDays": 30,
            "kmsKeyId": world.key(),
            "skipDestroy": False,
        },
        changed=lambda world: {"retentionInDays": 90, "kmsKeyId": None, "skipDestroy": None},
        replaces={"name"},
        unseen={"skipDestroy": "read by delete"},
    )
]
