"""What CloudFront keeps, and for how long; what it passes on; what it adds to each answer."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate.objectives import API_TTL_S, STATIC_TTL_S, VIDEO_TTL_S

YEAR_S = 31536000

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "connect-src 'self' wss:",
        "worker-src 'self' blob:",
        "frame-ancestors 'none'",
        "base-uri 'self'",
        "object-src 'none'",
    )
)
"""The player makes blob: sources, Material-UI writes inline styles (section 1.3)."""


@dataclass(frozen=True)
class EdgePoliciesArgs:
    """`prefix` begins the policies' names, which are one account's."""

    prefix: str
    provider: pulumi.ProviderResource


class EdgePolicies(pulumi.ComponentResource):
    """Cache policies `static` (1 year), `api` (5 minutes) and `video` (24 hours): so long is kept what does not say
    otherwise by Cache-Control; `no-store` is obeyed. Keys hold the path, for the API the query too, never a cookie,
    never Authorization: what is kept is the same for everyone. Compressed answers are kept as gzip and Brotli.

    Specification: 2.3, 5.3
    """

    cache: dict[str, pulumi.Output[str]]
    anonymous: pulumi.Output[str]
    headers: pulumi.Output[str]

    def __init__(self, name: str, args: EdgePoliciesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:EdgePolicies", name, None, opts)
        self._name, self._args = name, args
        self.cache = {
            "static": self._cache("static", STATIC_TTL_S, STATIC_TTL_S, query=False),
            "api": self._cache("api", API_TTL_S, API_TTL_S, query=True),
            "video": self._cache("video", VIDEO_TTL_S, VIDEO_TTL_S, query=False),
        }
        self.anonymous = aws.cloudfront.OriginRequestPolicy(
            f"{name}-anonymous",
            name=f"{args.prefix}-anonymous",
            comment="The host that was asked for and the query; no cookie, no Authorization",
            cookies_config={"cookie_behavior": "none"},
            headers_config={"header_behavior": "whitelist", "headers": {"items": ["Host"]}},
            query_strings_config={"query_string_behavior": "all"},
            opts=child(self, args.provider),
        ).id
        self.headers = self._security_headers().id
        self.register_outputs({})

    def _cache(self, label: str, default_s: int, max_s: int, *, query: bool) -> pulumi.Output[str]:
        args = self._args
        return aws.cloudfront.CachePolicy(
            f"{self._name}-{label}",
            name=f"{args.prefix}-{label}",
            comment=f"Kept {default_s} s where the origin does not say otherwise",
            min_ttl=0,
            default_ttl=default_s,
            max_ttl=max_s,
            parameters_in_cache_key_and_forwarded_to_origin={
                "cookies_config": {"cookie_behavior": "none"},
                "headers_config": {"header_behavior": "none"},
                "query_strings_config": {"query_string_behavior": "all" if query else "none"},
                "enable_accept_encoding_gzip": True,
                "enable_accept_encoding_brotli": True,
            },
            opts=child(self, args.provider),
        ).id

    def _security_headers(self) -> Any:
        return aws.cloudfront.ResponseHeadersPolicy(
            f"{self._name}-headers",
            name=f"{self._args.prefix}-security",
            comment="Security headers on every answer",
            security_headers_config={
                "strict_transport_security": {
                    "access_control_max_age_sec": YEAR_S,
                    "include_subdomains": True,
                    "preload": True,
                    "override": True,
                },
                "content_type_options": {"override": True},
                "frame_options": {"frame_option": "DENY", "override": True},
                "referrer_policy": {"referrer_policy": "strict-origin-when-cross-origin", "override": True},
                "content_security_policy": {"content_security_policy": CONTENT_SECURITY_POLICY, "override": False},
            },
            opts=child(self, self._args.provider),
        )
