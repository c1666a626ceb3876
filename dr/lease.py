"""The writer lease as recoveries move it: one conditional write a change, under an epoch that only grows.

The item, its checks and how it is written: `operations/writer_lease.py`. Each function here takes the lease as the
operation saw it, or as it took it, and the author (operation and fencing token), and lands only on a lease in the state
that must come before.
"""

from typing import Final, Literal

import msgspec

from operations.table import Table
from operations.writer_lease import DOCUMENT, Author, Lease, State, change, lease_moved, mark, read_lease

__all__ = ["Author", "Lease", "Periods", "State", "give_back", "mark", "periods", "read_lease", "set_state", "take"]

REPAIR: Final = "lease repair"
"""What a repaired lease names as its operation: nothing can be resumed."""

_BEFORE: Final[dict[Literal["promoting", "open"], State]] = {"promoting": "taken", "open": "promoting"}
"""The state from which an operation that took the lease may lead on."""


class _AnotherOperationsError(Exception):
    """The lease is another operation's by now."""


class Periods(msgspec.Struct, frozen=True, kw_only=True):
    """The periods that a failover waits for and judges by, seconds. A beat older than `fresh_s` says nothing of now."""

    lease_s: float
    transaction_limit_s: float
    beat_s: float
    fresh_s: float = DOCUMENT["periods"]["fresh_s"]
    answer_s: float = DOCUMENT["periods"]["answer_s"]

    @property
    def silence_s(self) -> float:
        """How long after its last beat a primary can still acknowledge: its fence, and the answer under way."""
        return self.lease_s + self.answer_s

    @property
    def wait_s(self) -> float:
        """How long after the take the old region may still acknowledge, and what is in flight may land: plus 1 s."""
        return self.lease_s + self.transaction_limit_s + 1.0


def periods() -> Periods:
    """Return the shared document's periods."""
    found = DOCUMENT["periods"]
    return msgspec.convert({name: found[name] for name in Periods.__struct_fields__}, Periods)


def take(table: Table, seen: Lease, region: str, by: Author) -> Lease:
    """Make `region` the holder, under the next epoch, with the traffic; return the lease. May be repeated.

    From then on the old holder's confirmations fail; what it confirmed before counts for `lease_s` more. Raises
    StepFailed `lease_moved` (nothing touched) when the lease is not as it was seen, Superseded when it was marked by
    another owner.
    """
    taken = _taken(seen, region, by)

    def move(now: Lease) -> Lease:
        if now.same_as(taken):
            return now
        if not now.same_as(seen):
            raise lease_moved(now, f"{region} did not take it")
        return taken

    return change(table, by, move)


def give_back(table: Table, seen: Lease, region: str, by: Author) -> Lease | None:
    """Undo `take`: the old holder has lease and traffic under a higher epoch still. May be repeated.

    The epoch is raised too when the lease is as it was seen, because the take may still be under way: whenever it
    comes, it finds another lease. Returns None, and changes nothing, when the lease is another operation's by now.
    """
    back = msgspec.structs.replace(seen, epoch=seen.epoch + 2, operation=by.operation)

    def move(now: Lease) -> Lease:
        if now.same_as(back) or now.same_as(seen) or now.same_as(_taken(seen, region, by)):
            return back
        if now.operation != by.operation:
            raise _AnotherOperationsError
        raise lease_moved(now, f"{seen.holder} did not get it back")

    try:
        return change(table, by, move)
    except _AnotherOperationsError:
        return None


def set_state(table: Table, own: Lease, state: Literal["promoting", "open"], by: Author) -> Lease:
    """Move the lease that this operation took on to `promoting`, and from there to `open`. May be repeated.

    A lease that a repair has opened for the same region meanwhile is open: there is nothing left to do.

    Raises StepFailed `lease_moved` when it is not this operation's any more, or not in the state before: an open lease
    is never closed again by a late write. Superseded when it was marked by another owner.
    """
    changed = msgspec.structs.replace(own, state=state)

    def move(now: Lease) -> Lease:
        if now.same_as(changed) or now.same_as(msgspec.structs.replace(own, state=_BEFORE[state])):
            return changed
        if state == now.state == "open" and now.operation == REPAIR and now.holder == own.holder:
            return now
        raise lease_moved(now, f"it did not become {state}")

    return change(table, by, move)


def _taken(seen: Lease, region: str, by: Author) -> Lease:
    return Lease(holder=region, epoch=seen.epoch + 1, state="taken", traffic_region=region, operation=by.operation)
