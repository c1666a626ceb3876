"""CloudFront before the load balancers and the buckets of both regions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.edge.policies import EdgePolicies
from components.options import child
from estate.topology import ORIGIN_SECRET_HEADER

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
"""Ids of AWS-managed policies. Source: CloudFront developer guide, managed cache and origin request policies."""

METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
READING = ["GET", "HEAD"]
API = "origin"
STATIC_PATHS = ("/static/*", "/index.html")
VIDEO_PATHS = ("/processed/*", "/thumbnails/*", "/profiles/*")
PUBLIC_API_PATH = "/api/public/*"
"""The only API answers that are kept: docs/adr/0005-cached-paths.md."""
FAILS_OVER_ON = [403, 404, 500, 502, 503, 504]
"""Also what is not there: an object that was written in one region may not be in the other yet."""
ERRORS = [500, 502, 503, 504]
SHIELD_REGION = "us-east-1"


@dataclass(frozen=True)
class DistributionArgs:
    """`origin_secret` is added to every request to the load balancers, which forward nothing without it.

    `buckets`: group (`static`, `videos`) → the regional domain names of its buckets, the one that is asked first first.
    """

    site_name: str
    origin_name: str
    origin_secret: pulumi.Input[str]
    buckets: Mapping[str, Sequence[str]]
    certificate_arn: pulumi.Input[str]
    web_acl_arn: pulumi.Input[str]
    price_class: str
    policies: EdgePolicies
    provider: pulumi.ProviderResource
    detailed: bool = False


class Distribution(pulumi.ComponentResource):
    """The site's public address. `/api/*` and all that is not named goes, with every method and header, to the name
    whose records follow the traffic region, and nothing of it is kept; an error is never kept. Static assets and media
    come from the buckets of both regions, by origin access control, behind Origin Shield: from the second region's
    where the first one's fails, after one attempt of 2 s.

    Specification: 2.1, 2.3, 5.3
    """

    distribution_id: pulumi.Output[str]
    arn: pulumi.Output[str]
    domain_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]

    def __init__(self, name: str, args: DistributionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Distribution", name, None, opts)
        access = self._access_control(name, args)
        distribution = aws.cloudfront.Distribution(
            name,
            comment=name,
            enabled=True,
            is_ipv6_enabled=True,
            http_version="http2and3",
            price_class=args.price_class,
            aliases=[args.site_name],
            default_root_object="index.html",
            web_acl_id=args.web_acl_arn,
            origins=_origins(args, access.id),
            origin_groups=_origin_groups(args),
            default_cache_behavior=_api(args),
            ordered_cache_behaviors=_behaviours(args),
            custom_error_responses=[{"error_code": code, "error_caching_min_ttl": 0} for code in ERRORS],
            viewer_certificate={
                "acm_certificate_arn": args.certificate_arn,
                "ssl_support_method": "sni-only",
                "minimum_protocol_version": "TLSv1.2_2021",
            },
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            opts=child(self, args.provider),
        )
        if args.detailed:
            aws.cloudfront.MonitoringSubscription(
                name,
                distribution_id=distribution.id,
                monitoring_subscription={
                    "realtime_metrics_subscription_config": {"realtime_metrics_subscription_status": "Enabled"}
                },
                opts=child(self, args.provider),
            )
        self.distribution_id, self.domain_name = distribution.id, distribution.domain_name
        self.arn, self.zone_id = distribution.arn, distribution.hosted_zone_id
        self.register_outputs({"domain_name": self.domain_name})

    def _access_control(self, name: str, args: DistributionArgs) -> Any:
        return aws.cloudfront.OriginAccessControl(
            f"{name}-buckets",
            name=name,
            description="Requests to the buckets are signed; nothing else may read them",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=child(self, args.provider),
        )


def _origins(args: DistributionArgs, access_control_id: pulumi.Input[str]) -> list[dict[str, Any]]:
    """Return where answers come from: the load balancers, and each bucket of each group."""
    buckets = [
        _bucket(f"{group}-{place}", domain, access_control_id)
        for group, domains in args.buckets.items()
        for place, domain in enumerate(domains)
    ]
    return [_load_balancers(args), *buckets]


def _origin_groups(args: DistributionArgs) -> list[dict[str, Any]]:
    """Return the groups of buckets: the next one is asked where one fails."""
    return [
        {
            "origin_id": group,
            "failover_criteria": {"status_codes": FAILS_OVER_ON},
            "members": [{"origin_id": f"{group}-{place}"} for place, _ in enumerate(domains)],
        }
        for group, domains in args.buckets.items()
    ]


def _behaviours(args: DistributionArgs) -> list[dict[str, Any]]:
    """Return which paths are kept; all others are the default's."""
    return [
        {"path_pattern": PUBLIC_API_PATH, **_public_api(args)},
        *({"path_pattern": path, **_kept("static", "static", args)} for path in STATIC_PATHS),
        *({"path_pattern": path, **_kept("videos", "video", args)} for path in VIDEO_PATHS),
    ]


def _load_balancers(args: DistributionArgs) -> dict[str, Any]:
    return {
        "origin_id": API,
        "domain_name": args.origin_name,
        "custom_origin_config": {
            "http_port": 80,
            "https_port": 443,
            "origin_protocol_policy": "https-only",
            "origin_ssl_protocols": ["TLSv1.2"],
            "origin_read_timeout": 60,
            "origin_keepalive_timeout": 5,
        },
        "custom_headers": [{"name": ORIGIN_SECRET_HEADER, "value": args.origin_secret}],
    }


def _bucket(origin_id: str, domain: str, access_control_id: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "origin_id": origin_id,
        "domain_name": domain,
        "origin_access_control_id": access_control_id,
        "connection_attempts": 1,
        "connection_timeout": 2,
        "origin_shield": {"enabled": True, "origin_shield_region": SHIELD_REGION},
    }


def _api(args: DistributionArgs) -> dict[str, Any]:
    return {
        "target_origin_id": API,
        "viewer_protocol_policy": "redirect-to-https",
        "allowed_methods": METHODS,
        "cached_methods": READING,
        "cache_policy_id": CACHING_DISABLED,
        "origin_request_policy_id": ALL_VIEWER,
        "response_headers_policy_id": args.policies.headers,
        "compress": False,
    }


def _public_api(args: DistributionArgs) -> dict[str, Any]:
    return {
        "target_origin_id": API,
        "viewer_protocol_policy": "redirect-to-https",
        "allowed_methods": [*READING, "OPTIONS"],
        "cached_methods": READING,
        "cache_policy_id": args.policies.cache["api"],
        "origin_request_policy_id": args.policies.anonymous,
        "response_headers_policy_id": args.policies.headers,
        "compress": True,
    }


def _kept(group: str, policy: str, args: DistributionArgs) -> dict[str, Any]:
    return {
        "target_origin_id": group,
        "viewer_protocol_policy": "redirect-to-https",
        "allowed_methods": READING,
        "cached_methods": READING,
        "cache_policy_id": args.policies.cache[policy],
        "response_headers_policy_id": args.policies.headers,
        "compress": True,
    }
