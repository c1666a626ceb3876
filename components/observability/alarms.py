"""Alarms of one region: a metric alarm for each figure that an alert watches, a composite one for each rule."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.observability.metrics import Measure, alarm_arguments
from components.options import child
from estate import topology
from estate.alerts import Alert
from estate.config import Environment
from estate.files import read_alerts


@dataclass(frozen=True)
class Watch:
    """An alert over one figure. `subject` tells the alarms of one alert apart (a service, a node)."""

    alert: str
    measure: Measure
    subject: str = ""


@dataclass(frozen=True)
class Rule:
    """An alert over other alarms: `rule` is CloudWatch's expression of their names."""

    alert: str
    rule: str
    subject: str = ""


@dataclass(frozen=True)
class AlarmsArgs:
    """What is watched in a region. `region`'s topics are told; `provider` is of the same region."""

    environment: Environment
    region: str
    watches: Sequence[Watch]
    rules: Sequence[Rule]
    provider: pulumi.ProviderResource
    depends_on: Sequence[pulumi.Resource] = ()


class Alarms(pulumi.ComponentResource):
    """Each alarm tells its severity's topic when it is raised and when it is over, and names its runbook.

    Specification: 6.1, 10.1
    """

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Alarms", name, None, opts)
        self._args = args
        known = {self._alarm_name(watch): self._metric_alarm(watch) for watch in args.watches}
        for rule in args.rules:
            after = [alarm for alarm_name, alarm in known.items() if f'"{alarm_name}"' in rule.rule]
            known[self._alarm_name(rule)] = composite_alarm(
                self, rule, environment=args.environment, region=args.region, provider=args.provider, after=after
            )
        self.register_outputs({})

    def _alarm_name(self, of: Watch | Rule) -> str:
        return topology.alarm(self._args.environment, self._args.region, of.alert, of.subject)

    def _metric_alarm(self, watch: Watch) -> pulumi.Resource:
        args, alert = self._args, read_alerts()[watch.alert]
        notified = [topology.alarm_topic_arn(args.environment, args.region, alert.severity)]
        alarm_name = self._alarm_name(watch)
        return aws.cloudwatch.MetricAlarm(
            alarm_name,
            name=alarm_name,
            alarm_description=description(args.environment, alert, watch.subject),
            comparison_operator=alert.comparison,
            threshold=alert.threshold,
            evaluation_periods=alert.periods,
            datapoints_to_alarm=alert.datapoints,
            treat_missing_data=alert.missing,
            alarm_actions=notified,
            ok_actions=notified,
            **alarm_arguments(watch.measure, alert.period_s),
            opts=child(self, args.provider, depends_on=args.depends_on),
        )


def composite_alarm(
    parent: pulumi.Resource,
    rule: Rule,
    *,
    environment: Environment,
    region: str,
    provider: pulumi.ProviderResource,
    after: Sequence[pulumi.Resource],
) -> pulumi.Resource:
    """Declare the alarm of a rule; the alarms that it names must be there before it."""
    alert = read_alerts()[rule.alert]
    notified = [topology.alarm_topic_arn(environment, region, alert.severity)]
    alarm_name = topology.alarm(environment, region, rule.alert, rule.subject)
    return aws.cloudwatch.CompositeAlarm(
        alarm_name,
        alarm_name=alarm_name,
        alarm_description=description(environment, alert, rule.subject),
        alarm_rule=rule.rule,
        alarm_actions=notified,
        ok_actions=notified,
        opts=child(parent, provider, depends_on=after),
    )


def description(environment: Environment, alert: Alert, subject: str = "") -> str:
    """Return what a person reads who is told: what is wrong, what that means, where to look."""
    of = f" ({subject})" if subject else ""
    return f"{alert.title}{of}. {alert.means} Runbook: {runbook_url(environment, alert)}"


def runbook_url(environment: Environment, alert: Alert) -> str:
    """Return the address of an alert's runbook."""
    return f"{environment.monitoring.runbook_url}/{alert.runbook}.md"


def in_alarm(environment: Environment, region: str, alert: str, subject: str = "") -> str:
    """Return the term of a rule that is true while that alarm is raised."""
    return f'ALARM("{topology.alarm(environment, region, alert, subject)}")'


def any_of(terms: Sequence[str]) -> str:
    """Return the rule that is true while any of the terms is."""
    return f"({' OR '.join(terms)})"


def all_of(terms: Sequence[str]) -> str:
    """Return the rule that is true while all of the terms are."""
    return f"({' AND '.join(terms)})"
