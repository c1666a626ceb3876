"""What holds data and is asked by tasks: database and cache."""

from estate.config.base import Strict


class DatabaseConfig(Strict, frozen=True):
    """PostgreSQL on RDS. Storage in GiB; `ca_file` is where a task finds the authorities that sign its certificate."""

    engine_version: str
    instance_class: str
    storage_gib: int
    name: str
    multi_az: bool
    backup_retention_days: int
    max_connections: int
    pool_max: int
    ca_file: str


class CacheConfig(Strict, frozen=True):
    """Redis on ElastiCache."""

    engine_version: str
    node_type: str
    nodes: int
    ca_file: str
