"""Every wait that AWS imposes and that is short here: names, defaults, meanings. `--setting name=value` changes one."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from localcloud.core.errors import RefusedError

DEFAULTS: Final[Mapping[str, float]] = {
    "dns_ttl_s": 1,  # caps the TTL of every DNS answer
    "health_check_interval_s": 1,  # Route 53's health checks (AWS: 10 or 30)
    "target_health_interval_s": 0.5,  # load balancers' checks of their targets (AWS: 5 to 300)
    "task_start_s": 0,  # a Fargate task's way from PENDING to RUNNING, besides the program's own start
    "rds_create_s": 0,  # creating -> available, besides the real start
    "rds_restart_s": 2,  # after a crash of the database: until RDS starts it again
    "promotion_s": 1,  # modifying and rebooting, after a replica was promoted
    "elasticache_create_s": 0,  # creating -> available, besides the real start
    "link_delay_ms": 0,  # one way, between the regions
    "link_bytes_per_s": 0,  # between the regions; 0: not limited
    "reconcile_s": 1,  # controllers look again after this time even if nothing was changed
}

MOST: Final[Mapping[str, float]] = {"link_bytes_per_s": 1e12, "link_delay_ms": 60_000}
MOST_S: Final = 86_400
PERIODS: Final = ("health_check_interval_s", "target_health_interval_s", "reconcile_s")
SHORTEST_PERIOD_S: Final = 0.05
"""What is done again and again needs some time in between."""


def parse(assignments: Iterable[str]) -> dict[str, float]:
    """Return all settings, those of `name=value` changed. Raises RefusedError for an unknown name or a bad value."""
    settings = dict(DEFAULTS)
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        if name not in DEFAULTS:
            raise RefusedError("unknown_setting", f"there is no setting {name!r}", f"one of: {', '.join(DEFAULTS)}")
        minimum, maximum = SHORTEST_PERIOD_S if name in PERIODS else 0, MOST.get(name, MOST_S)
        value = _number(text)
        if value is None or not minimum <= value <= maximum:
            raise RefusedError(
                "bad_setting",
                f"setting {name} is a number from {minimum:g} to {maximum:.0f}, not {text!r}",
                f"for example {name}={max(minimum, DEFAULTS[name]):g}",
            )
        settings[name] = value
    return settings


def _number(text: str) -> float | None:
    """Return a plain decimal number; None for `nan`, `inf`, `1_0` and whatever else Python would take."""
    return float(text) if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", text) else None
