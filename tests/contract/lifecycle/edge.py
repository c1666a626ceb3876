"""What stands at the edge: CloudFront, WAF, Shield; and what is told about money."""

from typing import Any

from provisioner.handlers.common.base import Created
from tests.contract.lifecycle.kit import EVERYTHING, Row, World

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
MONITOR = "aws:costexplorer/anomalyMonitor:AnomalyMonitor"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:warning"


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


def web_acl(world: World) -> str:
    return str(world.make(WEB_ACL, **acl("another", 2000)).outputs["arn"])


def visibility(name: str) -> dict[str, Any]:
    return {"cloudwatchMetricsEnabled": True, "metricName": name, "sampledRequestsEnabled": True}


def acl(name: str, limit: int) -> dict[str, Any]:
    upload = {
        "byteMatchStatement": {
            "searchString": "/api/videos/upload",
            "fieldToMatch": {"uriPath": {}},
            "positionalConstraint": "EXACTLY",
            "textTransformations": [{"priority": 0, "type": "NONE"}],
        }
    }
    labelled = {"labelMatchStatement": {"scope": "LABEL", "key": "awswaf:managed:aws:core-rule-set:Size"}}
    return {
        "name": name,
        "description": "Before CloudFront",
        "scope": "CLOUDFRONT",
        "defaultAction": {"allow": {}},
        "rules": [
            {
                "name": "AWSManagedRulesCommonRuleSet",
                "priority": 1,
                "overrideAction": {"none": {}},
                "statement": {
                    "managedRuleGroupStatement": {
                        "vendorName": "AWS",
                        "name": "AWSManagedRulesCommonRuleSet",
                        "ruleActionOverrides": [{"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}],
                    }
                },
                "visibilityConfig": visibility("common"),
            },
            {
                "name": "RateLimitRule",
                "priority": 2,
                "action": {"block": {}},
                "statement": {"rateBasedStatement": {"limit": limit, "aggregateKeyType": "IP"}},
                "visibilityConfig": visibility("rate"),
            },
            {
                "name": "BodySize",
                "priority": 4,
                "action": {"block": {}},
                "statement": {"andStatement": {"statements": [labelled, {"notStatement": {"statement": upload}}]}},
                "visibilityConfig": visibility("size"),
            },
        ],
        "visibilityConfig": visibility("acl"),
    }


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


def notice(share: float) -> dict[str, Any]:
    return {
        "comparisonOperator": "GREATER_THAN",
        "notificationType": "ACTUAL",
        "threshold": share,
        "thresholdType": "PERCENTAGE",
        "subscriberSnsTopicArns": [TOPIC_ARN],
    }


def impact(usd: str) -> dict[str, Any]:
    return {
        "dimension": {
            "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
            "matchOptions": ["GREATER_THAN_OR_EQUAL"],
            "values": [usd],
        }
    }


def header(name: str) -> dict[str, Any]:
    return {"singleHeader": {"name": name}}


def kept(action: str) -> dict[str, Any]:
    condition = {"actionCondition": {"action": action}}
    return {
        "defaultBehavior": "DROP",
        "filters": [{"behavior": "KEEP", "requirement": "MEETS_ANY", "conditions": [condition]}],
    }


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
        WEB_ACL,
        inputs=lambda world: acl("lifecycle", 2000),
        changed=lambda world: {"rules": acl("lifecycle", 1000)["rules"], "description": "Stricter"},
        replaces={"name", "scope"},
    ),
    Row(
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        inputs=lambda world: {
            "resourceArn": web_acl(world),
            "logDestinationConfigs": ["arn:aws:logs:us-east-1:123456789012:log-group:aws-waf-logs-one"],
            "redactedFields": [header("authorization"), header("cookie")],
            "loggingFilter": kept("BLOCK"),
        },
        changed=lambda world: {"loggingFilter": kept("COUNT")},
        replaces={"resourceArn"},
    ),
    Row(
        "aws:shield/protection:Protection",
        inputs=lambda world: {"name": "lifecycle", "resourceArn": distribution(world).outputs["arn"]},
        replaces=EVERYTHING,
    ),
    Row(
        "aws:budgets/budget:Budget",
        inputs=lambda world: {
            "name": "lifecycle",
            "budgetType": "COST",
            "timeUnit": "MONTHLY",
            "limitAmount": "12500.0",
            "limitUnit": "USD",
            "notifications": [notice(80), notice(100)],
        },
        changed=lambda world: {"limitAmount": "100.0", "notifications": [notice(80), notice(90)]},
        replaces={"name"},
    ),
    Row(
        MONITOR,
        inputs=lambda world: {"name": "lifecycle", "monitorType": "DIMENSIONAL", "monitorDimension": "SERVICE"},
        changed=lambda world: {"name": "renamed"},
        replaces={"monitorType", "monitorDimension"},
    ),
    Row(
        "aws:costexplorer/anomalySubscription:AnomalySubscription",
        inputs=lambda world: {
            "name": "lifecycle",
            "frequency": "IMMEDIATE",
            "monitorArnLists": [
                world.make(MONITOR, name="m", monitorType="DIMENSIONAL", monitorDimension="SERVICE").id
            ],
            "subscribers": [{"type": "SNS", "address": TOPIC_ARN}],
            "thresholdExpression": impact("200"),
        },
        changed=lambda world: {"thresholdExpression": impact("500")},
    ),
    Row(
        "aws:costexplorer/costAllocationTag:CostAllocationTag",
        inputs=lambda world: {"tagKey": "Project", "status": "Active"},
        changed=lambda world: {"status": "Active"},
        replaces={"tagKey"},
    ),
    Row(
        "aws:s3/bucketMetric:BucketMetric",
        inputs=lambda world: {"bucket": world.bucket(), "name": "uploads", "filter": {"prefix": "raw/"}},
        changed=lambda world: {"filter": {"prefix": "temp/"}},
        replaces={"bucket", "name"},
    ),
    Row(
        "aws:s3/bucketObjectv2:BucketObjectv2",
        inputs=lambda world: {
            "bucket": world.bucket(),
            "key": "canary/1.zip",
            "contentBase64": "aGVsbG8=",
            "contentType": "application/zip",
        },
        changed=lambda world: {"contentBase64": "d29ybGQ="},
        replaces={"bucket", "key"},
    ),
]
