"""What a replica's server says of its replication, in RDS's words. Pure, apart from the query's text.

RDS shows `error` when replication stops for any reason; PostgreSQL 15 pauses replay, and streams on, when a limit is
lower than the primary's. Source: Amazon RDS User Guide, "Monitoring read replication"; PostgreSQL 15, 27.4.3.
"""

from collections.abc import Mapping
from typing import Final

SILENT_S: Final = 6.0
"""A replica whose primary said nothing for so long is not replicating (the primary speaks at least each 2.5 s)."""

STATE: Final = """SELECT pg_get_wal_replay_pause_state() AS replay,
(SELECT extract(epoch FROM clock_timestamp() - last_msg_receipt_time)::float8
 FROM pg_stat_wal_receiver WHERE status = 'streaming') AS silent_s"""

LIMITS: Final = (
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
)

SETTINGS: Final = "SELECT name, setting::bigint FROM pg_settings WHERE name = ANY($1)"

_CONTROL_DATA: Final = {
    "max_locks_per_xact": "max_locks_per_transaction",
    "max_prepared_xacts": "max_prepared_transactions",
}
"""pg_controldata's names, where they are not the settings'."""


def judge(replay: str, silent_s: float | None, lower: str) -> tuple[str, str]:
    """Return RDS's state of the replication, and its message; `lower` is what `lower_limits` said."""
    if silent_s is None or silent_s >= SILENT_S:
        return "error", "Streaming replication has stopped: the source does not answer."
    if replay != "not paused":
        return "error", lower or f"Replay is {replay}."
    return "replicating", ""


def primary_limits(control_data: str) -> dict[str, int]:
    """Return the limits of the primary, as a standby's control file keeps them (pg_controldata's output)."""
    found = {}
    for line in control_data.splitlines():
        name, _, value = line.partition(" setting:")
        name = _CONTROL_DATA.get(name.strip(), name.strip())
        if name in LIMITS and value.strip().isdigit():
            found[name] = int(value)
    return found


def lower_limits(own: Mapping[str, int], primary: Mapping[str, int]) -> str:
    """Return PostgreSQL's words for the limits that are lower than the primary's; empty for none."""
    return "; ".join(
        f"hot standby is not possible because {name} = {own[name]} is a lower setting than on the primary server, "
        f"where its value was {primary[name]}"
        for name in LIMITS
        if name in own and name in primary and own[name] < primary[name]
    )
