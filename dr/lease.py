"""The writer lease as operations change it: one conditional write a change, under an epoch that only grows.

Keys, states and periods come from `estate/writer_lease.json`, which the app shares (DESIGN.md, decision 4).
"""

from typing import Any, Final, Literal

import msgspec

from aws.errors import ConditionFailed
from estate.errors import BreiqError
from estate.files import read_writer_lease
from operations.step import StepFailed
from operations.table import Table

State = Literal["open", "draining", "taken", "promoting"]

_DOCUMENT: Final[dict[str, Any]] = read_writer_lease()
_KEY: Final[tuple[str, str]] = (_DOCUMENT["items"]["lease"]["pk"], _DOCUMENT["items"]["lease"]["sk"])


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who may write, and where traffic goes."""

    holder: str
    epoch: int
    state: State
    traffic_region: str
    operation: str


class Periods(msgspec.Struct, frozen=True, kw_only=True):
    """The periods that a failover waits for, seconds."""

    lease_s: float
    transaction_limit_s: float
    beat_s: float

    @property
    def wait_s(self) -> float:
        """How long after the take the old region may still acknowledge, and what is in flight may land: plus 1 s."""
        return self.lease_s + self.transaction_limit_s + 1.0


def periods() -> Periods:
    """Return the shared document's periods."""
    found = _DOCUMENT["periods"]
    return Periods(lease_s=found["lease_s"], transaction_limit_s=found["transaction_limit_s"], beat_s=found["beat_s"])


def read_lease(table: Table) -> Lease:
    """Return the lease, strongly consistent. Raises BreiqError `no_lease` when it was never made."""
    item = table.get(*_KEY)
    if item is None:
        raise BreiqError(
            "no_lease", "refused", "the operations table has no writer lease", remedy="breiqctl local up (or estate up)"
        )
    return msgspec.convert({"operation": "", **item}, Lease)


def take(table: Table, seen: Lease, region: str, operation_id: str) -> Lease:
    """Make `region` the holder, under the next epoch, with the traffic; return the lease. May be repeated.

    From then on the old holder's confirmations fail; what it confirmed before counts for `lease_s` more. Raises
    StepFailed `lease_moved` (nothing touched) when the lease is not as it was seen.
    """
    taken = Lease(holder=region, epoch=seen.epoch + 1, state="taken", traffic_region=region, operation=operation_id)
    return _change(table, taken, expect={"holder": seen.holder, "epoch": seen.epoch, "state": seen.state})


def give_back(table: Table, seen: Lease, region: str, operation_id: str) -> Lease | None:
    """Undo `take`: the old holder has lease and traffic again, under a higher epoch still. May be repeated.

    Returns None, and changes nothing, when this operation never took it.
    """
    now = read_lease(table)
    back = Lease(
        holder=seen.holder,
        epoch=seen.epoch + 2,
        state="open",
        traffic_region=seen.traffic_region,
        operation=operation_id,
    )
    if now.operation != operation_id or now.epoch > seen.epoch + 1:
        return now if now == back else None
    return _change(table, back, expect={"holder": region, "epoch": seen.epoch + 1, "operation": operation_id})


def set_state(table: Table, own: Lease, state: State) -> Lease:
    """Move the lease that this operation took to another state. May be repeated.

    Raises StepFailed `lease_moved` when it is not this operation's any more.
    """
    changed = msgspec.structs.replace(own, state=state)
    return _change(table, changed, expect={"holder": own.holder, "epoch": own.epoch, "operation": own.operation})


def _change(table: Table, to: Lease, *, expect: dict[str, str | int]) -> Lease:
    try:
        table.update(*_KEY, msgspec.to_builtins(to), expect=expect)
    except ConditionFailed as error:
        now = read_lease(table)
        if now == to:
            return to  # an earlier try, whose answer was lost
        raise StepFailed(
            "lease_moved",
            "the writer lease is not as it was: another operation changed it",
            cause=f"holder {now.holder}, epoch {now.epoch}, state {now.state}, operation {now.operation or '-'}",
            remedy="breiqctl status, then decide anew",
            touched=False,
        ) from error
    return to
