"""Which region can write now: a pure decision from the writer lease, its last beat and the lock."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from estate.errors import BreiqError
    from operations.writer_lease import Lease

KNOWN_CLOSED: Final = ("no_lease", "lease_damaged")
"""Errors of a lease that was read: nobody can write under it."""


@dataclass(frozen=True)
class Writes:
    """`state`: one region can write (`open`), none can (`closed`), or it is not known (`unknown`). `next` is a command.

    `needs_human`: nothing that is under way leads out of it.
    """

    state: Literal["open", "closed", "unknown"]
    region: str | None
    reason: str
    next: str | None = None
    needs_human: bool = False


def who_writes(
    lease: "Lease | BreiqError",
    *,
    operation: "str | BreiqError | None",
    has_ended: bool,
    silent_s: float | None,
    limit_s: float,
    epoch_seen: int = 0,
) -> Writes:
    """Return which region can write.

    `operation` holds the lock (None: none does; an error: not read). `has_ended` says so of the operation that the
    lease names. `silent_s` is the age of the holder's last beat (None: there is none, or it was not read); past
    `limit_s` the holder's fence has run out. `epoch_seen` is what a database has seen: tasks refuse a lower one.
    """
    if isinstance(lease, Exception):
        if lease.code in KNOWN_CLOSED:
            return Writes("closed", None, lease.message, lease.remedy, needs_human=True)
        return Writes("unknown", None, f"the writer lease cannot be read: {lease.message}", lease.remedy, True)
    if lease.state == "open":
        return _open(lease, operation, silent_s, limit_s, epoch_seen)
    reason = f"the writer lease is {lease.state} by {lease.holder} (epoch {lease.epoch}) for {lease.operation or '?'}"
    if operation is not None and not isinstance(operation, Exception):
        return Writes("closed", None, f"{reason}; {operation} is under way", f"breiqctl operation show {operation}")
    if isinstance(operation, Exception):
        return Writes("closed", None, f"{reason}; whether it is running is unknown", operation.remedy, True)
    way = "breiqctl lease repair" if has_ended else f"breiqctl operation resume {lease.operation}"
    return Writes("closed", None, f"{reason}, which {'has ended' if has_ended else 'stopped'}", way, needs_human=True)


def _open(
    lease: "Lease", operation: "str | BreiqError | None", silent_s: float | None, limit_s: float, epoch_seen: int
) -> Writes:
    held, is_under_way = f"{lease.holder} has the writer lease (epoch {lease.epoch})", isinstance(operation, str)
    if epoch_seen > lease.epoch:
        reason = f"{held}, but tasks have already used epoch {epoch_seen}: they refuse to write"
        return Writes("closed", None, reason, "breiqctl lease repair", needs_human=True)
    if silent_s is None:
        reason = f"{held}, but it has reported no beat: whether it can write is unknown"
        return Writes("unknown", lease.holder, reason, "breiqctl lease show", needs_human=not is_under_way)
    if silent_s <= limit_s:
        return Writes("open", lease.holder, held)
    reason = f"{held}, but has reported no beat for {silent_s:.0f} s: its fence has expired"
    return Writes("closed", None, reason, None, needs_human=not is_under_way)
