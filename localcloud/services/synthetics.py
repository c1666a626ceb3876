"""CloudWatch Synthetics: a record of canaries. None runs."""

from typing import Any, Final

from localcloud.api.emulated import Parameters, ProblemError, RequestContext, add, new_id, one
from localcloud.core.words import words

OPERATIONS: Final = words(
    """CreateCanary GetCanary DescribeCanaries UpdateCanary StartCanary StopCanary DeleteCanary TagResource
    UntagResource ListTagsForResource"""
)
MISSING: Final = "ResourceNotFoundException"


def patch() -> None:
    """Replace moto's canaries, which can be made and never be changed, started or deleted."""
    add(
        "synthetics",
        {
            "CreateCanary": _create,
            "GetCanary": lambda request, asked: {"Canary": _canary(request, asked)},
            "DescribeCanaries": lambda request, _: {"Canaries": list(request.kind("canaries").values())},
            "UpdateCanary": _update,
            "StartCanary": lambda request, asked: _become(request, asked, "RUNNING"),
            "StopCanary": lambda request, asked: _become(request, asked, "STOPPED"),
            "DeleteCanary": _delete,
            "TagResource": _tag,
            "UntagResource": _untag,
            "ListTagsForResource": lambda request, asked: {"Tags": _of_arn(request, asked)["Tags"]},
        },
    )


def _canary(request: RequestContext, asked: Parameters) -> Any:
    return one(request.kind("canaries"), asked["Name"], MISSING)


def _code(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    function = f"arn:aws:lambda:{request.region}:{request.account}:layer:cwsyn-{asked['Name']}:1"
    return {"SourceLocationArn": function, "Handler": asked["Code"]["Handler"]}


def _create(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    if asked["Name"] in request.kind("canaries"):
        raise ProblemError("ConflictException", f"the canary {asked['Name']} exists")
    canary = {**asked, "Id": new_id(), "Code": _code(request, asked), "Status": {"State": "READY"}}
    canary.setdefault("Tags", {})
    request.kind("canaries")[asked["Name"]] = canary
    return {"Canary": canary}


def _update(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    canary = _canary(request, asked)
    if canary["Status"]["State"] == "RUNNING":
        raise ProblemError("ConflictException", "a running canary cannot be updated")
    code = {"Code": _code(request, asked)} if "Code" in asked else {}
    canary.update({**asked, **code})
    return {}


def _become(request: RequestContext, asked: Parameters, state: str) -> dict[str, Any]:
    canary = _canary(request, asked)
    if canary["Status"]["State"] in (state, "READY" if state == "STOPPED" else state):
        raise ProblemError("ConflictException", f"the canary is {canary['Status']['State']}")
    canary["Status"] = {"State": state}
    return {}


def _delete(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    _canary(request, asked)
    del request.kind("canaries")[asked["Name"]]
    return {}


def _of_arn(request: RequestContext, asked: Parameters) -> Any:
    return one(request.kind("canaries"), asked["ResourceArn"].rpartition(":")[2], MISSING)


def _tag(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    _of_arn(request, asked)["Tags"].update(asked["Tags"])
    return {}


def _untag(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    for key in asked["TagKeys"]:
        _of_arn(request, asked)["Tags"].pop(key, None)
    return {}
