"""RDS."""

from tests.contract.lifecycle.kit import Row

ROWS = [
    Row(
        "aws:rds/subnetGroup:SubnetGroup",
        inputs=lambda world: {"name": "database", "subnetIds": world.subnets()[:2], "description": "for databases"},
        changed=lambda world: {"subnetIds": world.subnets(), "description": "for all databases"},
        replaces={"name"},
    ),
]
