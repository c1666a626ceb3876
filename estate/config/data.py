"""What holds data and is asked by tasks: database, cache, search, queues."""

from estate.config.base import Strict


class LimitsConfig(Strict, frozen=True):
    """PostgreSQL's limits that a standby must have at least as high as its primary, or it stops replaying.

    Source: PostgreSQL 15, 27.4.3 (Administrator's Overview of hot standby).
    """

    max_connections: int
    max_worker_processes: int
    max_wal_senders: int
    max_prepared_transactions: int
    max_locks_per_transaction: int


class DatabaseConfig(Strict, frozen=True):
    """PostgreSQL on RDS. `ca_file` is where a task finds the authorities that sign its certificate.

    Storage is gp3 and grows by itself up to `max_storage_gib`; `iops` and `throughput_mib_s` are null below the 400 GiB
    at which AWS lets them be chosen. `limits` are a region's own: the standby's are raised before the primary's.
    `max_slot_wal_keep_mib`: so much log a replica that fell behind may hold back before its slot is given up.
    `reserved_connections` are kept for administration, migrations and RDS itself; the rest is the services'.
    `monitoring_interval_s` is enhanced monitoring's, where `monitoring.enhanced` has it.
    """

    engine_version: str
    instance_class: str
    storage_gib: int
    max_storage_gib: int
    iops: int | None
    throughput_mib_s: int | None
    name: str
    multi_az: bool
    deletion_protection: bool
    backup_retention_days: int
    log_retention_days: int
    monitoring_interval_s: int
    max_slot_wal_keep_mib: int
    limits: dict[str, LimitsConfig]
    reserved_connections: int
    ca_file: str

    @property
    def max_connections(self) -> int:
        """Return how many connections either region's instance takes: what the connection budget may count on."""
        return min(limits.max_connections for limits in self.limits.values())


class CacheConfig(Strict, frozen=True):
    """Redis on ElastiCache."""

    engine_version: str
    node_type: str
    nodes: int
    snapshot_retention_days: int
    log_retention_days: int
    ca_file: str


class SearchConfig(Strict, frozen=True):
    """An OpenSearch domain a region: data nodes over the zones, storage (gp3) a node, dedicated masters."""

    engine_version: str
    instance_type: str
    nodes: int
    storage_gib: int
    master_type: str
    masters: int
    log_retention_days: int


class QueueConfig(Strict, frozen=True):
    """A queue of signals. A message that was received `max_receives` times in vain goes to the dead letters.

    `visibility_timeout_s`: so long one receiver has a message for itself.
    """

    visibility_timeout_s: int
    retention_days: int
    max_receives: int
