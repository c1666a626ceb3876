"""Elastic Load Balancing: the weights of listener rules, and the health of targets."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws.calls import typed_errors
from aws.errors import AwsError, NotFound

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

    from aws.session import Session


@dataclass(frozen=True)
class Target:
    """A target of a target group. `state` is ELB's word: initial, healthy, unhealthy, draining, unused, unavailable."""

    address: str
    port: int
    state: str
    reason: str


class Elbv2:
    """Elastic Load Balancing of one region."""

    def __init__(self, session: "Session") -> None:
        self.region, self._session = session.region, session

    @cached_property
    def _client(self) -> "ElasticLoadBalancingv2Client":
        client: ElasticLoadBalancingv2Client = self._session.client("elbv2")
        return client

    def targets(self, target_group_arn: str) -> list[Target]:
        """Return the registered targets of a group with their health. Raises NotFound."""
        with typed_errors("elasticloadbalancing:DescribeTargetHealth", self.region):
            answer = self._client.describe_target_health(TargetGroupArn=target_group_arn)
        return [
            Target(
                address=one["Target"]["Id"],
                port=one["Target"].get("Port", 0),
                state=str(one["TargetHealth"].get("State", "unavailable")),
                reason=str(one["TargetHealth"].get("Description") or one["TargetHealth"].get("Reason") or ""),
            )
            for one in answer["TargetHealthDescriptions"]
        ]

    def weights(self, rule_arns: list[str]) -> dict[str, dict[str, int]]:
        """Return each rule's weights: rule ARN → target group ARN → weight. Raises NotFound for an unknown rule."""
        with typed_errors("elasticloadbalancing:DescribeRules", self.region):
            answer = self._client.describe_rules(RuleArns=rule_arns)
        found = {str(rule["RuleArn"]): _weights(rule["Actions"]) for rule in answer["Rules"]}
        for arn in rule_arns:
            if arn not in found:
                raise NotFound(
                    "not_found",
                    "permanent",
                    f"listener rule {arn} does not exist in {self.region}",
                    call="elasticloadbalancing:DescribeRules",
                    region=self.region,
                )
        return found

    def set_weights(self, rule_arn: str, weights: dict[str, int]) -> None:
        """Make a rule forward with these weights (target group ARN → weight). May be repeated."""
        groups: list[Any] = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
        with typed_errors("elasticloadbalancing:ModifyRule", self.region):
            self._client.modify_rule(
                RuleArn=rule_arn, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
            )


def _weights(actions: Any) -> dict[str, int]:
    for action in actions:
        if action["Type"] == "forward":
            groups = action.get("ForwardConfig", {}).get("TargetGroups") or [
                {"TargetGroupArn": action["TargetGroupArn"], "Weight": 1}
            ]
            return {str(group["TargetGroupArn"]): int(group.get("Weight", 1)) for group in groups}
    raise AwsError(
        "not_a_forward",
        "permanent",
        "a listener rule does not forward to target groups",
        call="elasticloadbalancing:DescribeRules",
        region="",
    )
