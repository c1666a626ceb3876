"""RDS."""

from provisioner.handlers.common.base import Properties
from tests.contract.lifecycle.kit import STANDBY, Row, World


def subnet_group(world: World, region: str = "us-east-1") -> str:
    return world.make("aws:rds/subnetGroup:SubnetGroup", region, name="instances", subnetIds=world.subnets(region)).id


def parameter_group(world: World, name: str = "instances", region: str = "us-east-1") -> str:
    return world.make("aws:rds/parameterGroup:ParameterGroup", region, name=name, family="postgres15").id


def placed(world: World, region: str = "us-east-1") -> Properties:
    return {
        "instanceClass": "db.r6g.large",
        "dbSubnetGroupName": subnet_group(world, region),
        "vpcSecurityGroupIds": [world.group("database", region)],
        "parameterGroupName": parameter_group(world, region=region),
        "publiclyAccessible": False,
        "backupRetentionPeriod": 7,
        "backupWindow": "03:00-04:00",
        "maintenanceWindow": "sun:05:00-sun:06:00",
        "autoMinorVersionUpgrade": True,
        "copyTagsToSnapshot": True,
        "skipFinalSnapshot": True,
        "deleteAutomatedBackups": True,
        "enabledCloudwatchLogsExports": ["postgresql"],
    }


def primary(world: World) -> str:
    inputs = {"engine": "postgres", "username": "owner", "password": "a-long-password", "allocatedStorage": 20}
    instance = world.make("aws:rds/instance:Instance", identifier="source", **inputs, instanceClass="db.r6g.large")
    return str(instance.outputs["arn"])


BY_DELETE = dict.fromkeys(("skipFinalSnapshot", "deleteAutomatedBackups"), "read by delete")

ROWS = [
    Row(
        "aws:rds/subnetGroup:SubnetGroup",
        inputs=lambda world: {"name": "database", "subnetIds": world.subnets()[:2], "description": "for databases"},
        changed=lambda world: {"subnetIds": world.subnets(), "description": "for all databases"},
        replaces={"name"},
    ),
    Row(
        "aws:rds/parameterGroup:ParameterGroup",
        inputs=lambda world: {
            "name": "settings",
            "family": "postgres15",
            "description": "of the database",
            "parameters": [
                {"name": "max_connections", "value": "500", "applyMethod": "pending-reboot"},
                {"name": "log_min_duration_statement", "value": "1000"},
            ],
        },
        changed=lambda world: {
            "parameters": [
                {"name": "max_connections", "value": "600", "applyMethod": "pending-reboot"},
                {"name": "idle_in_transaction_session_timeout", "value": "60000", "applyMethod": "immediate"},
            ]
        },
        replaces={"name", "family", "description"},
    ),
    Row(
        "aws:rds/instance:Instance",
        inputs=lambda world: {
            "identifier": "one",
            **placed(world),
            "engine": "postgres",
            "engineVersion": "15.4",
            "username": "owner",
            "password": "a-long-password",
            "dbName": "breiq",
            "allocatedStorage": 100,
            "maxAllocatedStorage": 1000,
            "storageType": "gp3",
            "storageEncrypted": True,
            "kmsKeyId": world.key(),
            "multiAz": True,
            "deletionProtection": True,
            "caCertIdentifier": "rds-ca-rsa2048-g1",
            "port": 5432,
        },
        changed=lambda world: {
            "instanceClass": "db.r6g.xlarge",
            "allocatedStorage": 200,
            "backupRetentionPeriod": 14,
            "deletionProtection": None,
            "password": "another-long-password",
            "parameterGroupName": parameter_group(world, "others"),
            "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
        },
        replaces={"engine", "username", "dbName", "storageEncrypted", "kmsKeyId"},
        unseen={"password": "never shown", **BY_DELETE},
    ),
    Row(
        "aws:rds/instance:Instance",
        label="replica",
        region=STANDBY,
        inputs=lambda world: {
            "identifier": "replica",
            "replicateSourceDb": primary(world),
            **placed(world, STANDBY),
            "kmsKeyId": world.key(STANDBY),
            "multiAz": False,
            "deletionProtection": False,
        },
        changed=lambda world: {"instanceClass": "db.r6g.xlarge", "backupRetentionPeriod": 14},
        replaces={"kmsKeyId"},
        unseen=BY_DELETE,
    ),
]
