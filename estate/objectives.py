"""The documented objectives and thresholds, once. Source: the specification's sections 9.1 and 10.1."""

from typing import Final

RTO_S: Final = 900.0
"""Recovery time objective, seconds (section 10.1: 15 minutes)."""

RPO_S: Final = 300.0
"""Recovery point objective, seconds (section 10.1: 5 minutes)."""

AVAILABILITY_RATIO: Final = 0.999
"""Availability SLA (section 10.1: 99.9 %)."""

LIST_VIDEOS_P95_MS: Final = 200.0
UPLOAD_P95_MS: Final = 500.0
LOGIN_P95_MS: Final = 300.0
"""Response times, 95th percentile, milliseconds (section 9.1)."""
