"""What is told about money: budgets, anomalies, tags of costs."""

from typing import Any

from tests.contract.lifecycle.kit import Row

MONITOR = "aws:costexplorer/anomalyMonitor:AnomalyMonitor"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:warning"


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


ROWS = [
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
]
