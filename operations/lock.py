"""The lock: one operation at a time in an environment, with owner, reason and a fencing token that only grows.

The item is `{pk: lock, sk: environment}`. Its expiry is observed: an owner counts as gone when its beat has not changed
for `expiry_s` on *my* clock, or at once when it was a process of this machine that is proven dead. No two clocks are
ever compared.
"""

import threading
import uuid
from dataclasses import dataclass
from typing import Final

from aws.dynamodb import Value
from aws.errors import AwsError, ConditionFailed
from estate.errors import BreiqError
from operations.clock import Clock
from operations.owner import is_proven_dead, shown
from operations.table import Table

BEAT_S: Final = 2.0
EXPIRY_S: Final = 10.0
_KEY: Final = ("lock", "environment")


@dataclass(frozen=True)
class Held:
    """What the lock's item says. `begin` is the text from which the operation's journal can be begun.

    `claimed_at` (Unix seconds on the owner's clock) is for people; nothing is decided by it.
    """

    held: bool
    token: int
    beat: int
    owner: str
    reason: str
    operation_id: str
    begin: str
    claim: str
    claimed_at: float


def read_lock(table: Table) -> Held | None:
    """Return what the lock's item says; None when there never was a lock."""
    item = table.get(*_KEY)
    if item is None or "token" not in item:
        return None
    return Held(
        held=bool(item["held"]),
        token=int(item["token"]),
        beat=int(item["beat"]),
        owner=str(item["owner"]),
        reason=str(item["reason"]),
        operation_id=str(item["operation_id"]),
        begin=str(item["begin"]),
        claim=str(item["claim"]),
        claimed_at=float(item["claimed_at"]),
    )


class Lock:
    """The lock as one process sees it. `token` is 0 until it is held."""

    def __init__(
        self, table: Table, clock: Clock, owner: str, *, beat_s: float | None = BEAT_S, expiry_s: float = EXPIRY_S
    ) -> None:
        self._table, self._clock, self._owner = table, clock, owner
        self._beat_s, self._expiry_s = beat_s, expiry_s
        self.token = 0
        self.lost = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def acquire(self, operation_id: str, *, reason: str, begin: str, over: Held | None = None) -> None:
        """Hold the lock for an operation. `over` is a held lock that may be taken over (its owner has ended).

        Raises BreiqError `locked` (refused) when another operation holds it.
        """
        seen = read_lock(self._table)
        if seen is not None and seen.held and (over is None or seen.token != over.token):
            raise locked(seen)
        self._claim(seen, operation_id, reason, begin, while_unchanged=False)

    def take_over(self, operation_id: str) -> None:
        """Hold the lock again for an operation whose owner is gone, or take it when nobody holds it.

        Raises BreiqError `locked` when another operation holds it, `operation_alive` when its owner still beats.
        """
        seen = read_lock(self._table)
        if seen is not None and seen.held:
            if seen.operation_id != operation_id:
                raise locked(seen)
            self.wait_until_gone(seen)
        begin = seen.begin if seen and seen.operation_id == operation_id else ""
        self._claim(seen, operation_id, "resume or abort", begin, while_unchanged=True)

    def wait_until_gone(self, seen: Held) -> None:
        """Return when the owner is proven dead or its beat has not changed for `expiry_s` on this process's clock.

        Raises BreiqError `operation_alive` as soon as the beat changes.
        """
        if is_proven_dead(seen.owner):
            return
        end = self._clock.monotonic() + self._expiry_s
        while self._clock.monotonic() < end:
            self._clock.sleep(min(0.5, self._expiry_s))
            now = read_lock(self._table)
            if now != seen:
                raise BreiqError(
                    "operation_alive",
                    "refused",
                    f"{seen.operation_id} is still being run by {shown(seen.owner)}",
                    cause="its owner's beat changes",
                    remedy="wait for it, or stop that process (Ctrl-C undoes)",
                )

    def release(self) -> None:
        """Let others hold the lock. Does nothing when it was taken over meanwhile."""
        self.stop_beating()
        try:
            self._table.update(*_KEY, {"held": False}, expect={"token": self.token})
        except ConditionFailed:
            self.lost.set()

    def start_beating(self) -> None:
        """Change the item's beat each `beat_s` in a thread of its own, until the lock is lost or released."""
        if self._beat_s is None:
            return
        self._thread = threading.Thread(target=self._beat_until_stopped, name="lock-beat", daemon=True)
        self._thread.start()

    def stop_beating(self) -> None:
        """End the thread; the lock stays held."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def beat(self, number: int) -> None:
        """Write one beat. Sets `lost` when the lock was taken over; an unreachable table is no reason to stop."""
        try:
            self._table.update(*_KEY, {"beat": number}, expect={"token": self.token})
        except ConditionFailed:
            self.lost.set()
        except AwsError:
            return

    def _beat_until_stopped(self) -> None:
        assert self._beat_s is not None
        number = 0
        while not self._stop.wait(self._beat_s) and not self.lost.is_set():
            number += 1
            self.beat(number)

    def _claim(self, seen: Held | None, operation_id: str, reason: str, begin: str, *, while_unchanged: bool) -> None:
        """Write the item under the next token. `while_unchanged`: not if the owner seen has beaten since."""
        claim = uuid.uuid4().hex
        expect: dict[str, Value | None] = {"token": None}
        if seen is not None:
            expect = {"token": seen.token, "held": seen.held}
            expect |= {"beat": seen.beat} if while_unchanged else {}
        token = seen.token + 1 if seen else 1
        try:
            self._table.update(
                *_KEY,
                {
                    "held": True,
                    "token": token,
                    "beat": 0,
                    "owner": self._owner,
                    "reason": reason,
                    "operation_id": operation_id,
                    "begin": begin,
                    "claim": claim,
                    "claimed_at": self._clock.now(),
                },
                expect=expect,
            )
        except ConditionFailed as error:
            now = read_lock(self._table)
            if now is None or now.claim != claim:
                raise (locked(now) if now else error) from error
        self.token = token


def locked(held: Held) -> BreiqError:
    """Return the refusal that names who holds the lock, why, and what to do."""
    gone = is_proven_dead(held.owner)
    resume = f"breiqctl operation resume {held.operation_id}"
    return BreiqError(
        "locked",
        "refused",
        f"{held.operation_id} holds the lock of this environment",
        cause=f"{held.reason}; owner {shown(held.owner)}{', which is gone' if gone else ''}",
        remedy=f"{resume} (or abort)" if gone else f"wait for it; if its process is gone: {resume} (or abort)",
        retryable=True,
    )
