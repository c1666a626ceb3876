"""What only the database itself knows and a failover must: nothing outside the VPC connects to it, so beats carry it.

A standby says whether it replays what it receives; both sides say the limits under which they run, because a standby
whose limits are lower than its primary's pauses replay, and does not start once it is promoted. Source: PostgreSQL 15,
"Hot Standby", 27.4.3 Administrator's Overview.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import asyncpg

Facts = Mapping[str, int | float | str]

_LIMITS = "select name, setting::bigint as value from pg_settings where name = any($1)"

_REPLAY = """select pg_get_wal_replay_pause_state() as state,
(pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint as replayed,
(pg_last_wal_receive_lsn() - '0/0'::pg_lsn)::bigint as received"""

_SIZE = "select pg_database_size(current_database())"


class ReplayWatch:
    """Notices that a standby does not replay what it has received. Pure: every time is passed in (monotonic, s)."""

    def __init__(self) -> None:
        self._replayed: int | None = None
        self._since: float | None = None

    def stalled_s(self, now: float, replayed: int | None, received: int | None) -> float:
        """Return for how long nothing was replayed although something is to be replayed; 0 when all is well.

        Without a position of what was received (a standby that was started without its primary), nothing is to be
        replayed as far as anybody knows.
        """
        waits = replayed is not None and received is not None and replayed < received
        if not waits or replayed != self._replayed or self._since is None:
            self._since = now
        self._replayed = replayed
        return now - self._since


async def read_limits(connection: Any, names: Sequence[str]) -> Facts:
    """Return the settings that a standby may not have lower than its primary, and the database's size in bytes."""
    limits = {row["name"]: row["value"] for row in await connection.fetch(_LIMITS, list(names))}
    return {**limits, "database_bytes": await connection.fetchval(_SIZE)}


async def read_replay(connection: Any, watch: ReplayWatch, now: float) -> Facts:
    """Return how a standby replays: `replay` (PostgreSQL's pause state), `unreplayed_bytes`, `stalled_s`."""
    row = await connection.fetchrow(_REPLAY)
    replayed, received = row["replayed"], row["received"]
    return {
        "replay": row["state"],
        "unreplayed_bytes": max(0, (received or 0) - (replayed or 0)) if received is not None else 0,
        "stalled_s": round(watch.stalled_s(now, replayed, received), 3),
    }


async def try_logins(connect: Mapping[str, Callable[[], Awaitable[Any]]]) -> str:
    """Return `ok` when each role logs in anew with the password that this task was given, else which does not, and why.

    After a promotion every connection is made anew: a password that was changed since would be found out only then.
    """
    for role, attempt in connect.items():
        try:
            connection = await attempt()
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            return f"{role}: {type(error).__name__}"
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            continue  # not now: a full or stopping server says nothing of the password
        connection.terminate()
    return "ok"
