"""What an alarm or a widget measures: one metric, or an expression over several. Pure data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi


@dataclass(frozen=True)
class Metric:
    """A metric of CloudWatch. `statistic`: `Average`, `Sum`, …, or an extended one (`p95`, `PR(200:)`)."""

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: str = "Average"


@dataclass(frozen=True)
class Measure:
    """One figure: `expression` over `metrics` and `steps` (expressions too) by their ids; without one, the only metric
    itself. CloudWatch takes at most ten metrics in an alarm.
    """

    metrics: Mapping[str, Metric]
    expression: str = ""
    label: str = ""
    steps: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert len(self.metrics) <= 10, f"{len(self.metrics)} metrics in one alarm: {self.label}"
        assert self.expression or len(self.metrics) == 1, self.label


def measured(metric: Metric) -> Measure:
    """Return the metric as a figure of its own."""
    return Measure({"m": metric})


def highest(names: Iterable[str]) -> str:
    """Return the highest of some metrics. One without a point (an idle colour) does not count."""
    return f"MAX([{', '.join(names)}])"


def total(names: Iterable[str]) -> str:
    """Return the sum of some metrics. One without a point does not count; where none has one, there is no sum."""
    return f"SUM([{', '.join(names)}])"


def alarm_arguments(measure: Measure, period_s: int) -> dict[str, Any]:
    """Return the arguments of a metric alarm that measures this in periods of `period_s`."""
    if not measure.expression:
        (metric,) = measure.metrics.values()
        plain = metric.statistic in {"Average", "Sum", "Minimum", "Maximum", "SampleCount"}
        return {
            "namespace": metric.namespace,
            "metric_name": metric.name,
            "dimensions": dict(metric.dimensions) or None,
            "period": period_s,
            "statistic" if plain else "extended_statistic": metric.statistic,
        }
    queries: list[dict[str, Any]] = [
        {
            "id": name,
            "return_data": False,
            "metric": {
                "namespace": metric.namespace,
                "metric_name": metric.name,
                "dimensions": dict(metric.dimensions) or None,
                "period": period_s,
                "stat": metric.statistic,
            },
        }
        for name, metric in measure.metrics.items()
    ]
    queries += [{"id": name, "expression": step, "return_data": False} for name, step in measure.steps.items()]
    result = {"id": "figure", "expression": measure.expression, "label": measure.label, "return_data": True}
    return {"metric_queries": [*queries, result]}
