"""CloudWatch: moto's record of metrics, alarms and dashboards. No alarm is ever raised by a metric."""

from typing import Any, Final

from localcloud.services import words

OPERATIONS: Final = words(
    """PutMetricAlarm PutCompositeAlarm DeleteAlarms DescribeAlarms DescribeAlarmsForMetric EnableAlarmActions
    DisableAlarmActions SetAlarmState PutMetricData GetMetricData GetMetricStatistics ListMetrics PutDashboard
    GetDashboard ListDashboards DeleteDashboards ListTagsForResource TagResource UntagResource"""
)


def patch() -> None:
    """Let composite alarms be put: moto keeps and describes them, but has no operation that makes one."""
    from moto.cloudwatch.responses import CloudWatchResponse

    response: Any = CloudWatchResponse
    response.put_composite_alarm = response.put_metric_alarm
