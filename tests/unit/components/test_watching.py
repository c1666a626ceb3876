"""What is measured, shown and told: figures, alarms, service levels, dashboards, notices, canaries, money."""

import dataclasses
import json
from typing import Any

import msgspec
import pulumi
import pytest

from components.cost.spending import TAGS, Spending, SpendingArgs
from components.observability.alarms import Alarms, AlarmsArgs, Rule, Watch, all_of, any_of, in_alarm
from components.observability.dashboards import Alarmed, Dashboard, Dashboards, DashboardsArgs, Question, Widget
from components.observability.log_metrics import LogFigure, LogMetrics, LogMetricsArgs
from components.observability.metrics import Measure, Metric, alarm_arguments, highest, measured, total
from components.observability.notices import Notices, NoticesArgs
from components.observability.service_level import ServiceLevel, ServiceLevelArgs
from components.observability.slack_channel import SlackChannel, SlackChannelArgs
from estate.alerts import BURN_WINDOWS
from estate.files import read_alerts
from provisioner.values import Secret
from tests.unit.components.kit import WEST, Cloud, Maker, build, environment, specimen

CPU = Metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "db"}, "Average")
ERRORS = Measure(
    {"e": Metric("AWS/ApplicationELB", "Errors", {}, "Sum"), "all": Metric("AWS/ApplicationELB", "All", {}, "p95")},
    expression="100 * e / whole",
    steps={"whole": "FILL(all, 0)"},
    label="errors in 100",
)


@specimen(Alarms)
def alarms(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, **changes: Any) -> Alarms:
    given = environment()
    rule = any_of([in_alarm(given, WEST, "database-cpu", "db")])
    args = AlarmsArgs(
        environment=given,
        region=WEST,
        watches=[Watch("database-cpu", measured(CPU), "db"), Watch("error-rate", ERRORS)],
        rules=[Rule("region-down", rule)],
        provider=cloud.west,
        **changes,
    )
    return Alarms("alarms", args, opts)


@specimen(ServiceLevel)
def service_level(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, **changes: Any) -> ServiceLevel:
    args = ServiceLevelArgs(environment(), WEST, "availability", ERRORS, cloud.west, **changes)
    return ServiceLevel("slo", args, opts)


@specimen(LogMetrics)
def log_metrics(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> LogMetrics:
    figures = [
        LogFigure("errors", "/breiq/auth", '{ $.level = "error" }', "errors-auth", default="0"),
        LogFigure("lag", "/breiq/auth", "{ $.lag_s = * }", "lag", value="$.lag_s", unit="Seconds"),
    ]
    return LogMetrics("figures", LogMetricsArgs("breiq", figures, cloud.west), opts)


@specimen(Dashboards)
def dashboards(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> Dashboards:
    (subject,) = cloud.outputs("app/breiq/1")
    balancer = Metric("AWS/ApplicationELB", "RequestCount", {"LoadBalancer": subject}, "Sum")
    rows: list[list[Widget | Alarmed | Question]] = [
        [Widget("Requests", WEST, {"all": measured(balancer)}, threshold=9), Widget("Errors", WEST, {"rate": ERRORS})],
        [Alarmed("Alarms", ["arn:alarm"]), Question("Slow", WEST, ["/a", "/b"], "stats count()"), Alarmed("None", [])],
    ]
    return Dashboards("dashboards", DashboardsArgs([Dashboard("breiq-all", rows)], cloud.west), opts)


@specimen(Notices)
def notices(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> Notices:
    return Notices("notices", NoticesArgs(environment(), WEST, cloud.secret("https://pager.test"), cloud.west), opts)


@specimen(SlackChannel)
def slack_channel(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> SlackChannel:
    args = SlackChannelArgs("breiq", "T1", "C1", "arn:chatbot", ["arn:warning-east", "arn:warning-west"], cloud.west)
    return SlackChannel("slack", args, opts)


@specimen(Spending)
def spending(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, **changes: Any) -> Spending:
    given = msgspec.structs.replace(environment(), **changes)
    return Spending("spending", SpendingArgs(given, "breiq", "arn:warning", cloud.east), opts)


def test_a_metric_alone_is_asked_for_by_its_statistic() -> None:
    assert alarm_arguments(measured(CPU), 60) == {
        "namespace": "AWS/RDS",
        "metric_name": "CPUUtilization",
        "dimensions": {"DBInstanceIdentifier": "db"},
        "period": 60,
        "statistic": "Average",
    }
    extended = alarm_arguments(measured(dataclasses.replace(CPU, statistic="p95")), 60)
    assert (extended["extended_statistic"], "statistic" in extended) == ("p95", False)


def test_an_expression_alone_returns_a_figure() -> None:
    queries = {one["id"]: one for one in alarm_arguments(ERRORS, 300)["metric_queries"]}
    assert [name for name, one in queries.items() if one["return_data"]] == ["figure"]
    assert queries["figure"]["expression"] == "100 * e / whole"
    assert queries["whole"]["expression"] == "FILL(all, 0)"
    assert queries["e"]["metric"]["period"] == 300


def test_an_alarm_takes_ten_metrics_and_several_need_an_expression() -> None:
    with pytest.raises(AssertionError):
        Measure({f"m{number}": CPU for number in range(11)}, expression=highest(["m0", "m1"]))
    with pytest.raises(AssertionError):
        Measure({"a": CPU, "b": CPU})
    assert (highest(["a", "b"]), total(["a", "b"])) == ("MAX([a, b])", "SUM([a, b])")


def test_a_rule_comes_after_the_alarms_that_it_names_and_all_tell_their_topic() -> None:
    made = build(alarms)
    prefix = "breiq-production-us-west-2"
    assert made.tree() == [
        f"cloudwatch.CompositeAlarm {prefix}-region-down: us-west-2; after "
        f"cloudwatch.MetricAlarm {prefix}-database-cpu-db",
        f"cloudwatch.MetricAlarm {prefix}-database-cpu-db: us-west-2",
        f"cloudwatch.MetricAlarm {prefix}-error-rate: us-west-2",
    ]
    for one in made.children:
        notified = ["arn:aws:sns:us-west-2:345678901234:breiq-production-critical"]
        assert one.inputs["alarmActions"] == one.inputs["okActions"] == notified
        assert "Runbook: https://runbooks.breiq.com/" in one.inputs["alarmDescription"]
    cpu = made.inputs("cloudwatch.MetricAlarm", f"{prefix}-database-cpu-db")
    alert = read_alerts()["database-cpu"]
    assert (cpu["threshold"], cpu["evaluationPeriods"], cpu["period"]) == (80, alert.periods, alert.period_s)
    assert made.inputs("cloudwatch.CompositeAlarm")["alarmRule"] == f'(ALARM("{prefix}-database-cpu-db"))'


@pytest.mark.parametrize("make", [alarms, service_level])
def test_alarms_come_after_the_topics_that_they_tell(make: Maker) -> None:
    made = build(lambda cloud: make(cloud, depends_on=[notices(cloud).topics["critical"]]))
    assert {one.after for one in made.of("cloudwatch.MetricAlarm")} == {("sns.Topic notices-critical",)}


def test_terms_are_joined_in_brackets() -> None:
    assert any_of(["a", all_of(["b", "c"])]) == "(a OR (b AND c))"


def test_a_page_and_a_ticket_wait_for_the_windows_that_they_name() -> None:
    made = build(service_level)
    windows = [one.name for one in made.of("cloudwatch.MetricAlarm")]
    assert len(windows) == 2 * len(BURN_WINDOWS)
    for one in made.of("cloudwatch.CompositeAlarm"):
        named = {name for name in windows if f'ALARM("{name}")' in one.inputs["alarmRule"]}
        assert {name.rpartition(" ")[2] for name in one.after} == named != set()
    silent = [one for one in made.of("cloudwatch.MetricAlarm") if "alarmActions" in one.inputs]
    assert silent == []


def test_both_windows_of_a_pair_burn_at_its_rate() -> None:
    made = build(service_level)
    for one in made.of("cloudwatch.MetricAlarm"):
        (pair,) = [pair for pair in BURN_WINDOWS if f"-{pair.label}-" in one.name]
        period = pair.long_s if one.name.endswith("-long") else pair.short_s
        assert one.inputs["threshold"] == pair.factor
        assert {query["metric"]["period"] for query in one.inputs["metricQueries"] if "metric" in query} == {period}


def test_figures_come_from_the_lines_of_a_log_group() -> None:
    made = build(log_metrics)
    assert [str(one) for one in made.children] == made.tree()
    errors, lag = (made.inputs("cloudwatch.LogMetricFilter", f"figures-{name}") for name in ("errors", "lag"))
    assert errors["metricTransformation"] == {
        "name": "errors-auth",
        "namespace": "breiq",
        "value": "1",
        "unit": "Count",
        "defaultValue": "0",
    }
    assert (lag["metricTransformation"]["value"], "defaultValue" in lag["metricTransformation"]) == ("$.lag_s", False)
    assert {errors["logGroupName"], lag["logGroupName"]} == {"/breiq/auth"}


def test_widgets_of_a_row_share_its_width() -> None:
    made = build(dashboards)
    assert made.tree() == ["cloudwatch.Dashboard breiq-all: us-west-2"]
    widgets = json.loads(made.inputs("cloudwatch.Dashboard")["dashboardBody"])["widgets"]
    assert [(one["type"], one["x"], one["y"], one["width"]) for one in widgets] == [
        ("metric", 0, 0, 12),
        ("metric", 12, 0, 12),
        ("alarm", 0, 6, 8),
        ("log", 8, 6, 8),
        ("alarm", 16, 6, 8),
    ]
    requests, errors, _, slow, _ = (one["properties"] for one in widgets)
    assert requests["metrics"] == [
        ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", "app/breiq/1", {"stat": "Sum", "label": "all"}]
    ]
    assert requests["annotations"]["horizontal"][0]["value"] == 9
    assert [line[-1].get("expression") for line in errors["metrics"]] == [
        None,
        None,
        "FILL(w0all, 0)",
        "100 * w0e / w0whole",
    ]
    assert slow["query"] == "SOURCE '/a' | SOURCE '/b' | stats count()"


def test_critical_reaches_the_pager_whose_address_is_a_secret() -> None:
    made = build(notices)
    assert made.tree() == [
        "sns.Topic notices-critical: us-west-2",
        "sns.Topic notices-warning: us-west-2",
        "sns.TopicSubscription notices-pagerduty: us-west-2; after sns.Topic notices-critical",
    ]
    assert made.gives["topics"] == {name: f"sns.Topic notices-{name}" for name in ("critical", "warning")}
    subscription = made.inputs("sns.TopicSubscription")
    assert (subscription["protocol"], subscription["endpoint"]) == ("https", Secret("https://pager.test"))
    for one in made.of("sns.Topic"):
        publish, refuse = json.loads(one.inputs["policy"])["Statement"]
        assert publish["Condition"] == {"StringEquals": {"aws:SourceAccount": "345678901234"}}
        assert refuse["Effect"] == "Deny"
        assert publish["Resource"].rpartition(":")[2] == one.inputs["name"]
        assert one.inputs["kmsMasterKeyId"] == "alias/breiq-production-data"


def test_warnings_of_both_regions_are_in_one_channel_which_only_reads() -> None:
    made = build(slack_channel)
    assert made.tree() == ["chatbot.SlackChannelConfiguration slack: us-west-2"]
    given = made.inputs("chatbot.SlackChannelConfiguration")
    assert given["snsTopicArns"] == ["arn:warning-east", "arn:warning-west"]
    assert given["guardrailPolicyArns"] == ["arn:aws:iam::aws:policy/ReadOnlyAccess"]


def test_money_is_told_by_share_and_by_anomaly() -> None:
    made = build(spending)
    assert made.tree() == [
        "budgets.Budget spending: us-east-1",
        "costexplorer.AnomalyMonitor spending: us-east-1",
        "costexplorer.AnomalySubscription spending: us-east-1",
        *(f"costexplorer.CostAllocationTag spending-{tag}: us-east-1" for tag in sorted(TAGS)),
    ]
    budget = made.inputs("budgets.Budget")
    notices_of = [(one["notificationType"], one["threshold"]) for one in budget["notifications"]]
    assert (budget["limitAmount"], notices_of) == ("12500.0", [("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)])
    assert made.inputs("costexplorer.AnomalySubscription")["thresholdExpression"]["dimension"]["values"] == ["200"]
    edge = msgspec.structs.replace(environment().edge, cost_allocation_tags=False)
    assert build(spending, edge=edge).of("costexplorer.CostAllocationTag") == []
