"""AWS Backup: vaults, locks, plans and selections as records. Nothing is backed up."""

from typing import Any, Final

from localcloud.api.emulated import Parameters, ProblemError, RequestContext, add, new_id, one
from localcloud.core.words import words

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
            "ListTags": lambda request, asked: {"Tags": request.tags(asked["ResourceArn"])},
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


def _create_vault(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    name = asked["BackupVaultName"]
    if name in request.kind("vaults"):
        raise ProblemError("AlreadyExistsException", f"Backup vault with the same name already exists: {name}")
    vault = {
        "BackupVaultName": name,
        "BackupVaultArn": f"arn:aws:backup:{request.region}:{request.account}:backup-vault:{name}",
        "EncryptionKeyArn": asked.get("EncryptionKeyArn"),
        "Locked": False,
    }
    request.kind("vaults")[name] = vault
    request.tags(vault["BackupVaultArn"]).update(asked.get("BackupVaultTags") or {})
    return {"BackupVaultName": name, "BackupVaultArn": vault["BackupVaultArn"]}


def _describe_vault(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    vault = one(request.kind("vaults"), asked["BackupVaultName"], MISSING)
    return {name: value for name, value in vault.items() if value is not None}


def _list_vaults(request: RequestContext, _: Parameters) -> dict[str, Any]:
    names = list(request.kind("vaults"))
    return {"BackupVaultList": [_describe_vault(request, {"BackupVaultName": name}) for name in names]}


def _delete_vault(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    request.kind("vaults").pop(asked["BackupVaultName"], None)
    return {}


def _lock(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    vault = one(request.kind("vaults"), asked["BackupVaultName"], MISSING)
    vault |= {name: asked.get(name) for name in ("MinRetentionDays", "MaxRetentionDays")} | {"Locked": True}
    return {}


def _unlock(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    vault = one(request.kind("vaults"), asked["BackupVaultName"], MISSING)
    vault |= {"MinRetentionDays": None, "MaxRetentionDays": None, "Locked": False}
    return {}


def _create_plan(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    plan_id = new_id()
    arn = f"arn:aws:backup:{request.region}:{request.account}:backup-plan:{plan_id}"
    plan = {"BackupPlanId": plan_id, "BackupPlanArn": arn, "VersionId": new_id(), "BackupPlan": asked["BackupPlan"]}
    request.kind("plans")[plan_id] = plan
    request.tags(arn).update(asked.get("BackupPlanTags") or {})
    return plan


def _get_plan(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    plan: dict[str, Any] = one(request.kind("plans"), asked["BackupPlanId"], MISSING)
    return plan


def _update_plan(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    plan = _get_plan(request, asked)
    plan |= {"BackupPlan": asked["BackupPlan"], "VersionId": new_id()}
    return plan


def _delete_plan(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    request.kind("plans").pop(asked["BackupPlanId"], None)
    return {}


def _list_plans(request: RequestContext, asked: Parameters) -> dict[str, Any]:  # noqa: ARG001 - there are no pages
    shown = [
        {"BackupPlanId": plan_id, "BackupPlanName": plan["BackupPlan"]["BackupPlanName"]}
        for plan_id, plan in request.kind("plans").items()
    ]
    return {"BackupPlansList": shown}


def _create_selection(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    one(request.kind("plans"), asked["BackupPlanId"], MISSING)
    selection_id = new_id()
    request.kind("selections")[selection_id] = {
        "BackupPlanId": asked["BackupPlanId"],
        "SelectionId": selection_id,
        "BackupSelection": asked["BackupSelection"],
    }
    return {"BackupPlanId": asked["BackupPlanId"], "SelectionId": selection_id}


def _get_selection(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    selection: dict[str, Any] = one(request.kind("selections"), asked["SelectionId"], MISSING)
    return selection


def _delete_selection(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    request.kind("selections").pop(asked["SelectionId"], None)
    return {}


def _list_selections(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    shown = [
        {"SelectionId": selection_id, "SelectionName": selection["BackupSelection"]["SelectionName"]}
        for selection_id, selection in request.kind("selections").items()
        if selection["BackupPlanId"] == asked["BackupPlanId"]
    ]
    return {"BackupSelectionsList": shown}


def _tag(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    request.tags(asked["ResourceArn"]).update(asked["Tags"])
    return {}


def _untag(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    for key in asked["TagKeyList"]:
        request.tags(asked["ResourceArn"]).pop(key, None)
    return {}
