"""What runs on ECS: app services behind the load balancer, workers, and how they scale."""

from estate.config.base import Strict


class ServiceConfig(Strict, frozen=True):
    """One app service: port, size of a task (CPU units, MiB), where its rules lead from, counts and connections.

    `priority`: its rules' place among the services' (1 is asked first). `paths` are the load balancer's patterns;
    `probe_path` is one of them that says what the service is. `answers_traffic`: it answers Route 53's `GET /traffic`.
    `desired_count` is what runs, and the least that autoscaling leaves; `max_count` the most; `failover_count` is what
    the standby runs at once when it takes over. `pool_max`: connections of a task to the database; 0: it has none.
    `requests_per_target`: requests a minute and task that autoscaling holds.
    """

    port: int
    priority: int
    paths: list[str]
    probe_path: str
    answers_traffic: bool
    cpu: int
    memory_mib: int
    desired_count: int
    max_count: int
    failover_count: int
    pool_max: int
    requests_per_target: int
    health_path: str = "/readyz"
    deregistration_delay_s: int = 30
    stop_timeout_s: int = 35


class WorkerConfig(Strict, frozen=True):
    """A service without a port: it takes jobs, as active colour of the lease holder. Fields as a service's."""

    cpu: int
    memory_mib: int
    desired_count: int
    max_count: int
    failover_count: int
    pool_max: int
    stop_timeout_s: int = 35


class ScalingConfig(Strict, frozen=True):
    """Autoscaling of every service: CPU that it holds (percent), and how long it rests after a change."""

    cpu_target_pct: float
    cooldown_s: int
