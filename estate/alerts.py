"""What an alert is, and which windows burn an error budget. The alerts are in `alerts.yaml` beside this file.

`estate.files.read_alerts` reads them; the alarms of both regions and of the edge are built from them.
"""

from dataclasses import dataclass
from typing import Final, Literal

from estate.config.base import Strict

Severity = Literal["critical", "warning"]
"""Critical goes to PagerDuty, warning to Slack (section 6.1)."""

SEVERITIES: Final[tuple[Severity, Severity]] = ("critical", "warning")


class Alert(Strict, frozen=True):
    """One alert. It is raised when `datapoints` of the last `periods` periods of `period_s` are beyond the threshold.

    `missing`: what a period without data means (CloudWatch's words). `section`: the specification's, or a
    decision of docs/design.md. `means`: what a person who is woken by it should know first. `runbook`: the page
    `runbooks/<runbook>.md`.
    The last ones of the file are rules over other alarms: their threshold and periods mean nothing.
    """

    id: str
    severity: Severity
    title: str
    section: str
    threshold: int | float
    unit: str
    means: str
    runbook: str
    comparison: Literal["GreaterThanThreshold", "LessThanThreshold", "GreaterThanOrEqualToThreshold"] = (
        "GreaterThanThreshold"
    )
    period_s: int = 60
    periods: int = 5
    datapoints: int = 5
    missing: Literal["breaching", "notBreaching", "ignore", "missing"] = "notBreaching"


BUDGET_NOTICES_PCT: Final = (80, 100)
"""Per cent of the month's budget at which money is talked about (section 6.1: $10,000 and $12,500 of $12,500)."""


@dataclass(frozen=True)
class BurnWindow:
    """One pair of windows of a burn-rate alert: both must burn at `factor` times the rate that spends the month's
    budget exactly. Each window is `periods` periods of `period_s`, every one of them over the factor.
    """

    severity: Severity
    factor: float
    long_s: int
    short_s: int
    long_periods: int = 1

    @property
    def label(self) -> str:
        """Name the pair by its long window, in hours."""
        return f"{self.long_s * self.long_periods // 3600}h"


BURN_WINDOWS: Final = (
    BurnWindow("critical", 14.4, long_s=3600, short_s=300),
    BurnWindow("critical", 6.0, long_s=21600, short_s=1800),
    BurnWindow("warning", 1.0, long_s=86400, short_s=21600, long_periods=3),
)
"""1 h and 5 min at 14.4, 6 h and 30 min at 6, 3 d and 6 h at 1. Source: Google's SRE workbook, "Alerting on SLOs",
table 5-8. A metric's period ends at a day, so three days are three periods of a day (docs/adr/0004-slo-windows.md)."""
