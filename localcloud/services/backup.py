"""AWS Backup: vaults, locks, plans and selections as records. Nothing is backed up."""

from typing import Any, Final

from localcloud.api.emulated import Desk, Parameters, ProblemError, add, new_id, one
from localcloud.services import words

OPERATIONS: Final = words(
    """
    CreateBackupVault DescribeBackupVault DeleteBackupVault ListBackupVaults
    PutBackupVaultLockConfiguration DeleteBackupVaultLockConfiguration
    CreateBackupPlan GetBackupPlan UpdateBackupPlan DeleteBackupPlan ListBackupPlans
    CreateBackupSelection GetBackupSelection DeleteBackupSelection ListBackupSelections
    TagResource UntagResource ListTags
    """
)

MISSING: Final = "ResourceNotFoundException"


def patch() -> None:
    """Give moto what it lacks: selections, and plans that change."""
    add(
        "backup",
        {
            "CreateBackupSelection": _create_selection,
            "GetBackupSelection": _get_selection,
            "DeleteBackupSelection": _delete_selection,
            "ListBackupSelections": _list_selections,
            "CreateBackupPlan": _create_plan,
            "GetBackupPlan": _get_plan,
            "UpdateBackupPlan": _update_plan,
            "DeleteBackupPlan": _delete_plan,
            "ListBackupPlans": _list_plans,
            "ListTags": lambda desk, asked: {"Tags": desk.tags(asked["ResourceArn"])},
            "TagResource": _tag,
            "UntagResource": _untag,
            "CreateBackupVault": _create_vault,
            "DescribeBackupVault": _describe_vault,
            "ListBackupVaults": _list_vaults,
            "DeleteBackupVault": _delete_vault,
            "PutBackupVaultLockConfiguration": _lock,
            "DeleteBackupVaultLockConfiguration": _unlock,
        },
    )


def _create_vault(desk: Desk, asked: Parameters) -> dict[str, Any]:
    name = asked["BackupVaultName"]
    if name in desk.kind("vaults"):
        raise ProblemError("AlreadyExistsException", f"Backup vault with the same name already exists: {name}")
    vault = {
        "BackupVaultName": name,
        "BackupVaultArn": f"arn:aws:backup:{desk.region}:{desk.account}:backup-vault:{name}",
        "EncryptionKeyArn": asked.get("EncryptionKeyArn"),
        "Locked": False,
    }
    desk.kind("vaults")[name] = vault
    desk.tags(vault["BackupVaultArn"]).update(asked.get("BackupVaultTags") or {})
    return {"BackupVaultName": name, "BackupVaultArn": vault["BackupVaultArn"]}


def _describe_vault(desk: Desk, asked: Parameters) -> dict[str, Any]:
    vault = one(desk.kind("vaults"), asked["BackupVaultName"], MISSING)
    return {name: value for name, value in vault.items() if value is not None}


def _list_vaults(desk: Desk, _: Parameters) -> dict[str, Any]:
    names = list(desk.kind("vaults"))
    return {"BackupVaultList": [_describe_vault(desk, {"BackupVaultName": name}) for name in names]}


def _delete_vault(desk: Desk, asked: Parameters) -> dict[str, Any]:
    desk.kind("vaults").pop(asked["BackupVaultName"], None)
    return {}


def _lock(desk: Desk, asked: Parameters) -> dict[str, Any]:
    vault = one(desk.kind("vaults"), asked["BackupVaultName"], MISSING)
    vault |= {name: asked.get(name) for name in ("MinRetentionDays", "MaxRetentionDays")} | {"Locked": True}
    return {}


def _unlock(desk: Desk, asked: Parameters) -> dict[str, Any]:
    vault = one(desk.kind("vaults"), asked["BackupVaultName"], MISSING)
    vault |= {"MinRetentionDays": None, "MaxRetentionDays": None, "Locked": False}
    return {}


def _create_plan(desk: Desk, asked: Parameters) -> dict[str, Any]:
    plan_id = new_id()
    arn = f"arn:aws:backup:{desk.region}:{desk.account}:backup-plan:{plan_id}"
    plan = {"BackupPlanId": plan_id, "BackupPlanArn": arn, "VersionId": new_id(), "BackupPlan": asked["BackupPlan"]}
    desk.kind("plans")[plan_id] = plan
    desk.tags(arn).update(asked.get("BackupPlanTags") or {})
    return plan


def _get_plan(desk: Desk, asked: Parameters) -> dict[str, Any]:
    plan: dict[str, Any] = one(desk.kind("plans"), asked["BackupPlanId"], MISSING)
    return plan


def _update_plan(desk: Desk, asked: Parameters) -> dict[str, Any]:
    plan = _get_plan(desk, asked)
    plan |= {"BackupPlan": asked["BackupPlan"], "VersionId": new_id()}
    return plan


def _delete_plan(desk: Desk, asked: Parameters) -> dict[str, Any]:
    desk.kind("plans").pop(asked["BackupPlanId"], None)
    return {}


def _list_plans(desk: Desk, asked: Parameters) -> dict[str, Any]:  # noqa: ARG001 - there are no pages
    shown = [
        {"BackupPlanId": plan_id, "BackupPlanName": plan["BackupPlan"]["BackupPlanName"]}
        for plan_id, plan in desk.kind("plans").items()
    ]
    return {"BackupPlansList": shown}


def _create_selection(desk: Desk, asked: Parameters) -> dict[str, Any]:
    one(desk.kind("plans"), asked["BackupPlanId"], MISSING)
    selection_id = new_id()
    desk.kind("selections")[selection_id] = {
        "BackupPlanId": asked["BackupPlanId"],
        "SelectionId": selection_id,
        "BackupSelection": asked["BackupSelection"],
    }
    return {"BackupPlanId": asked["BackupPlanId"], "SelectionId": selection_id}


def _get_selection(desk: Desk, asked: Parameters) -> dict[str, Any]:
    selection: dict[str, Any] = one(desk.kind("selections"), asked["SelectionId"], MISSING)
    return selection


def _delete_selection(desk: Desk, asked: Parameters) -> dict[str, Any]:
    desk.kind("selections").pop(asked["SelectionId"], None)
    return {}


def _list_selections(desk: Desk, asked: Parameters) -> dict[str, Any]:
    shown = [
        {"SelectionId": selection_id, "SelectionName": selection["BackupSelection"]["SelectionName"]}
        for selection_id, selection in desk.kind("selections").items()
        if selection["BackupPlanId"] == asked["BackupPlanId"]
    ]
    return {"BackupSelectionsList": shown}


def _tag(desk: Desk, asked: Parameters) -> dict[str, Any]:
    desk.tags(asked["ResourceArn"]).update(asked["Tags"])
    return {}


def _untag(desk: Desk, asked: Parameters) -> dict[str, Any]:
    for key in asked["TagKeyList"]:
        desk.tags(asked["ResourceArn"]).pop(key, None)
    return {}
