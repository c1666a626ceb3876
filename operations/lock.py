"""The lock: one operation at a time in an environment, with owner, reason and a fencing token that only grows.

The item is `{pk: lock, sk: environment}`. Its expiry is observed: an owner counts as gone when its beat has not changed
for `expiry_s` on *my* clock, or at once when it was a process of this machine that is proven dead. No two clocks are
ever compared. The owner holds itself to the same time: when none of its beats was confirmed for `expiry_s`, counted
from before the last one was sent, less the time that a call may take (CALL_S), it begins no further call until one is
(`confirm`): none that it began is under way when another takes the lock.
"""

import contextlib
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aws.dynamodb import Value
from aws.errors import AwsError, ConditionFailed, Transient
from aws.session import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from estate.errors import BreiqError
from operations.clock import Clock
from operations.owner import is_proven_dead, shown
from operations.table import Table

BEAT_S: Final = 2.0
EXPIRY_S: Final = 10.0
CALL_S: Final = float(CONNECT_TIMEOUT_S + READ_TIMEOUT_S)
"""How long one AWS call may be under way before its client gives it up."""

CONFIRM_TRIES: Final = 10
CONFIRM_PAUSE_S: Final = 1.0
"""How often, and after which pause, an owner asks a table that does not answer whether the lock is still its own."""

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
        held=bool(item.get("held")) and bool(item.get("operation_id")),
        token=int(item["token"]),
        beat=int(item.get("beat") or 0),
        owner=str(item.get("owner") or ""),
        reason=str(item.get("reason") or ""),
        operation_id=str(item.get("operation_id") or ""),
        begin=str(item.get("begin") or ""),
        claim=str(item.get("claim") or ""),
        claimed_at=float(item.get("claimed_at") or 0.0),
    )


class Lock:
    """The lock as one process sees it. `token` is 0 until it is held.

    `highest` gives the highest token that anything carries: an item that was lost begins above it, not at 1, since a
    lower token could change nothing any more.
    """

    def __init__(
        self,
        table: Table,
        clock: Clock,
        owner: str,
        *,
        beat_s: float | None = BEAT_S,
        expiry_s: float = EXPIRY_S,
        highest: Callable[[], int] = lambda: 0,
    ) -> None:
        self._highest = highest
        self._table, self._clock, self._owner = table, clock, owner
        self._beat_s, self.expiry_s = beat_s, expiry_s
        self.token, self.operation_id = 0, ""
        self.lost = threading.Event()
        self._confirmed_at, self._number = 0.0, 0
        self._beating = threading.Lock()
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

    def take_over(self, operation_id: str, *, of: str | None = None) -> None:
        """Hold the lock again for an operation whose owner is gone, or take it when nobody holds it. `of` names the
        operation that holds it for this one, where this one is a step of that.

        Raises BreiqError `locked` when another operation holds it, `operation_alive` when its owner still beats.
        """
        seen = read_lock(self._table)
        if seen is not None and seen.held:
            if seen.operation_id not in (operation_id, of):
                raise locked(seen)
            self.wait_until_gone(seen)
        begin = seen.begin if seen and seen.operation_id == operation_id else ""
        self._claim(seen, operation_id, "resume or abort", begin, while_unchanged=True)

    def is_gone(self, seen: Held) -> bool:
        """Return whether an owner is proven dead, or its beat has not changed for `expiry_s` on this process's clock.

        Takes that long when it is, and as long as a beat when it is not.
        """
        if is_proven_dead(seen.owner):
            return True
        end = self._clock.monotonic() + self.expiry_s
        while self._clock.monotonic() < end:
            self._clock.sleep(min(0.5, self.expiry_s))
            if read_lock(self._table) != seen:
                return False
        return True

    def wait_until_gone(self, seen: Held) -> None:
        """Return when the owner is gone. Raises BreiqError `operation_alive` as soon as its beat changes."""
        if not self.is_gone(seen):
            raise BreiqError(
                "operation_alive",
                "refused",
                f"{seen.operation_id} is still running, owned by {shown(seen.owner)}",
                cause="the beat of its owner is current",
                remedy="wait for it, or stop that process (Ctrl-C undoes its changes)",
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

    def confirm(self) -> bool:
        """Return whether this process holds the lock for as long as a call may take; if need be by a beat now.

        A process that was stopped, or a laptop that slept, learns here that it was replaced. While the table does not
        answer nobody knows: it is asked again, and then AwsError is raised. Without beats (`beat_s` None) only a lost
        beat tells.
        """
        for left in range(CONFIRM_TRIES - 1, -1, -1):
            if self.lost.is_set():
                return False
            if self._beat_s is None or self._clock.monotonic() - self._confirmed_at < self.expiry_s - CALL_S:
                return True
            try:
                self.beat()
            except Transient:
                if not left:
                    raise
                self._clock.sleep(CONFIRM_PAUSE_S)
        return not self.lost.is_set()

    def beat(self) -> None:
        """Write one beat. Sets `lost` when the lock was taken over. Raises AwsError when the table does not answer."""
        with self._beating:
            self._number += 1
            sent_at = self._clock.monotonic()
            try:
                self._table.update(*_KEY, {"beat": self._number}, expect={"token": self.token})
            except ConditionFailed:
                self.lost.set()
            else:
                self._confirmed_at = sent_at

    def _beat_until_stopped(self) -> None:
        assert self._beat_s is not None
        while not self._stop.wait(self._beat_s) and not self.lost.is_set():
            with contextlib.suppress(AwsError):  # it is tried again; `confirm` knows since when none was confirmed
                self.beat()

    def _claim(self, seen: Held | None, operation_id: str, reason: str, begin: str, *, while_unchanged: bool) -> None:
        """Write the item under the next token. `while_unchanged`: not if the owner seen has beaten since."""
        claim = uuid.uuid4().hex
        expect: dict[str, Value | None] = {"token": None}
        if seen is not None:
            expect = {"token": seen.token, "held": seen.held}
            expect |= {"beat": seen.beat} if while_unchanged else {}
        token = (seen.token if seen else self._highest()) + 1
        sent_at = self._clock.monotonic()
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
        self.token, self.operation_id, self._confirmed_at = token, operation_id, sent_at


def locked(held: Held, *, emergency: bool = False, same_kind: bool = False, stuck: bool = False) -> BreiqError:
    """Return the refusal that names who holds the lock, why, and what works now; an emergency is told its flag."""
    gone = is_proven_dead(held.owner)
    resume = f"breiqctl operation resume {held.operation_id}"
    if emergency and same_kind:
        remedy = (
            f"wait: a failover is already running (breiqctl operation show {held.operation_id}); "
            f"only if it hangs, take its lock: add --supersede {held.operation_id}"
        )
    elif emergency:
        remedy = f"add --supersede {held.operation_id} to take its lock now; or wait until it has ended"
    elif stuck:
        remedy = f"{resume}; if that does not work, breiqctl operation unlock {held.operation_id} removes only the lock"
    elif gone:
        remedy = resume
    else:
        remedy = f"wait for it; if its process has ended: {resume}"
    return BreiqError(
        "locked",
        "refused",
        f"{held.operation_id} holds the lock of this environment",
        cause=f"{held.reason}; owner {shown(held.owner)}{', which has ended' if gone else ', which is stuck' * stuck}",
        remedy=remedy,
        retryable=True,
    )
