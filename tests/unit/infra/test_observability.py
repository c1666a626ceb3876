"""What watches: alarms, service levels, dashboards, notices, as the whole program declares them."""

import re
from typing import Any

import pytest

from estate import topology
from estate.files import read_alerts, read_environment
from infra.region.figures import service_of
from provisioner.state.state import Resource
from provisioner.values import Secret, plain
from tests.unit.infra.kit import Declared, json_of, secret_text

EAST, WEST = "us-east-1", "us-west-2"
METRIC, COMPOSITE = "cloudwatch/metricAlarm:MetricAlarm", "cloudwatch/compositeAlarm:CompositeAlarm"
FOUR = ("application-health", "infrastructure-metrics", "cost-and-usage", "security-events")


def name_of(alarm: Resource) -> str:
    return str(alarm.inputs.get("name") or alarm.inputs["alarmName"])


def alarms(estate: Declared, stack: str | None = None) -> dict[str, dict[str, Any]]:
    return {name_of(r): r.inputs for kind in (METRIC, COMPOSITE) for r in estate.of(kind, stack)}


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    if "metricName" in alarm:
        return [alarm]
    return [query["metric"] for query in alarm.get("metricQueries", []) if "metric" in query]


@pytest.mark.parametrize("region", [EAST, WEST])
def test_every_alert_is_watched_in_each_region_or_at_the_edge(estate: Declared, region: str) -> None:
    prefix = f"breiq-local-{region}-"
    ours = [name.removeprefix(prefix) for name in alarms(estate) if name.startswith(prefix)]
    at_the_edge = {"cache-hit-ratio", "traffic-moved", "endpoint-unhealthy"}
    for alert in read_alerts().keys() - (at_the_edge if region == WEST else set()):
        assert any(name == alert or name.startswith(f"{alert}-") for name in ours), alert


def test_an_alarms_threshold_and_periods_are_the_tables(estate: Declared) -> None:
    seen = 0
    for alarm_name, alarm in alarms(estate).items():
        alert = next(
            (
                a
                for a in read_alerts().values()
                if re.fullmatch(f"breiq-local-us-(east|west)-[12]-{a.id}(-.+)?", alarm_name)
            ),
            None,
        )
        if alert is None or "alarmRule" in alarm:
            continue
        seen += 1
        assert (alarm["threshold"], alarm["comparisonOperator"]) == (alert.threshold, alert.comparison), alarm_name
        assert (alarm["evaluationPeriods"], alarm["datapointsToAlarm"]) == (alert.periods, alert.datapoints)
        for metric in metrics_of(alarm):
            assert metric["period"] == alert.period_s
    assert seen > 90


def test_every_alarm_tells_its_severitys_topic_of_its_own_region_and_names_a_runbook(estate: Declared) -> None:
    named = " ".join(alarm["alarmRule"] for alarm in alarms(estate).values() if "alarmRule" in alarm)
    for alarm_name, alarm in alarms(estate).items():
        assert re.search(r"Runbook: https://runbooks\.local\.breiq\.test/[a-z-]+\.md", alarm["alarmDescription"])
        assert len(alarm["alarmDescription"]) <= 1024
        if "-burn-" in alarm_name:
            assert "alarmActions" not in alarm
            assert f'"{alarm_name}"' in named
            continue
        (topic,) = alarm["alarmActions"]
        assert alarm["okActions"] == [topic]
        region = EAST if EAST in alarm_name else WEST
        assert re.fullmatch(rf"arn:aws:sns:{region}:123456789012:breiq-local-(critical|warning)", topic)


def test_critical_goes_to_pagerduty_and_warnings_to_slack(estate: Declared) -> None:
    for region in (EAST, WEST):
        subscription = estate.one("sns/topicSubscription:TopicSubscription", region).inputs
        assert subscription["topic"] == topology.alarm_topic_arn(estate.environment, region, "critical")
        assert subscription["endpoint"] == Secret(secret_text("pagerduty-url"))
        for topic in estate.of("sns/topic:Topic", region):
            assert topic.inputs["kmsMasterKeyId"] == "alias/breiq-local-data"
            statements = json_of(topic.inputs["policy"])["Statement"]
            assert statements[0]["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
            assert statements[1]["Effect"] == "Deny"
    channel = estate.one("chatbot/slackChannelConfiguration:SlackChannelConfiguration")
    assert f"::aws-{WEST}::" in channel.provider
    slack = channel.inputs
    assert slack["snsTopicArns"] == [topology.alarm_topic_arn(estate.environment, r, "warning") for r in (EAST, WEST)]
    severities = {
        name: alarm["alarmActions"][0].rpartition("-")[2]
        for name, alarm in alarms(estate).items()
        if "alarmActions" in alarm
    }
    assert severities["breiq-local-us-east-1-database-cpu"] == "critical"
    assert severities["breiq-local-us-east-1-response-time-video"] == "warning"


def test_an_alarms_expression_names_its_metrics_and_returns_one_figure(estate: Declared) -> None:
    for alarm_name, alarm in alarms(estate).items():
        queries = alarm.get("metricQueries", [])
        if not queries:
            continue
        assert sum(query["returnData"] for query in queries) == 1, alarm_name
        assert sum("metric" in query for query in queries) <= 10
        ids = [query["id"] for query in queries]
        assert len(set(ids)) == len(ids)
        for query in queries:
            words = re.findall(r"(?<![\w.])[a-z]\w*", query.get("expression", ""))
            assert set(words) <= set(ids), (alarm_name, query)


def test_a_composite_alarm_names_alarms_that_there_are(estate: Declared) -> None:
    there = alarms(estate)
    for alarm in there.values():
        for name in re.findall(r'ALARM\("([^"]+)"\)', alarm.get("alarmRule", "")):
            assert name in there
    down = there["breiq-local-us-west-2-region-down"]["alarmRule"]
    assert 'ALARM("breiq-local-us-west-2-site-journey")' in down
    assert 'ALARM("breiq-local-us-west-2-service-down-gateway")' in down


def test_burn_rates_are_measured_against_the_objectives(estate: Declared) -> None:
    there = alarms(estate)
    fast = there["breiq-local-us-east-1-burn-availability-1h-long"]
    assert (fast["threshold"], metrics_of(fast)[0]["period"]) == (14.4, 3600)
    assert fast["metricQueries"][-1]["expression"].endswith("/ 0.001")
    slow = there["breiq-local-us-east-1-burn-latency-72h-long"]
    assert (slow["threshold"], slow["evaluationPeriods"], metrics_of(slow)[0]["period"]) == (1.0, 3, 86400)
    assert [metric["stat"] for metric in metrics_of(slow)] == ["PR(200:)", "PR(500:)", "PR(150:)", "PR(300:)"]
    page = there["breiq-local-us-east-1-slo-availability-page"]["alarmRule"]
    assert page.count(" AND ") == 2
    assert page.count(" OR ") == 1


def test_log_figures_are_made_of_groups_that_there_are(estate: Declared) -> None:
    for region in (EAST, WEST):
        groups = {r.inputs["name"] for r in estate.of("cloudwatch/logGroup:LogGroup", region)}
        made = {}
        for figure in estate.of("cloudwatch/logMetricFilter:LogMetricFilter", region):
            assert figure.inputs["logGroupName"] in groups
            made[figure.inputs["metricTransformation"]["name"]] = figure.inputs
        assert made["response-time-login"]["pattern"] == (
            '{ $.method = "POST" && $.path = "/api/auth/login" && $.responseTime = * }'
        )
        asked = {
            m["metricName"]
            for alarm in alarms(estate, region).values()
            for m in metrics_of(alarm)
            if m["namespace"] == "Breiq/local"
        }
        assert asked <= made.keys()


def test_a_promised_path_is_measured_where_it_is_answered() -> None:
    environment = read_environment("production")
    assert service_of(environment, "/api/videos/upload") == "video"
    assert service_of(environment, "/api/auth/login") == "auth"
    assert service_of(environment, "/elsewhere") is None


def names_in(estate: Declared) -> set[str]:
    """Return every text that names a resource of the estate: its id, ARN parts and the names it was given."""
    found: set[str] = set()
    for resource in estate.everything():
        for value in (*plain(resource.inputs).values(), *plain(resource.outputs).values(), resource.id):
            if isinstance(value, str):
                found |= {value, value.rpartition(":")[2]}
    return found


def test_the_four_dashboards_show_what_there_is_in_both_regions(estate: Declared) -> None:
    boards = {
        r.inputs["dashboardName"]: json_of(plain(r.inputs["dashboardBody"]))
        for r in estate.of("cloudwatch/dashboard:Dashboard")
    }
    assert set(boards) == {f"breiq-local-{name}" for name in FOUR}
    there, made = names_in(estate), set(alarms(estate))
    dimensions = {
        "LoadBalancer",
        "TargetGroup",
        "DBInstanceIdentifier",
        "ServiceName",
        "ClusterName",
        "BucketName",
        "CanaryName",
        "DistributionId",
        "QueueName",
        "DomainName",
        "WebACL",
    }
    dimensions -= {"ServiceName"}
    shown: set[str] = set()
    for board in boards.values():
        for widget in board["widgets"]:
            properties = widget["properties"]
            assert widget["x"] + widget["width"] <= 24
            shown.add(properties.get("region", ""))
            for alarm in properties.get("alarms", []):
                assert alarm.rpartition(":")[2] in made
            for line in properties.get("metrics", []):
                texts = [part for part in line if isinstance(part, str)]
                for key, value in zip(texts[2::2], texts[3::2], strict=True):
                    if key in dimensions:
                        assert value in there, (properties["title"], key, value)
    assert {EAST, WEST} <= shown


def test_widgets_expressions_name_lines_of_their_own_widget(estate: Declared) -> None:
    for board in estate.of("cloudwatch/dashboard:Dashboard"):
        for widget in json_of(plain(board.inputs["dashboardBody"]))["widgets"]:
            lines = [line[-1] for line in widget["properties"].get("metrics", [])]
            ids = {line["id"] for line in lines if "id" in line}
            for line in lines:
                assert set(re.findall(r"\bw\d+\w+", line.get("expression", ""))) <= ids
            assert len([line for line in lines if "id" in line]) == len(ids)


def test_nothing_of_a_region_is_watched_from_elsewhere(estate: Declared) -> None:
    for region, other in ((EAST, WEST), (WEST, EAST)):
        for alarm in alarms(estate, region).values():
            assert not [action for action in alarm.get("alarmActions", []) if other in action]
