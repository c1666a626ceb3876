"""The table of alerts against the specification's own words."""

import re
from pathlib import Path

import pytest

from estate.alerts import BUDGET_NOTICES_PCT, BURN_WINDOWS
from estate.config import ConfigError
from estate.files import read_alerts, read_environment
from estate.objectives import RATE_LIMIT, RPO_S

SECTION_6_1 = {
    "critical": {
        "error-rate": ("Application error rate > 5%", 5),
        "database-cpu": ("Database CPU > 80%", 80),
        "service-unhealthy": ("ECS service unhealthy", 0),
        "database-connection-failures": ("RDS connection failures", 0),
        "upload-failures": ("S3 upload failure rate > 10%", 10),
    },
    "warning": {
        "response-time": ("Response time > 2 seconds", 2),
        "database-connections": ("Database connections > 80%", 80),
        "memory": ("Memory usage > 70%", 70),
        "disk": ("Disk usage > 80%", 80),
        "cache-hit-ratio": ("CDN cache hit ratio < 85%", 85),
    },
}


@pytest.mark.parametrize("severity", SECTION_6_1)
def test_the_alerts_of_section_6_1_are_the_specifications(severity: str) -> None:
    ours = {
        alert.id: alert for alert in read_alerts().values() if alert.section == "6.1" and alert.severity == severity
    }
    for alert, (title, threshold) in SECTION_6_1[severity].items():
        assert (ours[alert].title, ours[alert].threshold) == (title, threshold)
    assert read_alerts()["cache-hit-ratio"].comparison == "LessThanThreshold"


def test_every_alert_can_be_evaluated_by_cloudwatch() -> None:
    for alert in read_alerts().values():
        assert 0 < alert.datapoints <= alert.periods, alert.id
        assert alert.period_s % 60 == 0
        assert alert.period_s * alert.periods <= (604_800 if alert.period_s >= 3600 else 86_400), alert.id
        assert re.fullmatch(r"[a-z0-9-]+", alert.id)
        assert re.fullmatch(r"[a-z0-9-]+", alert.runbook)
        assert alert.means.endswith(".")


def test_burn_windows_fit_cloudwatchs_week_and_the_workbook() -> None:
    assert [(pair.factor, pair.label) for pair in BURN_WINDOWS] == [(14.4, "1h"), (6.0, "6h"), (1.0, "72h")]
    assert [pair.short_s for pair in BURN_WINDOWS] == [300, 1800, 21600]
    for pair in BURN_WINDOWS:
        assert pair.long_s <= 86_400
        assert pair.long_s * pair.long_periods <= 604_800


def test_the_budgets_notices_are_the_specifications_two_figures() -> None:
    limit = read_environment("production").monitoring.budget_usd
    assert [limit * share / 100 for share in BUDGET_NOTICES_PCT] == [10_000, 12_500]


def test_what_is_told_of_replication_is_the_objective() -> None:
    assert read_alerts()["unreplicated"].threshold == read_alerts()["object-replication-time"].threshold == RPO_S
    assert RATE_LIMIT == 2000


def test_no_other_file_repeats_a_threshold_of_an_alarm() -> None:
    for path in Path("infra").rglob("*.py"):
        written = re.findall(r"\bthreshold=\s*[\d.]+", path.read_text())
        assert written == [], f"{path}: name the alert, not its figure"


ROW = "- {id: a, severity: critical, title: t, section: '6.1', threshold: 1, unit: s, means: m., runbook: r}\n"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (ROW + ROW.replace("threshold: 1", "threshold: high"), "[1].threshold"),
        (ROW + ROW.replace("unit: s, ", ""), "[1]"),
        (ROW + ROW.replace("unit: s", "unit: s, more: 1"), "[1]"),
        (ROW + ROW, "[1].id"),
        (ROW + ROW.replace("threshold: 1", "threshold: 010"), "[1].threshold"),
    ],
)
def test_a_wrong_row_is_named_with_file_and_line(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "alerts.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_alerts(file)
    assert caught.value.file.endswith("alerts.yaml")
    assert (caught.value.line, caught.value.key) == (2, key)
