"""What runs on ECS: app services, and what each needs."""

from estate.config.base import Strict


class ServiceConfig(Strict, frozen=True):
    """One app service: its port, size (CPU units, MiB), paths, and task counts (live, and in the standby)."""

    port: int
    cpu: int
    memory_mib: int
    desired_count: int
    failover_count: int
    paths: list[str]
    health_path: str = "/readyz"
    deregistration_delay_s: int = 30
    stop_timeout_s: int = 35
