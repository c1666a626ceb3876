"""Who is told what, and how closely an environment is watched."""

from typing import Annotated, Final

import msgspec

from estate.config.base import Strict

CHANNEL_PATTERN: Final = "^[CG][A-Z0-9]{8,20}$"
TEAM_PATTERN: Final = "^[0-9A-Z]{1,255}$"
"""Source: AWS Chatbot API reference, CreateSlackChannelConfiguration."""

Usd = Annotated[float, msgspec.Meta(gt=0)]


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
    runbook_url: Annotated[str, msgspec.Meta(pattern="^https://.*[^/]$")]
    slack_team_id: Annotated[str, msgspec.Meta(pattern=TEAM_PATTERN)]
    slack_channel_id: Annotated[str, msgspec.Meta(pattern=CHANNEL_PATTERN)]
    budget_usd: Usd
    anomaly_usd: Usd
    canary_minutes: Annotated[int, msgspec.Meta(ge=1, le=60)]
    canary_runtime: Annotated[str, msgspec.Meta(pattern=r"^syn-python-selenium-\d+\.\d+$")]
