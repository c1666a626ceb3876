"""Every wait that AWS imposes and that is short here: names, defaults, meanings. `--setting name=value` changes one."""

from collections.abc import Iterable, Mapping
from typing import Final

from localcloud.errors import RefusedError

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


def parse(assignments: Iterable[str]) -> dict[str, float]:
    """Return all settings, those of `name=value` changed. Raises RefusedError for an unknown name or a bad value."""
    settings = dict(DEFAULTS)
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        if name not in DEFAULTS:
            raise RefusedError("unknown_setting", f"there is no setting {name!r}", f"one of: {', '.join(DEFAULTS)}")
        try:
            value = float(text)
        except ValueError:
            value = -1
        if value < 0:
            raise RefusedError("bad_setting", f"setting {name} must be a number >= 0, not {text!r}")
        settings[name] = value
    return settings
