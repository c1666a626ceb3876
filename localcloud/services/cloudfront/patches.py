"""Replaces those actions of moto's CloudFront that are not true: ETags, what AWS refuses, what is not emulated."""

import copy
from typing import Any

from localcloud.api.emulated import Parameters, RequestContext, add
from localcloud.services.cloudfront import limits
from localcloud.services.cloudfront.defaults import summary, whole
from localcloud.services.cloudfront.record import FORWARDS, custom_forward

WRITING = {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def patch() -> None:
    """Make moto's distributions keep their ETag's promise, and refuse what the edge here does not do."""
    from moto.cloudfront import models

    _patch_configuration(models)
    _patch_backend(models)


def _refused(code: str, message: str) -> Exception:
    from moto.cloudfront.exceptions import CloudFrontException

    error: Exception = CloudFrontException(code, message)
    return error


def check(config: dict[str, Any]) -> None:
    """Raise what AWS would say to a distribution's configuration, or NotEmulated."""
    if found := limits.problem(config):
        raise _refused(*found)
    groups = {group["Id"] for group in (config.get("OriginGroups") or {}).get("Items") or []}
    for behaviour in limits.behaviours(config):
        methods = set((behaviour.get("AllowedMethods") or {}).get("Items") or [])
        if behaviour.get("TargetOriginId") in groups and methods & WRITING:
            raise _refused(
                "InvalidArgument",
                "The parameter AllowedMethods cannot include POST, PUT, PATCH, OPTIONS, and DELETE "
                "for a cached behavior associated with an origin group.",
            )
        policy = behaviour.get("OriginRequestPolicyId") or ""
        if policy not in FORWARDS and custom_forward(policy) is None:
            known = ", ".join(each for each in FORWARDS if each)
            raise _refused(
                "NotEmulated",
                f"the local cloud does not emulate origin request policy {policy}; emulated are: {known}, and those "
                "that forward Host and the whole query, but no cookie",
            )


def keep_configuration() -> None:
    """Let a distribution be read as it was put, with AWS's values for the rest: moto shows an incomplete form of it."""
    from moto.cloudfront import models as moto_models
    from moto.cloudfront import responses

    models: Any = moto_models
    config = models.DistributionConfig
    if hasattr(config, "keeps"):
        return
    make_config = config.__init__

    def __init__(self: Any, given: dict[str, Any]) -> None:  # noqa: N807 - replaces moto's
        kept = copy.deepcopy(given)
        make_config(self, given)
        self.kept = kept

    config.__init__, config.keeps = __init__, True

    for name in ("create_distribution", "create_distribution_with_tags", "update_distribution", "get_distribution"):
        _show_whole(responses.CloudFrontResponse, name)
    add("cloudfront", {"GetDistributionConfig": _read_config, "ListDistributions": _list})


def _show_whole(response: Any, name: str) -> None:
    from moto.core.responses import ActionResult

    action = getattr(response, name)

    def shown_whole(self: Any) -> Any:
        result = action(self).result
        return ActionResult({**result, "Distribution": _shown(result["Distribution"])})

    setattr(response, name, shown_whole)


def _shown(distribution: Any) -> dict[str, Any]:
    return {
        "Id": distribution.id,
        "ARN": distribution.arn,
        "Status": "InProgress" if getattr(distribution, "local_refused", "") else distribution.status,
        "LastModifiedTime": distribution.last_modified_time,
        "InProgressInvalidationBatches": 0,
        "DomainName": distribution.domain_name,
        "ActiveTrustedSigners": {"Enabled": False, "Quantity": 0},
        "ActiveTrustedKeyGroups": {"Enabled": False, "Quantity": 0},
        "DistributionConfig": whole(distribution.distribution_config.kept),
    }


def _read_config(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    from moto.cloudfront.models import cloudfront_backends

    distribution, etag = cloudfront_backends[request.account]["aws"].get_distribution(asked["Id"])
    return {"DistributionConfig": whole(distribution.distribution_config.kept), "ETag": etag}  # type: ignore[attr-defined]


def _list(request: RequestContext, _: Parameters) -> dict[str, Any]:
    from moto.cloudfront.models import cloudfront_backends

    items = []
    for distribution in cloudfront_backends[request.account]["aws"].distributions.values():
        shown = _shown(distribution)
        config = summary(shown.pop("DistributionConfig"))
        items.append({name: value for name, value in shown.items() if not name.startswith(("Active", "In"))} | config)
    return {
        "DistributionList": {
            "Marker": "",
            "MaxItems": 100,
            "IsTruncated": False,
            "Quantity": len(items),
            "Items": items,
        }
    }


def _patch_configuration(models: Any) -> None:
    make_config, make_origin = models.DistributionConfig.__init__, models.Origin.__init__

    def __init__(self: Any, config: dict[str, Any]) -> None:  # noqa: N807 - replaces moto's
        check(config)
        make_config(self, config)

    def origin(self: Any, config: dict[str, Any]) -> None:
        make_origin(self, config)
        self.origin_access_control_id = config.get("OriginAccessControlId") or ""

    models.DistributionConfig.__init__ = __init__
    models.Origin.__init__ = origin


def _patch_backend(models: Any) -> None:
    update, delete = models.CloudFrontBackend.update_distribution, models.CloudFrontBackend.delete_distribution

    def _match(self: Any, identity: str, if_match: str) -> Any:
        distribution, etag = self.get_distribution(identity)
        if if_match != etag:
            raise _refused(
                "PreconditionFailed",
                "The request failed because it didn't meet the preconditions in one or more request-header fields.",
            )
        return distribution

    def update_distribution(self: Any, dist_config: dict[str, Any], _id: str, if_match: str) -> Any:
        distribution = _match(self, _id, if_match)
        update(self, dist_config=dist_config, _id=_id, if_match=if_match)
        distribution.etag = models.random_id()
        return distribution, distribution.location, distribution.etag

    def delete_distribution(self: Any, distribution_id: str, if_match: str) -> None:
        distribution = _match(self, distribution_id, if_match)
        if str(distribution.distribution_config.Enabled).lower() == "true":
            raise _refused(
                "DistributionNotDisabled", "The distribution you are trying to delete has not been disabled."
            )
        delete(self, distribution_id, if_match)

    models.CloudFrontBackend.update_distribution = update_distribution
    models.CloudFrontBackend.delete_distribution = delete_distribution
