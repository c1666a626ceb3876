"""How far the replica is behind, and what a failover would lose at most: from beats in the operations table alone.

What each figure rests on, and who enforces it: docs/assumptions.md.
"""

import msgspec

from dr.beats import Beat, read_beats
from dr.lease import Lease, Periods
from operations.table import Table


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the replica's lag, seconds. All three are None when it is not known, and `unknown` says why.

    `rpo_bound_s` is what would be lost at most if the primary fell silent with its last beat; `limit_s` is what the
    bound grows to while the old lease runs out, and what `--accept-data-loss` must cover.
    """

    lag_s: float | None
    rpo_bound_s: float | None
    limit_s: float | None
    unknown: str | None = None


def read_lag(table: Table, lease: Lease, region: str, periods: Periods, now: float) -> Lag:
    """Return the lag of `region`'s replica behind the lease's holder."""
    beats = read_beats(table, region)
    if beats.damaged:
        return unknown_lag("; ".join(beats.damaged))
    return compute_lag(beats.primary, beats.replica, holder=lease.holder, periods=periods, now=now)


def compute_lag(primary: Beat | None, replica: Beat | None, *, holder: str, periods: Periods, now: float) -> Lag:
    """Return the lag from two beats (docs/design.md#data-loss-bound). A beat of another region than the
    holder counts as none.

    It does not grow with an outage: the primary's silence counts for `silence_s` at most, because its fence counts from
    the last beat that it noted, and an answer leaves soon after its commit. A replica's beat must be recent: an old one
    may be a replica's that is no more. A beat from the future means that clocks disagree by more than the bound allows.
    """
    if primary is None or primary.region != holder:
        return unknown_lag(f"the primary in {holder} has not reported a beat")
    if replica is None:
        return unknown_lag("the standby's database does not report replica lag")
    ahead = max(primary.noted_at, replica.noted_at) - now
    if ahead > periods.beat_s:
        return unknown_lag(
            f"a beat is {ahead:.0f} s in the future: the clock of the task that reported it, or of this machine, "
            "is wrong"
        )
    if now - replica.noted_at > periods.fresh_s:
        return unknown_lag(
            f"the standby's tasks in {replica.region} have reported no beat for {now - replica.noted_at:.0f} s"
        )
    behind = max(0.0, primary.beat_at - replica.beat_at)
    silence = min(max(0.0, now - primary.noted_at), periods.silence_s)
    return Lag(
        lag_s=round(behind, 3),
        rpo_bound_s=round(behind + silence + periods.beat_s, 3),
        limit_s=round(behind + periods.silence_s + periods.beat_s, 3),
    )


def unknown_lag(why: str) -> Lag:
    """Return the lag of which nothing is known."""
    return Lag(lag_s=None, rpo_bound_s=None, limit_s=None, unknown=why)
