"""One working task from start to end: `python -m app work`. It delivers the events of the outbox.

A worker takes jobs only while its region holds the writer lease and its own colour is the active one there (an item of
the operations table that releases change). Nobody subscribes to events yet: an event is delivered when it is marked so,
by the statement that takes it, so that it is delivered once however many workers there are.

Asked to end (SIGTERM), it finishes what it took and exits 0.
"""

import asyncio
import gc
import os
import signal
import time

import uvloop

from app.aws.errors import AwsError
from app.aws.operations_table import Beat
from app.backend import Backend, build_backend
from app.background_tasks import start_background_tasks
from app.errors import ApiError
from app.logs import make_log
from app.settings import Settings
from app.start import settings_of

TURN_S = 1.0
BATCH = 100
"""Events that are taken by one statement; it stays far below the role's limit of two seconds."""

DELIVER = """
with due as (
    select id from outbox where delivered_at is null order by id limit $1 for update skip locked
)
update outbox set delivered_at = clock_timestamp() from due where outbox.id = due.id returning outbox.id, outbox.topic
"""


def work() -> int:
    """Work until asked to end; return the exit code: 0 ended as asked, 2 wrong configuration."""
    settings = settings_of("work")
    if settings is None:
        return 2
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_work(settings))


async def _work(settings: Settings) -> int:
    log = make_log(settings.identity)
    try:
        backend = build_backend(settings, os.environ, log)
        background_tasks = await start_background_tasks(backend)
    except (ValueError, OSError) as error:
        log.critical("Cannot start", error=repr(error))
        return 2
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    gc.collect()
    gc.freeze()
    log.info("Working")
    try:
        await Worker(backend).run(stop)
    finally:
        await background_tasks.stop()
    log.info("Ended")
    return 0


class Worker:
    """Takes turns until it is told to stop; notes a beat while it is ready to take jobs, active or not."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._noted_at = float("-inf")
        self._said = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Take a turn each second, and the next one at once while there is more to do."""
        while not stop.is_set():
            delivered = 0
            try:
                await self._note_beat()
                delivered = await self.turn()
            except (AwsError, ApiError) as error:
                self._say(f"failed: {error}")
            if delivered < BATCH:
                try:
                    async with asyncio.timeout(TURN_S):
                        await stop.wait()
                except TimeoutError:
                    continue

    async def turn(self) -> int:
        """Deliver a batch of events if this worker may; return how many. Raises AwsError or ApiError."""
        backend = self._backend
        write_status = backend.lease.write_status(time.monotonic())
        if not write_status.is_open:
            self._say(f"waiting: {write_status.reason}")
            return 0
        if await backend.table.read_worker_colour() != backend.settings.identity.colour:
            self._say("waiting: other_colour")
            return 0
        self._say("working")
        rows = await backend.writer.write({}, DELIVER, BATCH)
        for row in rows:
            backend.log.info("Event delivered", topic=row["topic"], outboxId=row["id"])
        return len(rows)

    async def _note_beat(self) -> None:
        backend, now = self._backend, time.monotonic()
        if now - self._noted_at < backend.contract.periods.beat_s - TURN_S / 2:
            return
        problem = await backend.problem()
        if problem is not None:
            self._say(f"not ready: {problem}")
            return
        self._noted_at = now
        identity = backend.settings.identity
        beat = Beat(backend.lease.epoch or 0, identity.region, time.time(), time.time())
        await backend.table.note_worker_beat(beat, identity.colour)

    def _say(self, state: str) -> None:
        if state != self._said:
            self._said = state
            self._backend.log.info("Worker", state=state)
