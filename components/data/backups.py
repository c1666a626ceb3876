"""AWS Backup: recovery points that no mistake and no intruder in the account can delete (ADR 0011)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.options import child
from components.security.role import Role, RoleArgs, allow
from estate import topology
from estate.config import Environment

GRACE_DAYS: Final = 3
"""So long a compliance lock can still be taken off: AWS's least. Source: AWS Backup, "AWS Backup Vault Lock"."""
START_MINUTES: Final = 60
COMPLETE_MINUTES: Final = 720


@dataclass(frozen=True)
class BackupsArgs:
    """`resource_arns` are what is backed up, by region; keys and providers by region, exactly two regions."""

    environment: Environment
    resource_arns: Mapping[str, Sequence[str]]
    key_arns: Mapping[str, pulumi.Output[str]]
    providers: Mapping[str, pulumi.ProviderResource]


class Backups(pulumi.ComponentResource):
    """A locked vault a region, and a plan a region that fills it daily and copies each point to the other one: the
    roles of the regions swap, their plans need not.

    Specification: 4.1, 10.1
    """

    def __init__(self, name: str, args: BackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Backups", name, None, opts)
        environment = args.environment
        vaults = {region: self._vault(f"{name}-{region}", region, args) for region in args.providers}
        role = Role(
            f"{name}-role",
            RoleArgs(
                role_name=topology.role(environment, "backup"),
                service="backup.amazonaws.com",
                description="Takes and copies recovery points",
                policy=pulumi.Output.json_dumps(_policy(args)),
                boundary_arn=topology.boundary_arn(environment),
                provider=next(iter(args.providers.values())),
            ),
            pulumi.ResourceOptions(parent=self),
        )
        for region, provider in args.providers.items():
            plan = self._plan(f"{name}-{region}", region, args, vaults)
            aws.backup.Selection(
                f"{name}-{region}",
                name="stores",
                plan_id=plan.id,
                iam_role_arn=role.arn,
                resources=list(args.resource_arns[region]),
                opts=child(self, provider),
            )
        self.register_outputs({})

    def _plan(self, name: str, region: str, args: BackupsArgs, vaults: Mapping[str, Any]) -> Any:
        environment, backup = args.environment, args.environment.security.backup
        other, kept = vaults[environment.other_region(region)], {"delete_after": backup.retention}
        return aws.backup.Plan(
            name,
            name=topology.prefix(environment),
            rules=[
                {
                    "rule_name": "daily",
                    "target_vault_name": vaults[region].name,
                    "schedule": backup.schedule,
                    "start_window": START_MINUTES,
                    "completion_window": COMPLETE_MINUTES,
                    "lifecycle": kept,
                    "copy_actions": [{"destination_vault_arn": other.arn, "lifecycle": kept}],
                }
            ],
            opts=child(self, args.providers[region]),
        )

    def _vault(self, name: str, region: str, args: BackupsArgs) -> Any:
        backup = args.environment.security.backup
        vault = aws.backup.Vault(
            name,
            name=topology.backup_vault(args.environment),
            kms_key_arn=args.key_arns[region],
            opts=child(self, args.providers[region], protect=True),
        )
        aws.backup.VaultLockConfiguration(
            name,
            backup_vault_name=vault.name,
            min_retention_days=backup.retention,
            max_retention_days=backup.retention,
            changeable_for_days=GRACE_DAYS if backup.lock == "compliance" else None,
            opts=child(self, args.providers[region]),
        )
        return vault


def _policy(args: BackupsArgs) -> dict[str, Any]:
    """Return what AWS's own policy for backups (AWSBackupServiceRolePolicyForBackup) has for RDS and DynamoDB."""
    environment, account = args.environment, args.environment.account_id
    arns = [arn for region in args.resource_arns.values() for arn in region]
    databases, tables = ([arn for arn in arns if arn.split(":")[2] == kind] for kind in ("rds", "dynamodb"))
    snapshots = [f"arn:aws:rds:{region}:{account}:snapshot:awsbackup:*" for region in args.providers]
    backups = [f"{table}/backup/*" for table in tables]
    vaults = [
        f"arn:aws:backup:{region}:{account}:backup-vault:{topology.backup_vault(environment)}"
        for region in args.providers
    ]
    return {
        "Version": "2012-10-17",
        "Statement": [
            allow(["rds:DescribeDBInstances", "rds:DescribeDBSnapshots"], ["*"]),
            allow(["rds:CreateDBSnapshot"], [*databases, *snapshots]),
            allow(["rds:AddTagsToResource", "rds:ListTagsForResource"], [*databases, *snapshots]),
            allow(["rds:CopyDBSnapshot", "rds:DeleteDBSnapshot"], snapshots),
            allow(
                ["dynamodb:CreateBackup", "dynamodb:DescribeTable", "dynamodb:ListTagsOfResource"],
                tables,
            ),
            allow(["dynamodb:StartAwsBackupJob"], tables),
            allow(["dynamodb:DeleteBackup", "dynamodb:DescribeBackup"], backups),
            allow(["backup:CopyFromBackupVault", "backup:CopyIntoBackupVault"], vaults),
            allow(
                ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                list(args.key_arns.values()),
            ),
            allow(["tag:GetResources"], ["*"]),
        ],
    }
