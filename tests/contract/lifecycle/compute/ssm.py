"""Systems Manager."""

from tests.contract.lifecycle.kit import Row

ROWS = [
    Row(
        "aws:ssm/parameter:Parameter",
        inputs=lambda world: {
            "name": "/breiq/size",
            "type": "String",
            "value": "5",
            "description": "a size",
            "tier": "Standard",
        },
        changed=lambda world: {"value": "6", "description": "another size"},
        replaces={"name"},
    )
]
