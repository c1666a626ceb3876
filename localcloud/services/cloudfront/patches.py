"""Replaces those actions of moto's CloudFront that are not true: ETags, what AWS refuses, what is not emulated."""

import copy
from typing import Any

from localcloud.emulated import Desk, Parameters, add
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
    behaviours = [config.get("DefaultCacheBehavior") or {}, *((config.get("CacheBehaviors") or {}).get("Items") or [])]
    groups = {group["Id"] for group in (config.get("OriginGroups") or {}).get("Items") or []}
    for behaviour in behaviours:
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
    """Let a distribution's configuration be read as it was put: moto shows its own, incomplete form of it."""
    from moto.cloudfront import models as moto_models

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

    def read(desk: Desk, asked: Parameters) -> dict[str, Any]:
        distribution, etag = models.cloudfront_backends[desk.account]["aws"].get_distribution(asked["Id"])
        shown = {
            "Id": distribution.id,
            "ARN": distribution.arn,
            "Status": distribution.status,
            "LastModifiedTime": distribution.last_modified_time,
            "InProgressInvalidationBatches": 0,
            "DomainName": distribution.domain_name,
            "DistributionConfig": distribution.distribution_config.kept,
        }
        return {"Distribution": shown, "ETag": etag}

    def read_config(desk: Desk, asked: Parameters) -> dict[str, Any]:
        found = read(desk, asked)
        return {"DistributionConfig": found["Distribution"]["DistributionConfig"], "ETag": found["ETag"]}

    add("cloudfront", {"GetDistribution": read, "GetDistributionConfig": read_config})


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
