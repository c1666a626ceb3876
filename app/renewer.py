"""The renewer: in every backend task, but only the one with the advisory lock acts. It works as the fence role.

In a primary of the lease's holder it extends the fence each second: it reads the database clock first, then confirms
the lease, then extends, so that a renewer that was stopped in between can only write a time that has passed. In a
standby it notes the beat that its replica has seen. A session that falls silent loses its lock after five seconds (the
role's `idle_session_timeout`), so a stopped task does not keep others from acting.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from app.aws.errors import AwsError
from app.aws.operations_table import Beat, OperationsTable
from app.confirming import confirm_once
from app.contract import WriterContract
from app.lease import LeaseItem, WriterLease
from app.logs import Log
from app.settings import DatabaseAddress, Secret
from app.storage.database import tls_context
from app.unreplicated import UnreplicatedWatch

TURN_S = 1.0
TIMEOUT_S = 2.0

_LOOK = """select extract(epoch from clock_timestamp())::float8 as clock, pg_is_in_recovery() as in_recovery, epoch,
extract(epoch from beat_at)::float8 as beat_at from public.writer_fence"""

EXTEND = """update public.writer_fence set epoch = $1, beat_at = to_timestamp($2),
valid_until = greatest(valid_until, to_timestamp($2) + make_interval(secs => $3)) where epoch <= $1"""

END_OLD_TRANSACTIONS = """select count(pg_terminate_backend(pid)) from pg_stat_activity
where usename = $1 and xact_start < clock_timestamp() - make_interval(secs => $2)"""

_FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, AwsError, OSError, KeyError, ValueError)


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
        address: DatabaseAddress,
        password: Secret,
        *,
        table: OperationsTable,
        lease: WriterLease,
        contract: WriterContract,
        log: Log,
        opened: asyncio.Event,
    ) -> None:
        self._address, self._password, self._table = address, password, table
        self._lease, self._contract, self._log, self._opened = lease, contract, log, opened
        self._connection: Any = None
        self._acts = False
        self._noted_at = float("-inf")
        self._noting: asyncio.Task[None] | None = None
        self._watch = UnreplicatedWatch(limit_s=contract.periods.max_unreplicated_s)
        self._said = ""

    async def run(self) -> None:
        """Take a turn each second, and at once when the lease opens, forever."""
        try:
            while True:
                began = time.monotonic()
                try:
                    await self._turn()
                    self._say("acting" if self._acts else "waiting")
                except _FAILURES as error:
                    self._say(f"failed: {error!r}")
                    if not isinstance(error, AwsError):
                        self._let_go()
                self._opened.clear()
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
        row = await self._connection.fetchrow(_LOOK)
        seen = Seen(row["clock"], row["in_recovery"], row["epoch"], row["beat_at"])
        if seen.in_recovery:
            beat = Beat(seen.epoch, self._lease.region, seen.beat_at, time.time())
            self._note(self._table.note_replica_beat, beat)
        else:
            await self._renew(seen)

    async def _renew(self, seen: Seen) -> None:
        periods = self._contract.periods
        ended = await self._connection.fetchval(
            END_OLD_TRANSACTIONS, self._contract.roles.app, periods.transaction_limit_s
        )
        if ended:
            self._log.warning("Ended old transactions", count=ended)
        item = await confirm_once(self._table, self._lease)
        if item is None or not may_extend(item, region=self._lease.region, seen=seen):
            return
        noted_at = time.time()
        done = await self._connection.execute(EXTEND, item.epoch, seen.clock, periods.fence_extension_s)
        if done == "UPDATE 1":
            self._note(self._note_as_primary, Beat(item.epoch, self._lease.region, seen.clock, noted_at))

    async def _note_as_primary(self, beat: Beat) -> None:
        await self._table.note_primary_beat(beat)
        if self._watch.is_due(beat.beat_at):
            replica = await self._table.read_replica_beat(self._table.other_region)
            overdue_s = self._watch.overdue_s(beat.beat_at, replica.beat_at if replica else None)
            if overdue_s is not None:
                self._log.error(
                    "Commits do not reach the other region",
                    unreplicated_s=round(overdue_s),
                    limit_s=self._contract.periods.max_unreplicated_s,
                )

    def _note(self, note: Callable[[Beat], Awaitable[None]], beat: Beat) -> None:
        """Note a beat in the background, one at a time, each `beat_s`: a slow table must not delay the fence."""
        now = time.monotonic()
        if now - self._noted_at < self._contract.periods.beat_s - TURN_S / 2:
            return
        if self._noting is not None and not self._noting.done():
            return
        self._noted_at = now

        async def run() -> None:
            with contextlib.suppress(AwsError):
                await note(beat)

        self._noting = asyncio.create_task(run())

    async def _connect(self) -> Any:
        return await asyncpg.connect(
            host=self._address.host,
            port=self._address.port,
            database=self._address.name,
            user=self._contract.roles.fence,
            password=self._password.reveal(),
            ssl=tls_context(self._address.ca_file),
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

    def _say(self, state: str) -> None:
        if state != self._said:
            self._said = state
            self._log.info("Renewer", state=state)
