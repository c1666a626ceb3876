"""CloudFront with its policies, and what Shield protects."""

from typing import Any

from provisioner.handlers.common.base import Created
from tests.contract.lifecycle.edge.wafv2 import web_acl
from tests.contract.lifecycle.kit import EVERYTHING, Row, World

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


def behaviour(origin: str, **more: Any) -> dict[str, Any]:
    return {
        "targetOriginId": origin,
        "viewerProtocolPolicy": "redirect-to-https",
        "allowedMethods": ["GET", "HEAD"],
        "cachedMethods": ["GET", "HEAD"],
        "cachePolicyId": CACHING_DISABLED,
        "compress": True,
        **more,
    }


def bucket_origin(name: str, access: str) -> dict[str, Any]:
    return {
        "originId": name,
        "domainName": f"{name}.s3.us-east-1.amazonaws.com",
        "originAccessControlId": access,
        "connectionAttempts": 1,
        "connectionTimeout": 2,
        "originShield": {"enabled": True, "originShieldRegion": "us-east-1"},
    }


def inputs(world: World, comment: str) -> dict[str, Any]:
    access = access_control(world)
    return {
        "comment": comment,
        "enabled": True,
        "isIpv6Enabled": True,
        "httpVersion": "http2and3",
        "priceClass": "PriceClass_All",
        "aliases": [f"{comment}.test"],
        "defaultRootObject": "index.html",
        "webAclId": web_acl(world),
        "origins": [
            {
                "originId": "origin",
                "domainName": "origin.one.test",
                "customOriginConfig": {
                    "httpPort": 80,
                    "httpsPort": 443,
                    "originProtocolPolicy": "https-only",
                    "originSslProtocols": ["TLSv1.2"],
                    "originReadTimeout": 60,
                    "originKeepaliveTimeout": 5,
                },
                "customHeaders": [{"name": "x-origin-secret", "value": "s3cret"}],
            },
            bucket_origin("east", access),
            bucket_origin("west", access),
        ],
        "originGroups": [
            {
                "originId": "videos",
                "failoverCriteria": {"statusCodes": [403, 404, 500]},
                "members": [{"originId": "east"}, {"originId": "west"}],
            }
        ],
        "defaultCacheBehavior": behaviour("origin", compress=False),
        "orderedCacheBehaviors": [{"pathPattern": "/processed/*", **behaviour("videos")}],
        "customErrorResponses": [{"errorCode": 500, "errorCachingMinTtl": 0}],
        "viewerCertificate": {
            "acmCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
            "sslSupportMethod": "sni-only",
            "minimumProtocolVersion": "TLSv1.2_2021",
        },
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
    }


def distribution(world: World) -> Created:
    return world.make(DISTRIBUTION, **inputs(world, "another"))


def access_control(world: World, name: str = "buckets") -> str:
    return world.make(
        "aws:cloudfront/originAccessControl:OriginAccessControl",
        name=name,
        originAccessControlOriginType="s3",
        signingBehavior="always",
        signingProtocol="sigv4",
        description="",
    ).id


def cached(seconds: int) -> dict[str, Any]:
    key = {
        "cookiesConfig": {"cookieBehavior": "none"},
        "headersConfig": {"headerBehavior": "none"},
        "queryStringsConfig": {"queryStringBehavior": "all"},
        "enableAcceptEncodingGzip": True,
        "enableAcceptEncodingBrotli": True,
    }
    ttl = {"minTtl": 0, "defaultTtl": seconds, "maxTtl": seconds}
    return {"name": "api", "comment": "Kept", **ttl, "parametersInCacheKeyAndForwardedToOrigin": key}


ROWS = [
    Row(
        DISTRIBUTION,
        inputs=lambda world: inputs(world, "lifecycle"),
        changed=lambda world: {
            "priceClass": "PriceClass_100",
            "customErrorResponses": [{"errorCode": 502, "errorCachingMinTtl": 0}],
            "defaultCacheBehavior": behaviour("origin", compress=True),
        },
    ),
    Row(
        "aws:cloudfront/cachePolicy:CachePolicy",
        inputs=lambda world: cached(300),
        changed=lambda world: {"defaultTtl": 60, "comment": "Shorter"},
    ),
    Row(
        "aws:cloudfront/originRequestPolicy:OriginRequestPolicy",
        inputs=lambda world: {
            "name": "anonymous",
            "comment": "No cookie",
            "cookiesConfig": {"cookieBehavior": "none"},
            "headersConfig": {"headerBehavior": "whitelist", "headers": {"items": ["Host"]}},
            "queryStringsConfig": {"queryStringBehavior": "all"},
        },
        changed=lambda world: {"queryStringsConfig": {"queryStringBehavior": "none"}},
    ),
    Row(
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        inputs=lambda world: {
            "name": "security",
            "comment": "On every answer",
            "securityHeadersConfig": {
                "strictTransportSecurity": {
                    "accessControlMaxAgeSec": 31536000,
                    "includeSubdomains": True,
                    "preload": True,
                    "override": True,
                },
                "contentTypeOptions": {"override": True},
                "frameOptions": {"frameOption": "DENY", "override": True},
                "referrerPolicy": {"referrerPolicy": "no-referrer", "override": True},
                "contentSecurityPolicy": {"contentSecurityPolicy": "default-src 'self'", "override": False},
            },
        },
        changed=lambda world: {
            "securityHeadersConfig": {"frameOptions": {"frameOption": "SAMEORIGIN", "override": True}}
        },
    ),
    Row(
        "aws:cloudfront/originAccessControl:OriginAccessControl",
        inputs=lambda world: {
            "name": "lifecycle",
            "description": "Signed",
            "originAccessControlOriginType": "s3",
            "signingBehavior": "always",
            "signingProtocol": "sigv4",
        },
        changed=lambda world: {"signingBehavior": "no-override"},
    ),
    Row(
        "aws:cloudfront/monitoringSubscription:MonitoringSubscription",
        inputs=lambda world: {
            "distributionId": distribution(world).id,
            "monitoringSubscription": {
                "realtimeMetricsSubscriptionConfig": {"realtimeMetricsSubscriptionStatus": "Enabled"}
            },
        },
        changed=lambda world: {
            "monitoringSubscription": {
                "realtimeMetricsSubscriptionConfig": {"realtimeMetricsSubscriptionStatus": "Disabled"}
            }
        },
        replaces={"distributionId"},
    ),
    Row(
        "aws:shield/protection:Protection",
        inputs=lambda world: {"name": "lifecycle", "resourceArn": distribution(world).outputs["arn"]},
        replaces=EVERYTHING,
    ),
]
