"""CloudFront before the load balancers."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.options import child
from estate.topology import ORIGIN_SECRET_HEADER

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
"""Ids of AWS-managed policies. Source: CloudFront developer guide, managed cache and origin request policies."""

METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True)
class DistributionArgs:
    """`origin_secret` is added to every request to the origin; load balancers forward nothing without it."""

    site_name: str
    origin_name: str
    origin_secret: pulumi.Input[str]
    certificate_arn: pulumi.Input[str]
    provider: pulumi.ProviderResource


class Distribution(pulumi.ComponentResource):
    """The site's public address. One origin, by the name whose records follow the traffic region; nothing is cached,
    all methods pass, the viewer's host header too.
    """

    distribution_id: pulumi.Output[str]
    domain_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]

    def __init__(self, name: str, args: DistributionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Distribution", name, None, opts)
        distribution = aws.cloudfront.Distribution(
            name,
            comment=name,
            enabled=True,
            is_ipv6_enabled=True,
            http_version="http2and3",
            price_class="PriceClass_All",
            aliases=[args.site_name],
            origins=[
                {
                    "origin_id": "origin",
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
            ],
            default_cache_behavior={
                "target_origin_id": "origin",
                "viewer_protocol_policy": "redirect-to-https",
                "allowed_methods": METHODS,
                "cached_methods": ["GET", "HEAD"],
                "cache_policy_id": CACHING_DISABLED,
                "origin_request_policy_id": ALL_VIEWER,
                "compress": False,
            },
            viewer_certificate={
                "acm_certificate_arn": args.certificate_arn,
                "ssl_support_method": "sni-only",
                "minimum_protocol_version": "TLSv1.2_2021",
            },
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            opts=child(self, args.provider),
        )
        self.distribution_id, self.domain_name = distribution.id, distribution.domain_name
        self.zone_id = distribution.hosted_zone_id
        self.register_outputs({"domain_name": self.domain_name})
