"""The renewer: in every backend task, but only the one with the advisory lock acts. It works as the fence role.

In a primary of the lease's holder it extends the fence each second: it reads the database clock first, then confirms
the lease, notes its beat, then extends from the last beat that was noted, so that a renewer that was stopped in between
can only write a time that has passed, and one whose notes fail ends its own region's writes. In a standby it notes the
beat that its replica has seen, and how the replica replays. A session that falls silent loses its lock after five
seconds (the role's `idle_session_timeout`), so a stopped task does not keep others from acting.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg

from app.aws.errors import AwsError
from app.aws.operations_table import Beat, OperationsTable
from app.confirming import confirm_once
from app.contract import WriterContract
from app.database_facts import Facts, ReplayWatch, read_limits, read_replay, try_logins
from app.lease import LeaseItem, WriterLease
from app.logs import Log
from app.notes import PrimaryNotes, fence_until
from app.settings import DatabaseSettings, Secret
from app.storage.database import tls_context
from app.unreplicated import UnreplicatedWatch

TURN_S = 1.0
TIMEOUT_S = 2.0
FACTS_EVERY_S = 10.0
SETTLE_S = 2.0
"""A turn waits for its note no longer: the session must not fall silent."""

_LOOK = """select extract(epoch from clock_timestamp())::float8 as clock, pg_is_in_recovery() as in_recovery, epoch,
extract(epoch from beat_at)::float8 as beat_at from public.writer_fence"""

EXTEND = """update public.writer_fence set epoch = $1, beat_at = to_timestamp($2),
valid_until = greatest(valid_until, to_timestamp($3)) where epoch <= $1"""

END_OLD_TRANSACTIONS = """select count(pg_terminate_backend(pid)) from pg_stat_activity
where usename = $1 and xact_start < clock_timestamp() - make_interval(secs => $2)"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the database said: its clock (Unix, s), whether it is a standby, and the fence's epoch and beat."""

    clock: float
    in_recovery: bool
    epoch: int
    beat_at: float


def may_extend(item: LeaseItem | None, *, region: str, seen: Seen) -> bool:
    """Return whether the fence of `region`'s database may be extended under the lease `item`."""
    return (
        item is not None
        and item.holder == region
        and item.state == "open"
        and not seen.in_recovery
        and item.epoch >= seen.epoch
    )


class Renewer:
    """One task's renewer. `run` until cancelled; afterwards its connection, and so its lock, is gone."""

    def __init__(
        self,
        settings: DatabaseSettings,
        *,
        table: OperationsTable,
        lease: WriterLease,
        contract: WriterContract,
        log: Log,
        opened: asyncio.Event,
    ) -> None:
        self._settings, self._table = settings, table
        self._lease, self._contract, self._log, self._opened = lease, contract, log, opened
        self._connection: Any = None
        self._acts = False
        self._notes = PrimaryNotes(table, every_s=contract.periods.beat_s, clock=time.monotonic)
        self._replica_noted_at = self._facts_read_at = float("-inf")
        self._noting: asyncio.Task[None] | None = None
        self._facts: Facts = {}
        self._replay = ReplayWatch()
        self._watching: asyncio.Task[None] | None = None
        self._watch = UnreplicatedWatch(limit_s=contract.periods.max_unreplicated_s)
        self._said = ""

    async def run(self) -> None:
        """Take a turn each second, and at once when the lease opens, forever."""
        try:
            while True:
                began = time.monotonic()
                self._opened.clear()  # what opens meanwhile is the next turn's
                try:
                    await self._turn()
                    self._say("acting" if self._acts else "waiting")
                except Exception as error:  # noqa: BLE001 - a renewer that died would end its region's writes
                    self._say(f"failed: {error!r}")
                    if not isinstance(error, AwsError):
                        self._let_go()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.1, TURN_S - (time.monotonic() - began))):
                        await self._opened.wait()
        finally:
            self._let_go()

    async def _turn(self) -> None:
        if self._connection is None or self._connection.is_closed():
            self._acts = False
            self._connection = await self._connect()
        if not self._acts:
            self._acts = await self._connection.fetchval(
                "select pg_try_advisory_lock($1)", self._contract.fence.advisory_lock
            )
        if not self._acts:
            return
        seen, noted_at = await self._look()
        if seen.in_recovery:
            await self._note_as_standby(seen, noted_at)
        else:
            self._look_for_unreplicated(seen)
            await self._renew(seen, noted_at)

    async def _look(self) -> tuple[Seen, float]:
        """Return what the database says, and the own clock from before it was asked: that is when it is noted."""
        noted_at = time.time()
        row = await self._connection.fetchrow(_LOOK)
        return Seen(row["clock"], row["in_recovery"], row["epoch"], row["beat_at"]), noted_at

    async def _renew(self, seen: Seen, noted_at: float) -> None:
        periods = self._contract.periods
        ended = await self._connection.fetchval(
            END_OLD_TRANSACTIONS, self._contract.roles.app, periods.transaction_limit_s
        )
        if ended:
            self._log.warning("Ended old transactions", count=ended)
        if await self._notes.learn():
            seen, noted_at = await self._look()
        item = await confirm_once(self._table, self._lease)
        if item is None or not may_extend(item, region=self._lease.region, seen=seen):
            return
        self._notes.start(
            Beat(seen.epoch, self._lease.region, seen.clock, noted_at, await self._read_facts(standby=False))
        )
        if self._notes.last is None or seen.clock - self._notes.last.beat_at > periods.beat_s + TURN_S:
            await self._notes.settle(SETTLE_S)
        until = fence_until(self._notes.last, seen.clock, periods.fence_extension_s)
        if until is None:
            return
        await self._connection.execute(EXTEND, item.epoch, seen.clock, until)
        if item.epoch > seen.epoch:
            self._opened.set()  # the first beat of an epoch is noted at once

    async def _note_as_standby(self, seen: Seen, noted_at: float) -> None:
        """Note the replica's beat in the background, one at a time, each `beat_s`."""
        now = time.monotonic()
        replay = await read_replay(self._connection, self._replay, now)
        if now < self._replica_noted_at + self._contract.periods.beat_s - TURN_S / 2 or _runs(self._noting):
            return
        facts = {**await self._read_facts(standby=True), **replay}
        beat = Beat(seen.epoch, self._lease.region, seen.beat_at, noted_at, facts)

        async def note() -> None:
            with contextlib.suppress(AwsError):
                await self._table.note_replica_beat(beat)
                self._replica_noted_at = now

        self._noting = asyncio.create_task(note())

    async def _read_facts(self, *, standby: bool) -> Facts:
        """Return what the database alone knows, read each FACTS_EVERY_S; logins are tried in a standby alone, where
        nobody waits for this turn.
        """
        now = time.monotonic()
        if now >= self._facts_read_at + FACTS_EVERY_S:
            self._facts = await read_limits(self._connection, self._contract.limits)
            if standby:
                self._facts = {**self._facts, "logins": await try_logins(self._logins())}
            self._facts_read_at = now
        return self._facts

    def _logins(self) -> dict[str, Callable[[], Awaitable[Any]]]:
        roles, settings = self._contract.roles, self._settings
        passwords = {roles.app: settings.app_password, roles.fence: settings.fence_password}
        return {role: partial(self._log_in, role, password) for role, password in passwords.items()}

    def _look_for_unreplicated(self, seen: Seen) -> None:
        """Say it when commits do not reach the other region, whatever becomes of this region's own notes."""
        item = self._lease.write_status(time.monotonic()).item
        holds = item is not None and item.holder == self._lease.region
        if not holds or _runs(self._watching) or not self._watch.is_due(seen.clock):
            return

        async def look() -> None:
            try:
                replica = await self._table.read_replica_beat(self._table.other_region)
                replica_beat_at = replica.beat_at if replica else None
            except AwsError:
                replica_beat_at = None  # the time goes on from the last that was read
            overdue_s = self._watch.overdue_s(seen.clock, replica_beat_at)
            if overdue_s is not None:
                self._log.error(
                    "Commits do not reach the other region",
                    unreplicated_s=round(overdue_s),
                    limit_s=self._contract.periods.max_unreplicated_s,
                )

        self._watching = asyncio.create_task(look())

    async def _connect(self) -> Any:
        return await self._log_in(self._contract.roles.fence, self._settings.fence_password)

    async def _log_in(self, role: str, password: Secret) -> Any:
        address = self._settings.address
        return await asyncpg.connect(
            host=address.host,
            port=address.port,
            database=address.name,
            user=role,
            password=password.reveal(),
            ssl=tls_context(address.ca_file),
            timeout=TIMEOUT_S,
            command_timeout=TIMEOUT_S,
            server_settings={
                "application_name": "breiq-renewer",
                "tcp_keepalives_idle": "2",
                "tcp_keepalives_interval": "1",
                "tcp_keepalives_count": "3",
            },
        )

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
        self._connection, self._acts = None, False
        self._facts_read_at = float("-inf")
        self._notes.stop()
        for task in (self._noting, self._watching):
            if task is not None:
                task.cancel()

    def _say(self, state: str) -> None:
        if state != self._said:
            self._said = state
            self._log.info("Renewer", state=state)


def _runs(task: asyncio.Task[None] | None) -> bool:
    return task is not None and not task.done()
