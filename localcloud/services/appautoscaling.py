"""Application Auto Scaling: targets and policies as records. Nothing is scaled by them."""

from typing import Any, Final

from localcloud.api.emulated import Parameters, ProblemError, RequestContext, add, new_id
from localcloud.core.words import words

SERVICES: Final = {
    "application-autoscaling": words(
        """RegisterScalableTarget DeregisterScalableTarget DescribeScalableTargets PutScalingPolicy
        DeleteScalingPolicy DescribeScalingPolicies ListTagsForResource TagResource UntagResource"""
    )
}

MISSING: Final = "ObjectNotFoundException"
BOUNDS: Final = ("MinCapacity", "MaxCapacity")


def patch() -> None:
    """Answer as AWS does, tags and unknown objects too."""
    add(
        "application-autoscaling",
        {
            "RegisterScalableTarget": _register,
            "DeregisterScalableTarget": _deregister,
            "DescribeScalableTargets": _describe_targets,
            "PutScalingPolicy": _put_policy,
            "DeleteScalingPolicy": _delete_policy,
            "DescribeScalingPolicies": _describe_policies,
            "ListTagsForResource": lambda request, asked: {"Tags": request.tags(asked["ResourceARN"])},
            "TagResource": _tag,
            "UntagResource": _untag,
        },
    )


def _owner(asked: Parameters) -> str:
    return f"{asked['ServiceNamespace']}|{asked['ResourceId']}|{asked['ScalableDimension']}"


def _register(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    targets, key = request.kind("targets"), _owner(asked)
    if key not in targets:
        if any(asked.get(bound) is None for bound in BOUNDS):
            raise ProblemError("ValidationException", "Both MinCapacity and MaxCapacity must be specified")
        _must_exist(request, asked["ResourceId"])
        arn = f"arn:aws:application-autoscaling:{request.region}:{request.account}:scalable-target/{new_id()[:23]}"
        targets[key] = {"ScalableTargetARN": arn, "SuspendedState": {}}
        request.tags(arn).update(asked.get("Tags") or {})
    wanted = {**targets[key], **{name: value for name, value in asked.items() if name != "Tags" and value is not None}}
    if wanted["MinCapacity"] > wanted["MaxCapacity"]:
        raise ProblemError("ValidationException", "MaxCapacity cannot be less than MinCapacity")
    targets[key] = wanted
    return {"ScalableTargetARN": wanted["ScalableTargetARN"]}


def _must_exist(request: RequestContext, resource: str) -> None:
    from moto.backends import get_backend

    kind, _, rest = resource.partition("/")
    cluster, _, name = rest.partition("/")
    services = get_backend("ecs")[request.account][request.region].services
    if kind == "service" and f"{cluster}:{name}" not in services:
        raise ProblemError("ValidationException", f"ECS service doesn't exist: {resource}")


def _deregister(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    key = _owner(asked)
    if request.kind("targets").pop(key, None) is None:
        raise ProblemError(MISSING, f"No scalable target found for {key}")
    policies = request.kind("policies")
    for name in [name for name in policies if name.startswith(f"{key}|")]:
        del policies[name]
    return {}


def _describe_targets(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    return {"ScalableTargets": _chosen(request.kind("targets"), asked, "ResourceIds", "ResourceId")}


def _put_policy(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    if _owner(asked) not in request.kind("targets"):
        raise ProblemError(MISSING, f"No scalable target registered for {_owner(asked)}")
    policies, key = request.kind("policies"), f"{_owner(asked)}|{asked['PolicyName']}"
    where = f"{request.region}:{request.account}"
    arn = f"arn:aws:autoscaling:{where}:scalingPolicy:{new_id()}:policyName/{asked['PolicyName']}"
    before = policies.get(key, {"PolicyARN": arn, "Alarms": []})
    policies[key] = {**before, **asked}
    return {"PolicyARN": before["PolicyARN"], "Alarms": []}


def _delete_policy(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    key = f"{_owner(asked)}|{asked['PolicyName']}"
    if request.kind("policies").pop(key, None) is None:
        raise ProblemError(MISSING, f"No scaling policy found for {key}")
    return {}


def _describe_policies(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    return {"ScalingPolicies": _chosen(request.kind("policies"), asked, "PolicyNames", "PolicyName")}


def _chosen(documents: dict[str, Any], asked: Parameters, many: str, one: str) -> list[dict[str, Any]]:
    """Return the documents that a description asks for: by namespace, names, and whatever else it gives."""
    same = ("ServiceNamespace", "ScalableDimension", *(["ResourceId"] if one != "ResourceId" else []))
    return [
        document
        for document in documents.values()
        if all(not asked.get(name) or document[name] == asked[name] for name in same)
        and (not asked.get(many) or document[one] in asked[many])
    ]


def _tag(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    request.tags(asked["ResourceARN"]).update(asked["Tags"])
    return {}


def _untag(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    for key in asked["TagKeys"]:
        request.tags(asked["ResourceARN"]).pop(key, None)
    return {}
