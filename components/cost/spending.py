"""What is told about money: a budget with two notices, anomalies, and the tags by which costs are told apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.options import child
from estate.alerts import BUDGET_NOTICES_PCT
from estate.config import Environment

TAGS = ("Project", "Environment", "Owner", "CostCenter")


@dataclass(frozen=True)
class SpendingArgs:
    """`topic_arn` is told, in us-east-1 where billing lives."""

    environment: Environment
    prefix: str
    topic_arn: str
    provider: pulumi.ProviderResource
    depends_on: Sequence[pulumi.Resource] = ()


class Spending(pulumi.ComponentResource):
    """A monthly budget whose notices come at 80 % and 100 % of what was spent (production: $10,000 and $12,500), a
    notice when the month is forecast to exceed it, and AWS's anomaly detection by service.

    Specification: 6.1
    """

    def __init__(self, name: str, args: SpendingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Spending", name, None, opts)
        monitoring = args.environment.monitoring
        aws.budgets.Budget(
            name,
            name=args.prefix,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{monitoring.budget_usd:.1f}",
            limit_unit="USD",
            notifications=[
                *(_notice("ACTUAL", share, args.topic_arn) for share in BUDGET_NOTICES_PCT),
                _notice("FORECASTED", 100, args.topic_arn),
            ],
            opts=child(self, args.provider),
        )
        self._detect_anomalies(name, args)
        for tag in TAGS if args.environment.edge.cost_allocation_tags else ():
            aws.costexplorer.CostAllocationTag(
                f"{name}-{tag}", tag_key=tag, status="Active", opts=child(self, args.provider)
            )
        self.register_outputs({})

    def _detect_anomalies(self, name: str, args: SpendingArgs) -> None:
        monitor = aws.costexplorer.AnomalyMonitor(
            name,
            name=args.prefix,
            monitor_type="DIMENSIONAL",
            monitor_dimension="SERVICE",
            opts=child(self, args.provider),
        )
        aws.costexplorer.AnomalySubscription(
            name,
            name=args.prefix,
            frequency="IMMEDIATE",
            monitor_arn_lists=[monitor.arn],
            subscribers=[{"type": "SNS", "address": args.topic_arn}],
            threshold_expression={
                "dimension": {
                    "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                    "match_options": ["GREATER_THAN_OR_EQUAL"],
                    "values": [f"{args.environment.monitoring.anomaly_usd:.0f}"],
                }
            },
            opts=child(self, args.provider),
        )


def _notice(kind: str, share_pct: int, topic_arn: str) -> dict[str, object]:
    return {
        "comparison_operator": "GREATER_THAN",
        "notification_type": kind,
        "threshold": share_pct,
        "threshold_type": "PERCENTAGE",
        "subscriber_sns_topic_arns": [topic_arn],
    }
