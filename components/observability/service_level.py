"""A service level objective as alarms: how fast the month's error budget burns, over two windows at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.observability.alarms import Rule, all_of, any_of, composite_alarm
from components.observability.metrics import Measure, alarm_arguments
from components.options import child
from estate import topology
from estate.alerts import BURN_WINDOWS, SEVERITIES, BurnWindow
from estate.config import Environment

KINDS = {"critical": "page", "warning": "ticket"}


@dataclass(frozen=True)
class ServiceLevelArgs:
    """`burn` is the rate at which the budget is spent: 1 spends the month's in a month. `objective`: `availability` or
    `latency`; its alerts are `slo-<objective>-page` and `-ticket`.
    """

    environment: Environment
    region: str
    objective: str
    burn: Measure
    provider: pulumi.ProviderResource
    depends_on: Sequence[pulumi.Resource] = ()


class ServiceLevel(pulumi.ComponentResource):
    """A page when the budget burns fast, a ticket when it burns steadily; each needs a long window, which says that it
    matters, and a short one, which says that it still does. The windows' own alarms tell nobody.

    Specification: 9.1, 10.1
    """

    def __init__(self, name: str, args: ServiceLevelArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:ServiceLevel", name, None, opts)
        self._args = args
        for severity in SEVERITIES:
            pairs = [pair for pair in BURN_WINDOWS if pair.severity == severity]
            windows: list[pulumi.Resource] = []
            for pair in pairs:
                windows.append(self._window(pair, "long", pair.long_s, pair.long_periods))
                windows.append(self._window(pair, "short", pair.short_s, 1))
            rule = any_of([all_of([self._term(pair, "long"), self._term(pair, "short")]) for pair in pairs])
            alert = f"slo-{args.objective}-{KINDS[severity]}"
            composite_alarm(
                self,
                Rule(alert, rule),
                environment=args.environment,
                region=args.region,
                provider=args.provider,
                after=windows,
            )
        self.register_outputs({})

    def _alarm_name(self, pair: BurnWindow, which: str) -> str:
        return topology.alarm(self._args.environment, self._args.region, f"burn-{self._args.objective}", pair.label) + (
            f"-{which}"
        )

    def _term(self, pair: BurnWindow, which: str) -> str:
        return f'ALARM("{self._alarm_name(pair, which)}")'

    def _window(self, pair: BurnWindow, which: str, period_s: int, periods: int) -> pulumi.Resource:
        args, alarm_name = self._args, self._alarm_name(pair, which)
        return aws.cloudwatch.MetricAlarm(
            alarm_name,
            name=alarm_name,
            alarm_description=(
                f"The budget of {args.objective} burns at more than {pair.factor:g} times the rate that spends it in a "
                f"month, over {periods * period_s // 60} min. A window of the alert slo-{args.objective}-"
                f"{KINDS[pair.severity]}, which tells people. Runbook: "
                f"{args.environment.monitoring.runbook_url}/slo-{args.objective}.md"
            ),
            comparison_operator="GreaterThanThreshold",
            threshold=pair.factor,
            evaluation_periods=periods,
            datapoints_to_alarm=periods,
            treat_missing_data="notBreaching",
            **alarm_arguments(args.burn, period_s),
            opts=child(self, args.provider, depends_on=args.depends_on),
        )
