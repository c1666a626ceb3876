"""AWS Backup: vaults, their locks, plans and what they select."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Properties, found, register
from provisioner.handlers.common.generic import Generic

MISSING = ("ResourceNotFoundException",)
TAG_CALLS = ("tag_resource", "untag_resource", "list_tags")


@register
class Vault(Generic):
    """A vault of recovery points. Its id is its name."""

    type = "aws:backup/vault:Vault"
    taggable = True
    service = "backup"
    create_call = "create_backup_vault"
    read_call = "describe_backup_vault"
    delete_call = "delete_backup_vault"
    id_inputs = ("name",)
    adopts = False
    exists = ("AlreadyExistsException",)
    missing = MISSING
    names: ClassVar = {"name": "BackupVaultName", "kmsKeyArn": "EncryptionKeyArn"}
    only_here = frozenset({"forceDestroy"})
    outputs: ClassVar = {"arn": "BackupVaultArn"}
    tag_calls = TAG_CALLS


@register
class VaultLock(Generic):
    """What keeps a vault's recovery points from being deleted early. Its id is the vault's name.

    With `changeableForDays` it becomes a compliance lock, which nobody takes off once the days have passed.
    """

    type = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
    service = "backup"
    create_call = "put_backup_vault_lock_configuration"
    read_call = "describe_backup_vault"
    delete_call = "delete_backup_vault_lock_configuration"
    id_inputs = ("backupVaultName",)
    adopts = False
    missing = MISSING
    gone = "!Locked"
    outputs: ClassVar = {"backupVaultArn": "BackupVaultArn"}
    unread = frozenset({"changeableForDays"})  # AWS shows the day on which it ends


@register
class Plan(Generic):
    """When what is selected is backed up, and where copies go. Its id is AWS's."""

    type = "aws:backup/plan:Plan"
    taggable = True
    service = "backup"
    create_call = "create_backup_plan"
    read_call = "get_backup_plan"
    update_call = "update_backup_plan"
    delete_call = "delete_backup_plan"
    id_output = "BackupPlanId"
    id_parameter = "BackupPlanId"
    missing = MISSING
    gone = "DeletionDate"
    names: ClassVar = {
        "name": "BackupPlan.BackupPlanName",
        "rules": "BackupPlan.Rules",
        "rules.targetVaultName": "TargetBackupVaultName",
        "rules.schedule": "ScheduleExpression",
        "rules.startWindow": "StartWindowMinutes",
        "rules.completionWindow": "CompletionWindowMinutes",
        "rules.lifecycle.deleteAfter": "DeleteAfterDays",
        "rules.copyActions.destinationVaultArn": "DestinationBackupVaultArn",
        "rules.copyActions.lifecycle.deleteAfter": "DeleteAfterDays",
    }
    outputs: ClassVar = {"arn": "BackupPlanArn", "version": "VersionId"}
    tag_calls = TAG_CALLS
    find_call = "list_backup_plans"
    find_in = "BackupPlansList"
    find_by: ClassVar = {"name": "BackupPlanName"}
    find_id = "BackupPlanId"

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; the plan is one level down."""
        return super().observe(aws, resource_id, {**document, **document["BackupPlan"]})

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; the plan is replaced whole, under its name."""
        wanted = {name: item for name, item in new.items() if name in ("name", "rules")}
        return self.parameters(aws, "update_backup_plan", wanted)


@register
class Selection(Generic):
    """What a plan backs up. Its id is AWS's; importing takes `<plan>|<id>`, as Terraform's provider does."""

    type = "aws:backup/selection:Selection"
    service = "backup"
    create_call = "create_backup_selection"
    read_call = "get_backup_selection"
    delete_call = "delete_backup_selection"
    id_output = "SelectionId"
    missing = (*MISSING, "InvalidParameterValueException")
    document = "BackupSelection"
    names: ClassVar = {
        "planId": "BackupPlanId",
        "name": "BackupSelection.SelectionName",
        "iamRoleArn": "BackupSelection.IamRoleArn",
        "resources": "BackupSelection.Resources",
    }

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        answer = self.call(aws, self.create_call, **self.create_arguments(aws, inputs))
        resource_id = f"{inputs['planId']}|{answer['SelectionId']}"
        return Created(resource_id, self.read(aws, resource_id, inputs) or {})

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic."""
        plan, _, selection = resource_id.partition("|")
        return {"BackupPlanId": plan, "SelectionId": selection}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        return {**super().observe(aws, resource_id, document), "planId": resource_id.partition("|")[0]}

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by name among the plan's selections."""
        plan = inputs["planId"]
        answer = found(lambda: self.call(aws, "list_backup_selections", BackupPlanId=plan), *self.missing) or {}
        for one in answer.get("BackupSelectionsList", []):
            if one["SelectionName"] == inputs["name"]:
                return f"{plan}|{one['SelectionId']}"
        return None
