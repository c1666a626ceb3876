"""CloudFront's policies, access controls and additional metrics: records that moto lacks or cannot change."""

from collections.abc import Callable
from typing import Any, Final

from localcloud.api.emulated import Parameters, ProblemError, RequestContext, add, new_id, one
from localcloud.core.words import words
from localcloud.services.cloudfront.limits import behaviours, has_control_characters

KINDS: Final = ("CachePolicy", "OriginRequestPolicy", "ResponseHeadersPolicy", "OriginAccessControl")

OPERATIONS: Final = words(
    " ".join(f"{verb}{kind}" for kind in KINDS for verb in ("Create", "Get", "Update", "Delete"))
) | words(
    """ListCachePolicies ListOriginRequestPolicies ListResponseHeadersPolicies ListOriginAccessControls
    CreateMonitoringSubscription GetMonitoringSubscription DeleteMonitoringSubscription"""
)

_LONG_AGO: Final = "2026-01-01T00:00:00Z"


def add_operations() -> None:
    """Give moto all of them."""
    for kind in KINDS:
        add("cloudfront", _operations(kind))
    add(
        "cloudfront",
        {
            "CreateMonitoringSubscription": _subscribe,
            "GetMonitoringSubscription": lambda request, asked: {
                "MonitoringSubscription": one(
                    request.kind("monitoring"), asked["DistributionId"], "NoSuchMonitoringSubscription"
                )
            },
            "DeleteMonitoringSubscription": _unsubscribe,
        },
    )


def _operations(kind: str) -> dict[str, Callable[[RequestContext, Parameters], dict[str, Any]]]:
    """Return the operations of one kind: a configuration with an id, and an ETag that each change changes."""
    config, missing = f"{kind}Config", f"NoSuch{kind}"
    plural = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"

    def shown(entry: dict[str, Any]) -> dict[str, Any]:
        dated = {} if kind == "OriginAccessControl" else {"LastModifiedTime": _LONG_AGO}
        return {kind: {"Id": entry["id"], **dated, config: entry["config"]}, "ETag": entry["etag"]}

    def matched(request: RequestContext, asked: Parameters) -> Any:
        entry = one(request.kind(kind), asked["Id"], missing)
        if asked.get("IfMatch") != entry["etag"]:
            raise ProblemError("PreconditionFailed", "The precondition in the If-Match header is not met")
        return entry

    def create(request: RequestContext, asked: Parameters) -> dict[str, Any]:
        _check(asked[config])
        names = [each["config"]["Name"] for each in request.kind(kind).values()]
        if asked[config]["Name"] in names:
            raise ProblemError(f"{kind}AlreadyExists", f"the name {asked[config]['Name']} is taken")
        entry = {"id": new_id(), "etag": new_id(), "config": asked[config]}
        request.kind(kind)[entry["id"]] = entry
        return {**shown(entry), "Location": f"https://cloudfront.amazonaws.com/2020-05-31/{kind}/{entry['id']}"}

    def read(request: RequestContext, asked: Parameters) -> dict[str, Any]:
        return shown(one(request.kind(kind), asked["Id"], missing))

    def update(request: RequestContext, asked: Parameters) -> dict[str, Any]:
        entry = matched(request, asked)
        _check(asked[config])
        entry.update(config=asked[config], etag=new_id())
        return shown(entry)

    def delete(request: RequestContext, asked: Parameters) -> dict[str, Any]:
        identity = matched(request, asked)["id"]
        if _is_used(request.account, f"{kind}Id", identity):
            raise ProblemError(f"{kind}InUse", f"{kind} {identity} is in use by one or more distributions")
        del request.kind(kind)[identity]
        return {}

    def listed(request: RequestContext, _: Parameters) -> dict[str, Any]:
        items = [_summary(kind, shown(entry)[kind]) for entry in request.kind(kind).values()]
        counted: dict[str, Any] = {"MaxItems": 100, "Quantity": len(items), "Items": items}
        if kind == "OriginAccessControl":
            counted |= {"IsTruncated": False, "Marker": ""}
        return {f"{kind}List": counted}

    return {
        f"Create{kind}": create,
        f"Get{kind}": read,
        f"Update{kind}": update,
        f"Delete{kind}": delete,
        f"List{plural}": listed,
    }


def _is_used(account: str, member: str, identity: str) -> bool:
    """Return whether a distribution names a policy or access control, in an origin or a behaviour."""
    from moto.cloudfront.models import cloudfront_backends

    configs: list[Any] = [
        vars(distribution.distribution_config)["kept"]
        for distribution in cloudfront_backends[account]["aws"].distributions.values()
    ]
    places = [part for config in configs for part in (*behaviours(config), *(config["Origins"].get("Items") or []))]
    return any(place.get(member) == identity for place in places)


def _check(config: dict[str, Any]) -> None:
    if has_control_characters(config):
        raise ProblemError("InvalidArgument", "A value contains characters that are not valid.")


def _summary(kind: str, shown: dict[str, Any]) -> dict[str, Any]:
    """Return how a list shows one: policies with their configuration, access controls flat."""
    if kind == "OriginAccessControl":
        return {"Id": shown["Id"], **shown["OriginAccessControlConfig"]}
    return {"Type": "custom", kind: shown}


def _subscribe(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    request.kind("monitoring")[asked["DistributionId"]] = asked["MonitoringSubscription"]
    return {"MonitoringSubscription": asked["MonitoringSubscription"]}


def _unsubscribe(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    one(request.kind("monitoring"), asked["DistributionId"], "NoSuchMonitoringSubscription")
    del request.kind("monitoring")[asked["DistributionId"]]
    return {}
