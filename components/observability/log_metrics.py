"""Figures from the app's JSON logs: errors, response times of the promised paths, commits that are not replicated."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.options import child


@dataclass(frozen=True)
class LogFigure:
    """A metric `metric`, made of the lines of a log group that match `pattern`; `value` is what each adds."""

    name: str
    log_group: pulumi.Input[str]
    pattern: str
    metric: str
    value: str = "1"
    default: str | None = None
    unit: str = "Count"


@dataclass(frozen=True)
class LogMetricsArgs:
    """All figures land in one namespace."""

    namespace: str
    figures: Sequence[LogFigure]
    provider: pulumi.ProviderResource


class LogMetrics(pulumi.ComponentResource):
    """Custom application metrics, from the log lines that there are anyway: no agent runs beside a task.

    Specification: 6.1, 6.2
    """

    def __init__(self, name: str, args: LogMetricsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:LogMetrics", name, None, opts)
        for figure in args.figures:
            transformation: dict[str, object] = {
                "name": figure.metric,
                "namespace": args.namespace,
                "value": figure.value,
                "unit": figure.unit,
            }
            if figure.default is not None:
                transformation["default_value"] = figure.default
            aws.cloudwatch.LogMetricFilter(
                f"{name}-{figure.name}",
                name=figure.name,
                log_group_name=figure.log_group,
                pattern=figure.pattern,
                metric_transformation=transformation,
                opts=child(self, args.provider),
            )
        self.register_outputs({})
