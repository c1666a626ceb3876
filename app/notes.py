"""The notes of the acting renewer, and how long its database may write because of them.

A failover reads from the table how much it may lose. That figure rests on one thing: who has not noted a beat for
`fence_extension_s` writes no more. So the fence counts from the last beat that is surely in the table, and not from the
clock. A note goes over the very note that was there before its beat was looked up: a renewer that was stopped on its
way cannot put an old beat over its successor's.
"""

import asyncio
import contextlib
from collections.abc import Callable

from app.aws.errors import AwsError
from app.aws.operations_table import Beat, OperationsTable, Stamp


def fence_until(noted: Beat | None, clock: float, extension_s: float) -> float | None:
    """Return until when the database may write (its clock, Unix s), after the last beat that was noted; None: not."""
    return None if noted is None else min(noted.beat_at, clock) + extension_s


class PrimaryNotes:
    """Notes beats of a primary one at a time, in the background. `last` is the newest that is surely in the table."""

    def __init__(self, table: OperationsTable, *, every_s: float, clock: Callable[[], float]) -> None:
        self._table, self._every_s, self._clock = table, every_s, clock
        self.last: Beat | None = None
        self._over: Stamp = None
        self._unsure: Beat | None = None
        self._knows = False
        self._due_at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    async def learn(self) -> bool:
        """Learn which note is in the table, if that is not known; return whether it had to be learned.

        To be called before the beat is looked up. Raises AwsError.
        """
        if self._knows or self._under_way:
            return False
        self._over, self._knows = await self._table.read_primary_stamp(), True
        if self._unsure is not None and self._over == self._unsure.stamp:
            self.last = self._unsure  # it was noted, and only the answer was lost
        self._unsure = None
        return True

    def start(self, beat: Beat) -> None:
        """Start to report a beat if it is time and no other report is running. A failure is retried with the next."""
        urgent = self.last is None or self.last.epoch != beat.epoch
        if not self._knows or self._under_way or (self._clock() < self._due_at and not urgent):
            return
        self._task = asyncio.create_task(self._write(beat))

    async def settle(self, within_s: float) -> None:
        """Wait until what is being noted is noted, or has failed, but `within_s` at most."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task], timeout=within_s)

    def stop(self) -> None:
        """Forget all: another renewer may act now."""
        if self._task is not None:
            self._task.cancel()
        self.last, self._unsure, self._task, self._knows = None, None, None, False

    @property
    def _under_way(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _write(self, beat: Beat) -> None:
        began, self._unsure, self._knows = self._clock(), beat, False
        with contextlib.suppress(AwsError):
            if await self._table.note_primary_beat(beat, over=self._over):
                self.last, self._over, self._unsure, self._knows = beat, beat.stamp, None, True
                self._due_at = began + self._every_s
