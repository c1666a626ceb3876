"""How far the replica is behind, and what a failover would lose at most: from beats in the operations table alone."""

from typing import Any, Final

import msgspec

from dr.lease import Lease, Periods
from estate.files import read_writer_lease
from operations.table import Table

_ITEMS: Final[dict[str, Any]] = read_writer_lease()["items"]


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """A heartbeat as noted: `beat_at` by the primary's database clock, `noted_at` by the one who noted it (unix s)."""

    epoch: int
    region: str
    beat_at: float
    noted_at: float


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the replica's lag, seconds. All three are None when a beat is missing, and `unknown` says why.

    `rpo_bound_s` is what would be lost at most if the primary fell silent with its last beat; `limit_s` is what the
    bound grows to while the old lease runs out, and what `--accept-data-loss` must cover.
    """

    lag_s: float | None
    rpo_bound_s: float | None
    limit_s: float | None
    unknown: str | None = None


def read_lag(table: Table, lease: Lease, region: str, periods: Periods, now: float) -> Lag:
    """Return the lag of `region`'s replica behind the lease's holder."""
    primary = _beat(table, _ITEMS["primary_beat"]["sk"])
    replica = _beat(table, _ITEMS["replica_beat"]["sk"].format(region=region))
    return compute_lag(primary, replica, holder=lease.holder, periods=periods, now=now)


def compute_lag(primary: Beat | None, replica: Beat | None, *, holder: str, periods: Periods, now: float) -> Lag:
    """Return the lag from two beats (DESIGN.md, decision 4). A beat of a region that is not the holder counts as none.

    It does not grow with an outage: the primary's silence counts for `lease_s` at most, because after that it could
    not acknowledge anything any more.
    """
    if primary is None or primary.region != holder:
        return _unknown(f"the primary's renewer in {holder} noted no beat")
    if replica is None:
        return _unknown("no standby task noted a beat of its replica")
    behind = max(0.0, primary.beat_at - replica.beat_at)
    silence = min(max(0.0, now - primary.noted_at), periods.lease_s)
    return Lag(
        lag_s=round(behind, 3),
        rpo_bound_s=round(behind + silence + periods.beat_s, 3),
        limit_s=round(behind + periods.lease_s + periods.beat_s, 3),
    )


def read_primary_beat(table: Table) -> Beat | None:
    """Return the last beat that a renewer noted."""
    return _beat(table, _ITEMS["primary_beat"]["sk"])


def _beat(table: Table, key: str) -> Beat | None:
    item = table.get(_ITEMS["primary_beat"]["pk"], key)
    return None if item is None else msgspec.convert(item, Beat)


def _unknown(why: str) -> Lag:
    return Lag(lag_s=None, rpo_bound_s=None, limit_s=None, unknown=why)
