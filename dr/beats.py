"""The beats of the operations table: what both databases last said of themselves, read and checked.

Nothing outside the VPC connects to a database. What only it knows is noted by its region's tasks (`app/renewer.py`):
its clock, the limits under which it runs, and in a standby how it replays.
"""

from typing import Any, Final

import msgspec

from aws.dynamodb import Item
from operations.table import Table
from operations.writer_lease import DOCUMENT

LIMITS: Final[tuple[str, ...]] = tuple(DOCUMENT["limits"])
"""Settings that a standby may not have lower than its primary. Source: PostgreSQL 15, 27.4.3."""

_ITEMS: Final[dict[str, Any]] = DOCUMENT["items"]


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """A heartbeat as noted: `beat_at` by the primary's database clock, `noted_at` by the one who noted it (unix s).

    What a version of the app did not yet note is None.
    """

    epoch: int
    region: str
    beat_at: float
    noted_at: float
    database_bytes: int | None = None
    max_connections: int | None = None
    max_worker_processes: int | None = None
    max_wal_senders: int | None = None
    max_prepared_transactions: int | None = None
    max_locks_per_transaction: int | None = None
    replay: str | None = None
    unreplayed_bytes: int | None = None
    stalled_s: float | None = None
    logins: str | None = None

    def limits(self) -> dict[str, int]:
        """Return the limits that it names; empty when it names none."""
        found = {name: getattr(self, name) for name in LIMITS}
        return {name: value for name, value in found.items() if value is not None}


class Beats(msgspec.Struct, frozen=True, kw_only=True):
    """The primary's last beat and that of one region's replica; `damaged` says which items cannot be understood."""

    primary: Beat | None
    replica: Beat | None
    damaged: tuple[str, ...] = ()

    @property
    def epoch(self) -> int:
        """The highest epoch that either database has seen; 0 for none."""
        return max((beat.epoch for beat in (self.primary, self.replica) if beat is not None), default=0)


def read_beats(table: Table, region: str) -> Beats:
    """Return the primary's beat and that of `region`'s replica, strongly consistent."""
    primary, first = _beat(table, "the primary's beat", _ITEMS["primary_beat"]["sk"])
    replica, second = _beat(
        table, f"the beat of {region}'s replica", _ITEMS["replica_beat"]["sk"].format(region=region)
    )
    return Beats(primary=primary, replica=replica, damaged=tuple(problem for problem in (first, second) if problem))


def read_primary_beat(table: Table) -> Beat | None:
    """Return the last beat that a renewer noted; None for none, and for one that cannot be understood."""
    return _beat(table, "", _ITEMS["primary_beat"]["sk"])[0]


def parse_beat(item: Item) -> Beat:
    """Return the beat that an item says. Raises msgspec.ValidationError, which names what is wrong."""
    return msgspec.convert(item, Beat)


def _beat(table: Table, name: str, key: str) -> tuple[Beat | None, str | None]:
    item = table.get(_ITEMS["primary_beat"]["pk"], key)
    if item is None:
        return None, None
    try:
        return parse_beat(item), None
    except msgspec.ValidationError as error:
        return None, f"{name} is damaged ({error}); the task that reports it writes it again while it runs"
