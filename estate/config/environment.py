"""An environment as data. What its fields may hold: `estate.config.limits`."""

from estate.config.base import Strict
from estate.config.data import CacheConfig, DatabaseConfig, QueueConfig, SearchConfig
from estate.config.edge import EdgeConfig
from estate.config.monitoring import MonitoringConfig
from estate.config.network import LoadBalancerConfig, NetworkConfig, RegionConfig
from estate.config.recovery import RecoveryConfig
from estate.config.security import SecurityConfig
from estate.config.services import ScalingConfig, ServiceConfig, WorkerConfig
from estate.config.storage import StorageConfig


class Environment(Strict, frozen=True):
    """One environment: an account, a domain, its regions, and the sizes of what runs there.

    `owner` and `cost_center` are tags of everything; `generation` is counted up by whoever changes the file.
    `exec_enabled`: ECS Exec may open a shell in a task; its root file system is writable then.
    """

    environment: str
    generation: int
    owner: str
    cost_center: str
    account_id: str
    domain: str
    primary_region: str
    state_region: str
    witness_region: str
    log_retention_days: int
    regions: dict[str, RegionConfig]
    network: NetworkConfig
    load_balancer: LoadBalancerConfig
    services: dict[str, ServiceConfig]
    workers: dict[str, WorkerConfig]
    scaling: ScalingConfig
    exec_enabled: bool
    database: DatabaseConfig
    cache: CacheConfig
    search: SearchConfig
    queues: dict[str, QueueConfig]
    recovery: RecoveryConfig
    edge: EdgeConfig
    monitoring: MonitoringConfig
    storage: StorageConfig
    security: SecurityConfig
    bake_s: float

    @property
    def standby_region(self) -> str:
        """The region that is not primary now."""
        return self.other_region(self.primary_region)

    def other_region(self, region: str) -> str:
        """Return the other one of the two regions."""
        return next(name for name in self.regions if name != region)

    @property
    def creation_order(self) -> list[str]:
        """The regions in the order of creation (docs/design.md#four-stacks): the one born as primary first."""
        return sorted(self.regions, key=lambda name: self.regions[name].created_as != "primary")
