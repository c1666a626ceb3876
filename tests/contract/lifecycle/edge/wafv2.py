"""The web ACL before CloudFront, and its log."""

from typing import Any

from tests.contract.lifecycle.kit import Row, World

WEB_ACL = "aws:wafv2/webAcl:WebAcl"


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
]
