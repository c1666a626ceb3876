"""ElastiCache."""

from tests.contract.lifecycle.kit import Row

ROWS = [
    Row(
        "aws:elasticache/subnetGroup:SubnetGroup",
        inputs=lambda world: {"name": "cache", "subnetIds": world.subnets()[:2], "description": "for caches"},
        changed=lambda world: {"subnetIds": world.subnets(), "description": "for all caches"},
        replaces={"name"},
    ),
]
