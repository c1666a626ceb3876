"""The writer lease as one task sees it: pure, every time is passed in (monotonic, in seconds).

A task may write while its last confirmation says so *and* is younger than `lease_s`, counted from before the strongly
consistent read was sent. Where traffic goes is not safety: that answer stands while the table cannot be read.
"""

from dataclasses import dataclass
from typing import Literal

Reason = Literal[
    "open", "never_confirmed", "confirmation_too_old", "no_lease", "held_elsewhere", "not_open", "epoch_lowered"
]

TICKET = "breiq.ticket"
"""The key of a request's scope under which the ticket of its write is kept until it is answered."""


@dataclass(frozen=True, slots=True)
class LeaseItem:
    """The lease item of the operations table."""

    holder: str
    epoch: int
    state: str
    traffic_region: str
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to one write, given under one epoch. It must still hold when the write is answered, `answer_s` after
    it was given at the latest: no write is acknowledged long after the fence let it pass.
    """

    epoch: int
    given_at: float


@dataclass(frozen=True, slots=True)
class WriteStatus:
    """What a task may do now, and why."""

    is_open: bool
    reason: Reason
    item: LeaseItem | None


class WriterLease:
    """Holds the last confirmation of one task of `region`."""

    def __init__(self, *, region: str, lease_s: float, answer_s: float) -> None:
        self.region, self.lease_s, self.answer_s = region, lease_s, answer_s
        self._item: LeaseItem | None = None
        self._sent_at: float | None = None
        self._lowered = False

    def confirm(self, item: LeaseItem | None, *, sent_at: float) -> bool:
        """Take what a strong read found (None: no such item) that was sent at `sent_at`. Return whether it counted.

        A read that was sent before the one that counts now, or that shows a lower epoch, changes nothing.
        """
        if self._sent_at is not None and sent_at < self._sent_at:
            return False
        self._lowered = self._item is not None and (item is None or item.epoch < self._item.epoch)
        if self._lowered:
            return False
        self._item, self._sent_at = item, sent_at
        return True

    def write_status(self, now: float) -> WriteStatus:
        """Return whether this task may write at `now`, and why not."""
        return WriteStatus(is_open=(reason := self._reason(now)) == "open", reason=reason, item=self._item)

    def ticket(self, now: float) -> Ticket | None:
        """Return the right to write, or None while there is none."""
        return Ticket(self._item.epoch, now) if self._reason(now) == "open" and self._item is not None else None

    def honours(self, ticket: Ticket | None, now: float) -> bool:
        """Return whether what was begun with `ticket` may be acknowledged at `now`: soon, and under the same epoch."""
        current = self.ticket(now)
        if ticket is None or current is None:
            return False
        return current.epoch == ticket.epoch and now - ticket.given_at <= self.answer_s

    @property
    def epoch(self) -> int | None:
        """The last confirmed epoch, however old; None before the first. Cache keys carry it."""
        return self._item.epoch if self._item is not None else None

    @property
    def takes_traffic(self) -> bool:
        """Whether the last confirmation, however old, sends traffic to this region."""
        return self._item is not None and self._item.traffic_region == self.region

    def _reason(self, now: float) -> Reason:
        if self._sent_at is None:
            return "never_confirmed"
        if self._item is None:
            return "no_lease"
        if self._item.holder != self.region:
            return "held_elsewhere"
        if self._item.state != "open":
            return "not_open"
        if now - self._sent_at < self.lease_s:
            return "open"
        return "epoch_lowered" if self._lowered else "confirmation_too_old"
