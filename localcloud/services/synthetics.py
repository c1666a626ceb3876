"""CloudWatch Synthetics: a record of canaries. None runs."""

from typing import Any, Final

from localcloud.api.emulated import Desk, Parameters, ProblemError, add, new_id, one
from localcloud.services import words

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
            "GetCanary": lambda desk, asked: {"Canary": _canary(desk, asked)},
            "DescribeCanaries": lambda desk, _: {"Canaries": list(desk.kind("canaries").values())},
            "UpdateCanary": _update,
            "StartCanary": lambda desk, asked: _become(desk, asked, "RUNNING"),
            "StopCanary": lambda desk, asked: _become(desk, asked, "STOPPED"),
            "DeleteCanary": _delete,
            "TagResource": _tag,
            "UntagResource": _untag,
            "ListTagsForResource": lambda desk, asked: {"Tags": _of_arn(desk, asked)["Tags"]},
        },
    )


def _canary(desk: Desk, asked: Parameters) -> Any:
    return one(desk.kind("canaries"), asked["Name"], MISSING)


def _code(desk: Desk, asked: Parameters) -> dict[str, Any]:
    function = f"arn:aws:lambda:{desk.region}:{desk.account}:layer:cwsyn-{asked['Name']}:1"
    return {"SourceLocationArn": function, "Handler": asked["Code"]["Handler"]}


def _create(desk: Desk, asked: Parameters) -> dict[str, Any]:
    if asked["Name"] in desk.kind("canaries"):
        raise ProblemError("ConflictException", f"the canary {asked['Name']} exists")
    canary = {**asked, "Id": new_id(), "Code": _code(desk, asked), "Status": {"State": "READY"}}
    canary.setdefault("Tags", {})
    desk.kind("canaries")[asked["Name"]] = canary
    return {"Canary": canary}


def _update(desk: Desk, asked: Parameters) -> dict[str, Any]:
    canary = _canary(desk, asked)
    if canary["Status"]["State"] == "RUNNING":
        raise ProblemError("ConflictException", "a running canary cannot be updated")
    code = {"Code": _code(desk, asked)} if "Code" in asked else {}
    canary.update({**asked, **code})
    return {}


def _become(desk: Desk, asked: Parameters, state: str) -> dict[str, Any]:
    canary = _canary(desk, asked)
    if canary["Status"]["State"] in (state, "READY" if state == "STOPPED" else state):
        raise ProblemError("ConflictException", f"the canary is {canary['Status']['State']}")
    canary["Status"] = {"State": state}
    return {}


def _delete(desk: Desk, asked: Parameters) -> dict[str, Any]:
    _canary(desk, asked)
    del desk.kind("canaries")[asked["Name"]]
    return {}


def _of_arn(desk: Desk, asked: Parameters) -> Any:
    return one(desk.kind("canaries"), asked["ResourceArn"].rpartition(":")[2], MISSING)


def _tag(desk: Desk, asked: Parameters) -> dict[str, Any]:
    _of_arn(desk, asked)["Tags"].update(asked["Tags"])
    return {}


def _untag(desk: Desk, asked: Parameters) -> dict[str, Any]:
    for key in asked["TagKeys"]:
        _of_arn(desk, asked)["Tags"].pop(key, None)
    return {}
