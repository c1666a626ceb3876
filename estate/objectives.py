"""The documented objectives, once. Source: the specification's sections 2.3, 9.1 and 10.1. Alerts: `alerts.yaml`."""

from dataclasses import dataclass
from typing import Final

RTO_S: Final = 900.0
"""Recovery time objective, seconds (section 10.1: 15 minutes)."""

RPO_S: Final = 300.0
"""Recovery point objective, seconds (section 10.1: 5 minutes)."""

AVAILABILITY_RATIO: Final = 0.999
"""Availability SLA (section 10.1: 99.9 %)."""

LIST_VIDEOS_P95_MS: Final = 200.0
UPLOAD_P95_MS: Final = 500.0
PROFILE_P95_MS: Final = 150.0
LOGIN_P95_MS: Final = 300.0
"""Response times, 95th percentile, milliseconds (section 9.1)."""


@dataclass(frozen=True)
class ResponseTime:
    """A promise: 95 % of the requests of a method and path are answered within `p95_ms` (section 9.1)."""

    name: str
    method: str
    path: str
    p95_ms: float


RESPONSE_TIMES: Final = (
    ResponseTime("list-videos", "GET", "/api/videos", LIST_VIDEOS_P95_MS),
    ResponseTime("upload", "POST", "/api/videos/upload", UPLOAD_P95_MS),
    ResponseTime("profile", "GET", "/api/users/profile", PROFILE_P95_MS),
    ResponseTime("login", "POST", "/api/auth/login", LOGIN_P95_MS),
)
SLOW_BUDGET_RATIO: Final = 0.05
"""The share of requests that may be slower: what a 95th percentile means."""

STATIC_TTL_S: Final = 365 * 86400
API_TTL_S: Final = 300
VIDEO_TTL_S: Final = 86400
"""How long the edge keeps static assets, cached API answers and video segments (section 2.3)."""

RATE_LIMIT: Final = 2000
"""Requests of one address in five minutes, past which the edge refuses it (section 5.2)."""
