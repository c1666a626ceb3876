"""CloudWatch: moto's record of metrics, alarms and dashboards. No alarm is ever raised by a metric."""

from typing import Any, Final

from localcloud.core.words import words

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
    _begin_without_data()


def _begin_without_data() -> None:
    """Have an alarm begin as INSUFFICIENT_DATA, and keep its state when it is put again."""
    from moto.cloudwatch.models import CloudWatchBackend

    backend: Any = CloudWatchBackend
    put = backend.put_metric_alarm

    def put_metric_alarm(self: Any, *arguments: Any, **options: Any) -> Any:
        before = dict(self.alarms)
        alarm = put(self, *arguments, **options)
        old = before.get(alarm.name)
        alarm.state_value = "INSUFFICIENT_DATA" if old is None else old.state_value
        if old is not None:
            alarm.state_reason, alarm.state_reason_data = old.state_reason, old.state_reason_data
            alarm.state_updated_timestamp = old.state_updated_timestamp
        return alarm

    backend.put_metric_alarm = put_metric_alarm
