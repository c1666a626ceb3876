"""ElastiCache."""

from tests.contract.lifecycle.kit import Row, World


def subnet_group(world: World) -> str:
    return world.make("aws:elasticache/subnetGroup:SubnetGroup", name="nodes", subnetIds=world.subnets()).id


def log(kind: str, group: str) -> dict[str, str]:
    return {"logType": kind, "logFormat": "json", "destinationType": "cloudwatch-logs", "destination": group}


ROWS = [
    Row(
        "aws:elasticache/subnetGroup:SubnetGroup",
        inputs=lambda world: {"name": "cache", "subnetIds": world.subnets()[:2], "description": "for caches"},
        changed=lambda world: {"subnetIds": world.subnets(), "description": "for all caches"},
        replaces={"name"},
    ),
    Row(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        inputs=lambda world: {
            "replicationGroupId": "cache",
            "description": "sessions",
            "engine": "redis",
            "engineVersion": "7.1",
            "nodeType": "cache.r6g.large",
            "numCacheClusters": 2,
            "automaticFailoverEnabled": True,
            "multiAzEnabled": True,
            "subnetGroupName": subnet_group(world),
            "parameterGroupName": "default.redis7",
            "securityGroupIds": [world.group("cache")],
            "port": 6379,
            "atRestEncryptionEnabled": True,
            "transitEncryptionEnabled": True,
            "authToken": "a-token-of-sixteen-characters",
            "kmsKeyId": world.key(),
            "snapshotRetentionLimit": 7,
            "snapshotWindow": "03:00-04:00",
            "maintenanceWindow": "sun:05:00-sun:06:00",
            "autoMinorVersionUpgrade": True,
            "logDeliveryConfigurations": [log("slow-log", "/cache/slow"), log("engine-log", "/cache/engine")],
        },
        changed=lambda world: {
            "description": "all sessions",
            "numCacheClusters": 3,
            "snapshotRetentionLimit": 8,
            "snapshotWindow": "04:00-05:00",
            "maintenanceWindow": "sun:06:00-sun:07:00",
            "securityGroupIds": [world.group("caches")],
            "autoMinorVersionUpgrade": False,
            "logDeliveryConfigurations": [log("slow-log", "/cache/slowest")],
        },
        replaces={"replicationGroupId", "subnetGroupName", "port", "atRestEncryptionEnabled", "kmsKeyId"},
        unseen={"authToken": "never shown"},
    ),
]
