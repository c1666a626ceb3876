"""RDS's backups in another region."""

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
]
