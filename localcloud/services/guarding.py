"""GuardDuty and Security Hub: records of moto, and the tags and settings that it lacks. Nothing is watched."""

from typing import Any, Final

from localcloud.api.emulated import Desk, Parameters, ProblemError, add, one
from localcloud.services import words

SERVICES: Final = {
    "guardduty": words(
        "CreateDetector GetDetector UpdateDetector DeleteDetector ListDetectors TagResource UntagResource "
        "ListTagsForResource"
    ),
    "securityhub": words("EnableSecurityHub DescribeHub DisableSecurityHub UpdateSecurityHubConfiguration"),
}


def patch() -> None:
    """Give moto what it lacks."""
    add("guardduty", {"TagResource": _tag, "UntagResource": _untag, "ListTagsForResource": _tags})
    add(
        "securityhub",
        {
            "EnableSecurityHub": _enable_hub,
            "DescribeHub": lambda desk, _: one(desk.kind("hub"), "default", "InvalidAccessException"),
            "UpdateSecurityHubConfiguration": _configure_hub,
            "DisableSecurityHub": _disable_hub,
        },
    )


def _tag(desk: Desk, asked: Parameters) -> dict[str, Any]:
    _detector(desk, asked).tags.update(asked["Tags"])
    return {}


def _untag(desk: Desk, asked: Parameters) -> dict[str, Any]:
    for key in asked["TagKeys"]:
        _detector(desk, asked).tags.pop(key, None)
    return {}


def _tags(desk: Desk, asked: Parameters) -> dict[str, Any]:
    return {"Tags": dict(_detector(desk, asked).tags)}


def _detector(desk: Desk, asked: Parameters) -> Any:
    from moto.guardduty.models import guardduty_backends

    detectors = guardduty_backends[desk.account][desk.region].detectors
    return one(detectors, asked["ResourceArn"].rpartition("/")[2], "BadRequestException")


def _enable_hub(desk: Desk, asked: Parameters) -> dict[str, Any]:
    if "default" in desk.kind("hub"):
        raise ProblemError("ResourceConflictException", "Account is already subscribed to Security Hub")
    arn = f"arn:aws:securityhub:{desk.region}:{desk.account}:hub/default"
    desk.kind("hub")["default"] = {"HubArn": arn, "AutoEnableControls": True}
    desk.tags(arn).update(asked.get("Tags") or {})
    return {}


def _configure_hub(desk: Desk, asked: Parameters) -> dict[str, Any]:
    hub = one(desk.kind("hub"), "default", "InvalidAccessException")
    hub["AutoEnableControls"] = asked.get("AutoEnableControls", hub["AutoEnableControls"])
    return {}


def _disable_hub(desk: Desk, asked: Parameters) -> dict[str, Any]:  # noqa: ARG001 - there is one a region
    desk.kind("hub").pop("default", None)
    return {}
