"""Alarms and dashboards of CloudWatch."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic


class _Alarm(Generic):
    """Base of alarms: put whole, by their name."""

    taggable = True
    service = "cloudwatch"
    read_call = "describe_alarms"
    delete_call = "delete_alarms"
    adopts = False
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; a put has the name among its parameters."""
        return {} if call == self.create_call else {"AlarmNames": [resource_id]}


@register
class MetricAlarm(_Alarm):
    """An alarm over a metric, or over an expression of several. Its id is its name."""

    type = "aws:cloudwatch/metricAlarm:MetricAlarm"
    create_call = update_call = "put_metric_alarm"
    id_inputs = ("name",)
    names: ClassVar = {
        "name": "AlarmName",
        "metricQueries": "Metrics",
        "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
    }
    document = "MetricAlarms[0]"
    outputs: ClassVar = {"arn": "AlarmArn"}
    defaults: ClassVar = {"actionsEnabled": True, "treatMissingData": "missing"}
    replace_on = frozenset({"name"})

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic."""
        return super().create_arguments(aws, _for_aws(inputs))

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic."""
        return super().update_arguments(aws, resource_id, _for_aws(new), changed)

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        seen = super().observe(aws, resource_id, document)
        for name in ("dimensions", "metricQueries", "alarmActions", "okActions", "insufficientDataActions"):
            if not seen.get(name):
                seen.pop(name, None)
        if "dimensions" in seen:
            seen["dimensions"] = _named(seen["dimensions"])
        if "metricQueries" in seen:
            seen["metricQueries"] = [_query(query) for query in seen["metricQueries"]]
            seen.pop("period", None)
        return seen


def _for_aws(inputs: Properties) -> Properties:
    """Return the inputs with metrics in the form of AWS's: dimensions as a list, a query's metric in two levels."""
    changed = dict(inputs)
    if inputs.get("dimensions"):
        changed["dimensions"] = _listed(inputs["dimensions"])
    if inputs.get("metricQueries"):
        changed["metricQueries"] = [
            {**{k: v for k, v in query.items() if k != "metric"}, **_metric_stat(query.get("metric"))}
            for query in inputs["metricQueries"]
        ]
    return changed


def _metric_stat(metric: Properties | None) -> Properties:
    if not metric:
        return {}
    of = {"namespace": metric.get("namespace"), "metricName": metric["metricName"]}
    of["dimensions"] = _listed(metric.get("dimensions") or {})
    return {"metricStat": {"metric": of, **{k: metric[k] for k in ("period", "stat", "unit") if k in metric}}}


def _query(seen: Properties) -> Properties:
    stat = seen.pop("metricStat", None)
    if stat:
        of = stat.pop("metric")
        if of.get("dimensions"):
            of["dimensions"] = _named(of["dimensions"])
        else:
            of.pop("dimensions", None)
        seen["metric"] = {**of, **stat}
    return seen


def _listed(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in dimensions.items()]


def _named(dimensions: list[dict[str, str]]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in dimensions}


@register
class CompositeAlarm(_Alarm):
    """An alarm over other alarms. Its id is its name."""

    type = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
    create_call = update_call = "put_composite_alarm"
    id_inputs = ("alarmName",)
    document = "CompositeAlarms[0]"
    outputs: ClassVar = {"arn": "AlarmArn"}
    defaults: ClassVar = {"actionsEnabled": True}
    replace_on = frozenset({"alarmName", "actionsEnabled"})

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; composite alarms are described only when they are asked for."""
        arguments = super().id_arguments(aws, call, resource_id)
        return {**arguments, "AlarmTypes": ["CompositeAlarm"]} if call == self.read_call else arguments

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        seen = super().observe(aws, resource_id, document)
        lists = ("alarmActions", "okActions", "insufficientDataActions")
        return {name: value for name, value in seen.items() if value or name not in lists}


@register
class Dashboard(Generic):
    """A dashboard. Its id is its name."""

    type = "aws:cloudwatch/dashboard:Dashboard"
    service = "cloudwatch"
    create_call = update_call = "put_dashboard"
    read_call = "get_dashboard"
    delete_call = "delete_dashboards"
    id_inputs = ("dashboardName",)
    missing = ("ResourceNotFound", "ResourceNotFoundException", "DashboardNotFoundError")
    outputs: ClassVar = {"dashboardArn": "DashboardArn", "dashboardBody": "DashboardBody"}
    adopts = False
    replace_on = frozenset({"dashboardName"})

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic."""
        if call == self.create_call:
            return {}
        return {"DashboardNames": [resource_id]} if call == self.delete_call else {"DashboardName": resource_id}
