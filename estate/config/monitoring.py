"""Who is told what, and how closely an environment is watched."""

from estate.config.base import Strict


class MonitoringConfig(Strict, frozen=True):
    """Sections 6.1 and 7.2 of the specification.

    `detailed`: CloudFront's additional metrics, of which the cache hit ratio is one.
    `enhanced`: the database's enhanced monitoring and Performance Insights.
    `runbook_url`: the folder under which each alert's runbook is a page `<runbook>.md`.
    `slack_team_id`, `slack_channel_id`: where warnings go. PagerDuty's address is a secret (`pagerduty-url`).
    `budget_usd`: the month's limit; notices at 80 % and 100 % of it. `anomaly_usd`: the impact from which an anomaly is
    told. `canary_minutes`: how often each region's canary goes through the site; `canary_runtime`: what runs it.
    """

    detailed: bool
    enhanced: bool
    runbook_url: str
    slack_team_id: str
    slack_channel_id: str
    budget_usd: float
    anomaly_usd: float
    canary_minutes: int
    canary_runtime: str
