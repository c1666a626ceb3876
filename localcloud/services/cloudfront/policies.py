"""CloudFront's policies, access controls and additional metrics: records that moto lacks or cannot change."""

from collections.abc import Callable
from dataclasses import dataclass
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
        add("cloudfront", _Kind(kind).operations())
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


@dataclass(frozen=True)
class _Kind:
    """The operations of one kind: a configuration with an id, and an ETag that each change changes."""

    kind: str

    @property
    def config(self) -> str:
        """The member that holds the configuration."""
        return f"{self.kind}Config"

    @property
    def missing(self) -> str:
        """The error's code where there is none of the id."""
        return f"NoSuch{self.kind}"

    def operations(self) -> dict[str, Callable[[RequestContext, Parameters], dict[str, Any]]]:
        """Return each operation by its name."""
        plural = f"{self.kind[:-1]}ies" if self.kind.endswith("y") else f"{self.kind}s"
        return {
            f"Create{self.kind}": self.create,
            f"Get{self.kind}": self.read,
            f"Update{self.kind}": self.update,
            f"Delete{self.kind}": self.delete,
            f"List{plural}": self.listed,
        }

    def _shown(self, entry: dict[str, Any]) -> dict[str, Any]:
        dated = {} if self.kind == "OriginAccessControl" else {"LastModifiedTime": _LONG_AGO}
        return {self.kind: {"Id": entry["id"], **dated, self.config: entry["config"]}, "ETag": entry["etag"]}

    def _matched(self, request: RequestContext, asked: Parameters) -> Any:
        entry = one(request.kind(self.kind), asked["Id"], self.missing)
        if asked.get("IfMatch") != entry["etag"]:
            raise ProblemError("PreconditionFailed", "The precondition in the If-Match header is not met")
        return entry

    def create(self, request: RequestContext, asked: Parameters) -> dict[str, Any]:
        """Note a new one; its name must be free."""
        _check(asked[self.config])
        names = [each["config"]["Name"] for each in request.kind(self.kind).values()]
        if asked[self.config]["Name"] in names:
            raise ProblemError(f"{self.kind}AlreadyExists", f"the name {asked[self.config]['Name']} is taken")
        entry = {"id": new_id(), "etag": new_id(), "config": asked[self.config]}
        request.kind(self.kind)[entry["id"]] = entry
        location = f"https://cloudfront.amazonaws.com/2020-05-31/{self.kind}/{entry['id']}"
        return {**self._shown(entry), "Location": location}

    def read(self, request: RequestContext, asked: Parameters) -> dict[str, Any]:
        """Return one by its id."""
        return self._shown(one(request.kind(self.kind), asked["Id"], self.missing))

    def update(self, request: RequestContext, asked: Parameters) -> dict[str, Any]:
        """Change one whose ETag the caller knows."""
        entry = self._matched(request, asked)
        _check(asked[self.config])
        entry.update(config=asked[self.config], etag=new_id())
        return self._shown(entry)

    def delete(self, request: RequestContext, asked: Parameters) -> dict[str, Any]:
        """Delete one that no distribution uses."""
        identity = self._matched(request, asked)["id"]
        if _is_used(request.account, f"{self.kind}Id", identity):
            raise ProblemError(f"{self.kind}InUse", f"{self.kind} {identity} is in use by one or more distributions")
        del request.kind(self.kind)[identity]
        return {}

    def listed(self, request: RequestContext, _: Parameters) -> dict[str, Any]:
        """Return all of the kind, in short."""
        items = [_summary(self.kind, self._shown(entry)[self.kind]) for entry in request.kind(self.kind).values()]
        counted: dict[str, Any] = {"MaxItems": 100, "Quantity": len(items), "Items": items}
        if self.kind == "OriginAccessControl":
            counted |= {"IsTruncated": False, "Marker": ""}
        return {f"{self.kind}List": counted}


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
