"""What CloudFront shows of a distribution that its maker did not say: every member has a value, `Logging` too. Pure.

Source: CloudFront's API reference, DistributionConfig and its members.
"""

import copy
from collections.abc import Mapping
from typing import Any, Final

Config = dict[str, Any]
NONE: Final[Mapping[str, Any]] = {"Quantity": 0}

_DISTRIBUTION: Final[Mapping[str, Any]] = {
    "Aliases": NONE,
    "DefaultRootObject": "",
    "OriginGroups": NONE,
    "CacheBehaviors": NONE,
    "CustomErrorResponses": NONE,
    "Comment": "",
    "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
    "PriceClass": "PriceClass_All",
    "ViewerCertificate": {
        "CloudFrontDefaultCertificate": True,
        "SSLSupportMethod": "vip",
        "MinimumProtocolVersion": "TLSv1",
        "CertificateSource": "cloudfront",
    },
    "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
    "WebACLId": "",
    "HttpVersion": "http2",
    "IsIPV6Enabled": False,
    "ContinuousDeploymentPolicyId": "",
    "Staging": False,
}
_ORIGIN: Final[Mapping[str, Any]] = {
    "OriginPath": "",
    "CustomHeaders": NONE,
    "ConnectionAttempts": 3,
    "ConnectionTimeout": 10,
    "OriginShield": {"Enabled": False},
    "OriginAccessControlId": "",
}
_CUSTOM_ORIGIN: Final[Mapping[str, Any]] = {"OriginReadTimeout": 30, "OriginKeepaliveTimeout": 5}
_BEHAVIOUR: Final[Mapping[str, Any]] = {
    "TrustedSigners": {"Enabled": False, "Quantity": 0},
    "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
    "AllowedMethods": {"Quantity": 2, "Items": ["HEAD", "GET"]},
    "SmoothStreaming": False,
    "Compress": False,
    "LambdaFunctionAssociations": NONE,
    "FunctionAssociations": NONE,
    "FieldLevelEncryptionId": "",
    "GrpcConfig": {"Enabled": False},
}
_CACHED: Final[Mapping[str, Any]] = {"Quantity": 2, "Items": ["HEAD", "GET"]}


def whole(given: Config) -> Config:
    """Return a distribution's configuration as CloudFront shows it: what was given, and a value for all else."""
    config = _with(given, _DISTRIBUTION)
    for origin in _items(config, "Origins"):
        origin.update(_with(origin, _ORIGIN))
        if origin.get("CustomOriginConfig"):
            origin["CustomOriginConfig"] = _with(origin["CustomOriginConfig"], _CUSTOM_ORIGIN)
    for behaviour in (config["DefaultCacheBehavior"], *_items(config, "CacheBehaviors")):
        behaviour.update(_with(behaviour, _BEHAVIOUR))
        behaviour["AllowedMethods"].setdefault("CachedMethods", copy.deepcopy(_CACHED))
    return config


def summary(config: Config) -> Config:
    """Return what ListDistributions shows of a whole configuration."""
    left_out = ("CallerReference", "DefaultRootObject", "Logging", "ContinuousDeploymentPolicyId")
    return {name: value for name, value in config.items() if name not in left_out}


def _with(given: Config, defaults: Mapping[str, Any]) -> Config:
    said = {name: value for name, value in given.items() if value is not None}
    return copy.deepcopy({**defaults, **said})


def _items(config: Config, name: str) -> list[Config]:
    items: list[Config] = (config.get(name) or {}).get("Items") or []
    return items
