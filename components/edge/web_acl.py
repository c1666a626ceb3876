"""The firewall at the edge: AWS WAF's web ACL before the distribution."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate.objectives import RATE_LIMIT

UPLOAD_PATH = "/api/videos/upload"
SIZE_RULE = "SizeRestrictions_BODY"
SIZE_LABEL = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"
"""Source: AWS WAF developer guide, core rule set."""


@dataclass(frozen=True)
class WebAclArgs:
    """`provider` is us-east-1's: what stands before CloudFront is kept there."""

    acl_name: str
    log_group: str
    log_retention_days: int
    provider: pulumi.ProviderResource


class WebAcl(pulumi.ComponentResource):
    """The specification's three rules under their names and priorities; what none of them stops passes.

    The core rule set refuses bodies over 8 KB. An upload is larger: that one rule only counts, and a fourth rule
    refuses what it counted on every other path. What a rule blocked or counted is logged, without credentials.

    Specification: 5.2
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: WebAclArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:WebAcl", name, None, opts)
        acl = aws.wafv2.WebAcl(
            name,
            name=args.acl_name,
            description="Before CloudFront: common attacks, SQL injection, too many requests of one address",
            scope="CLOUDFRONT",
            default_action={"allow": {}},
            rules=[
                _managed("AWSManagedRulesCommonRuleSet", 1, "AWSManagedRulesCommonRuleSet", counted=[SIZE_RULE]),
                _rate_limit(2),
                _managed("SQLInjectionRule", 3, "AWSManagedRulesSQLiRuleSet"),
                _body_size_but_for_uploads(4),
            ],
            visibility_config=_visibility(args.acl_name),
            opts=child(self, args.provider),
        )
        self._log(name, args, acl.arn)
        self.arn = acl.arn
        self.register_outputs({"arn": self.arn})

    def _log(self, name: str, args: WebAclArgs, acl_arn: pulumi.Output[str]) -> None:
        """Log what a rule blocked or counted, without credentials."""
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=args.log_group,
            retention_in_days=args.log_retention_days,
            opts=child(self, args.provider),
        )
        aws.wafv2.WebAclLoggingConfiguration(
            f"{name}-logs",
            resource_arn=acl_arn,
            log_destination_configs=[logs.arn],
            redacted_fields=[{"single_header": {"name": header}} for header in ("authorization", "cookie")],
            logging_filter={
                "default_behavior": "DROP",
                "filters": [
                    {
                        "behavior": "KEEP",
                        "requirement": "MEETS_ANY",
                        "conditions": [{"action_condition": {"action": action}} for action in ("BLOCK", "COUNT")],
                    }
                ],
            },
            opts=child(self, args.provider),
        )


def _visibility(metric: str) -> dict[str, Any]:
    return {"cloudwatch_metrics_enabled": True, "metric_name": metric, "sampled_requests_enabled": True}


def _managed(name: str, priority: int, group: str, counted: list[str] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"name": group, "vendor_name": "AWS"}
    if counted:
        statement["rule_action_overrides"] = [{"name": rule, "action_to_use": {"count": {}}} for rule in counted]
    return {
        "name": name,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {"managed_rule_group_statement": statement},
        "visibility_config": _visibility(name),
    }


def _rate_limit(priority: int) -> dict[str, Any]:
    return {
        "name": "RateLimitRule",
        "priority": priority,
        "action": {"block": {}},
        "statement": {"rate_based_statement": {"limit": RATE_LIMIT, "aggregate_key_type": "IP"}},
        "visibility_config": _visibility("RateLimitRule"),
    }


def _body_size_but_for_uploads(priority: int) -> dict[str, Any]:
    upload = {
        "byte_match_statement": {
            "search_string": UPLOAD_PATH,
            "field_to_match": {"uri_path": {}},
            "positional_constraint": "EXACTLY",
            "text_transformations": [{"priority": 0, "type": "NONE"}],
        }
    }
    labelled = {"label_match_statement": {"scope": "LABEL", "key": SIZE_LABEL}}
    elsewhere = {"not_statement": {"statement": upload}}
    return {
        "name": "BodySizeExceptUploads",
        "priority": priority,
        "action": {"block": {}},
        "statement": {"and_statement": {"statements": [labelled, elsewhere]}},
        "visibility_config": _visibility("BodySizeExceptUploads"),
    }
