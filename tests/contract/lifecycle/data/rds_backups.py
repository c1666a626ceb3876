"""RDS's backups in another region, and a reader beside its source: named by identifier, which no other region knows."""

from tests.contract.lifecycle.kit import EVERYTHING, STANDBY, Row, World


def source(world: World) -> str:
    return str(
        world.make(
            "aws:rds/instance:Instance",
            identifier="backed-up",
            engine="postgres",
            engineVersion="15",
            instanceClass="db.t4g.micro",
            allocatedStorage=20,
            username="owner",
            password="a-long-password",
            backupRetentionPeriod=7,
        ).outputs["arn"]
    )


ROWS = [
    Row(
        "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
        inputs=lambda world: {
            "sourceDbInstanceArn": source(world),
            "kmsKeyId": world.key(STANDBY),
            "retentionPeriod": 7,
        },
        replaces=EVERYTHING,
        region=STANDBY,
    ),
    Row(
        "aws:rds/instance:Instance",
        label="reader",
        inputs=lambda world: {
            "identifier": "backed-up-reader-1",
            "replicateSourceDb": source(world).rpartition(":")[2],
            "instanceClass": "db.t4g.micro",
            "backupRetentionPeriod": 7,
            "backupWindow": "01:00-02:00",
            "maintenanceWindow": "sat:03:00-sat:04:00",
            "skipFinalSnapshot": True,
        },
        changed=lambda world: {"backupRetentionPeriod": 14, "maintenanceWindow": "sun:03:00-sun:04:00"},
        unseen={"skipFinalSnapshot": "read by delete"},
    ),
]
