"""Dashboards: widgets as data, laid out in rows; the JSON that CloudWatch wants."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components.observability.metrics import Measure
from components.options import child

COLUMNS = 24
HEIGHT = 6


@dataclass(frozen=True)
class Widget:
    """A graph of figures of one region, each under a label. `threshold`: a line across, where its alert begins."""

    title: str
    region: str
    figures: Mapping[str, Measure]
    threshold: float | None = None
    period_s: int = 60


@dataclass(frozen=True)
class Alarmed:
    """The states of alarms, by ARN."""

    title: str
    alarm_arns: Sequence[str]


@dataclass(frozen=True)
class Question:
    """What CloudWatch Logs Insights answers of some log groups."""

    title: str
    region: str
    log_groups: Sequence[str]
    query: str


@dataclass(frozen=True)
class Dashboard:
    """A dashboard: rows of widgets of equal width."""

    name: str
    rows: Sequence[Sequence[Widget | Alarmed | Question]]


@dataclass(frozen=True)
class DashboardsArgs:
    """Dashboards belong to no region; `provider` is the one that they are declared through."""

    dashboards: Sequence[Dashboard]
    provider: pulumi.ProviderResource


class Dashboards(pulumi.ComponentResource):
    """The four dashboards, both regions side by side.

    Specification: 6.1
    """

    def __init__(self, name: str, args: DashboardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Dashboards", name, None, opts)
        for dashboard in args.dashboards:
            aws.cloudwatch.Dashboard(
                dashboard.name,
                dashboard_name=dashboard.name,
                dashboard_body=pulumi.Output.json_dumps(body(dashboard)),
                opts=child(self, args.provider),
            )
        self.register_outputs({})


def body(dashboard: Dashboard) -> dict[str, Any]:
    """Return the dashboard as CloudWatch's structure; values may be outputs still."""
    widgets = []
    for row, members in enumerate(dashboard.rows):
        width = COLUMNS // len(members)
        for column, member in enumerate(members):
            place = {"x": column * width, "y": row * HEIGHT, "width": width, "height": HEIGHT}
            kind, properties = _properties(member)
            widgets.append({"type": kind, **place, "properties": properties})
    return {"widgets": widgets}


def _properties(member: Widget | Alarmed | Question) -> tuple[Literal["metric", "alarm", "log"], dict[str, Any]]:
    if isinstance(member, Alarmed):
        return "alarm", {"title": member.title, "alarms": list(member.alarm_arns)}
    if isinstance(member, Question):
        sources = " | ".join(f"SOURCE '{group}'" for group in member.log_groups)
        query = f"{sources} | {member.query}"
        return "log", {"title": member.title, "region": member.region, "query": query, "view": "table"}
    properties: dict[str, Any] = {
        "title": member.title,
        "region": member.region,
        "view": "timeSeries",
        "period": member.period_s,
        "metrics": [
            line
            for place, (label, figure) in enumerate(member.figures.items())
            for line in _lines(place, label, figure)
        ],
    }
    if member.threshold is not None:
        properties["annotations"] = {"horizontal": [{"label": "alert", "value": member.threshold}]}
    return "metric", properties


def _lines(place: int, label: str, figure: Measure) -> list[list[Any]]:
    """Return the lines of one figure; ids are made one widget's own by a prefix."""
    prefix = f"w{place}"
    if not figure.expression:
        (metric,) = figure.metrics.values()
        return [[*_path(metric.namespace, metric.name, metric.dimensions), {"stat": metric.statistic, "label": label}]]
    ids = [*figure.metrics, *figure.steps]
    lines: list[list[Any]] = [
        [
            *_path(metric.namespace, metric.name, metric.dimensions),
            {"id": f"{prefix}{name}", "stat": metric.statistic, "visible": False},
        ]
        for name, metric in figure.metrics.items()
    ]
    lines += [
        [{"id": f"{prefix}{name}", "expression": _renamed(step, ids, prefix), "visible": False}]
        for name, step in figure.steps.items()
    ]
    return [*lines, [{"expression": _renamed(figure.expression, ids, prefix), "label": label}]]


def _path(namespace: str, name: str, dimensions: Mapping[str, Any]) -> list[Any]:
    return [namespace, name, *(part for pair in dimensions.items() for part in pair)]


def _renamed(expression: str, ids: Sequence[str], prefix: str) -> str:
    """Return the expression with each id under its prefix."""
    words = "|".join(sorted(map(re.escape, ids), key=len, reverse=True))
    return re.sub(rf"(?<![\w.])({words})(?!\w)", rf"{prefix}\1", expression)
