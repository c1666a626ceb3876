"""AWS Backup."""

from typing import Any

from provisioner.handlers.common.base import Properties
from tests.contract.lifecycle.kit import EVERYTHING, STANDBY, Row, World


def vault(world: World, name: str = "one-vault", region: str = "us-east-1") -> str:
    return world.make("aws:backup/vault:Vault", region, name=name, kmsKeyArn=world.key(region)).id


def rules(world: World, days: int) -> list[dict[str, Any]]:
    copy_to = f"arn:aws:backup:{STANDBY}:123456789012:backup-vault:{vault(world, 'other-vault', STANDBY)}"
    return [
        {
            "ruleName": "daily",
            "targetVaultName": vault(world),
            "schedule": "cron(0 4 * * ? *)",
            "startWindow": 60,
            "completionWindow": 720,
            "lifecycle": {"deleteAfter": days},
            "copyActions": [{"destinationVaultArn": copy_to, "lifecycle": {"deleteAfter": days}}],
        }
    ]


def selection(world: World) -> Properties:
    return {
        "name": "stores",
        "planId": world.make("aws:backup/plan:Plan", name="plan of a selection", rules=rules(world, 7)).id,
        "iamRoleArn": world.role("backup"),
        "resources": ["arn:aws:rds:us-east-1:123456789012:db:one"],
    }


ROWS = [
    Row(
        "aws:backup/vault:Vault",
        inputs=lambda world: {"name": "stores", "kmsKeyArn": world.key()},
        replaces=EVERYTHING,
    ),
    Row(
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
        inputs=lambda world: {
            "backupVaultName": vault(world),
            "minRetentionDays": 7,
            "maxRetentionDays": 35,
            "changeableForDays": 3,
        },
        replaces=EVERYTHING,
        unseen={"changeableForDays": "AWS shows the day on which it ends"},
    ),
    Row(
        "aws:backup/plan:Plan",
        inputs=lambda world: {"name": "stores", "rules": rules(world, 7)},
        changed=lambda world: {"name": "all stores", "rules": rules(world, 35)},
    ),
    Row("aws:backup/selection:Selection", inputs=selection, replaces=EVERYTHING),
]
