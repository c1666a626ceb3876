"""GuardDuty and Security Hub: records of moto, and the tags and settings that it lacks. Nothing is watched."""

from typing import Any, Final

from localcloud.api.emulated import Parameters, ProblemError, RequestContext, add, one
from localcloud.core.words import words

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
            "DescribeHub": lambda request, _: one(request.kind("hub"), "default", "InvalidAccessException"),
            "UpdateSecurityHubConfiguration": _configure_hub,
            "DisableSecurityHub": _disable_hub,
        },
    )


def _tag(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    _detector(request, asked).tags.update(asked["Tags"])
    return {}


def _untag(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    for key in asked["TagKeys"]:
        _detector(request, asked).tags.pop(key, None)
    return {}


def _tags(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    return {"Tags": dict(_detector(request, asked).tags)}


def _detector(request: RequestContext, asked: Parameters) -> Any:
    from moto.guardduty.models import guardduty_backends

    detectors = guardduty_backends[request.account][request.region].detectors
    return one(detectors, asked["ResourceArn"].rpartition("/")[2], "BadRequestException")


def _enable_hub(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    if "default" in request.kind("hub"):
        raise ProblemError("ResourceConflictException", "Account is already subscribed to Security Hub")
    arn = f"arn:aws:securityhub:{request.region}:{request.account}:hub/default"
    request.kind("hub")["default"] = {"HubArn": arn, "AutoEnableControls": True}
    request.tags(arn).update(asked.get("Tags") or {})
    return {}


def _configure_hub(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    hub = one(request.kind("hub"), "default", "InvalidAccessException")
    hub["AutoEnableControls"] = asked.get("AutoEnableControls", hub["AutoEnableControls"])
    return {}


def _disable_hub(request: RequestContext, asked: Parameters) -> dict[str, Any]:  # noqa: ARG001 - there is one a region
    request.kind("hub").pop("default", None)
    return {}
