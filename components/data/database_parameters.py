"""What a region's PostgreSQL is set to, where that differs from RDS's own."""

from typing import Final

from estate.config import DatabaseConfig, LimitsConfig

SLOW_STATEMENT_MS: Final = 50
"""A statement that takes longer is logged: the specification's average of read queries (9.1)."""

IDLE_IN_TRANSACTION_MS: Final = 60_000
"""The outer limit for whoever has none of its own."""

AT_ONCE, AT_REBOOT = "immediate", "pending-reboot"


def parameters(database: DatabaseConfig, limits: LimitsConfig) -> list[dict[str, str]]:
    """Return the group's parameters, in the form of RDS's API.

    The fence's bound on what is in flight (statement, lock and idle time-outs of `transaction_limit_s`) belongs to the
    roles `app` and `fence`: the migration sets it there, because migrations and administration need longer. The group
    sets the outer limit, so that a role without any holds no snapshot or lock forever.

    Statements are logged without the values of their parameters, which may be somebody's.

    A slot keeps `max_slot_wal_keep_mib` of log and no more: a standby that is away must not fill the primary's disk.
    Limits that a standby must have no lower than its primary come from the region's own row (`check_limits`).
    """
    dynamic = {
        "hot_standby_feedback": "1",
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
        "log_autovacuum_min_duration": "1000",
        "log_connections": "1",
        "log_disconnections": "1",
        "log_lock_waits": "1",
        "log_min_duration_statement": str(SLOW_STATEMENT_MS),
        "log_parameter_max_length": "0",
        "log_temp_files": "0",
        "max_slot_wal_keep_size": str(database.max_slot_wal_keep_mib),
        "track_io_timing": "1",
    }
    static = {
        "max_connections": str(limits.max_connections),
        "max_locks_per_transaction": str(limits.max_locks_per_transaction),
        "max_prepared_transactions": str(limits.max_prepared_transactions),
        "max_wal_senders": str(limits.max_wal_senders),
        "max_worker_processes": str(limits.max_worker_processes),
        "rds.force_ssl": "1",
        "shared_preload_libraries": "pg_stat_statements",
    }
    return [
        {"name": name, "value": value, "apply_method": AT_ONCE if name in dynamic else AT_REBOOT}
        for name, value in sorted({**dynamic, **static}.items())
    ]
