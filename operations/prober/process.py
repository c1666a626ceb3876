"""The prober's process: a schedule that does not wait for answers, and a file that has each answer at once."""

import asyncio
import contextlib
import json
import os
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import aiohttp
import msgspec

from operations.prober.api import Credentials
from operations.prober.config import ProberConfig
from operations.prober.sample import DROPPED, READ_PATH, WRITE_PATH, Kind, Sample, write_title

PROBE_EVERY = 3
"""A pair of reads (one by a kept connection, one by a fresh one) out of so many goes to a service's probe path."""


async def run(config: ProberConfig, stdin: BinaryIO) -> None:
    """Probe until `stdin` ends or the parent is gone; then wait for the answers that are still under way."""
    verify = ssl.create_default_context(cafile=config.ca_file)
    timeout = aiohttp.ClientTimeout(total=config.timeout_s)
    kept = aiohttp.TCPConnector(ssl=verify, limit=0, ttl_dns_cache=1, keepalive_timeout=30)
    fresh = aiohttp.TCPConnector(ssl=verify, limit=0, ttl_dns_cache=1, force_close=True)
    descriptors = _open_samples(config)
    try:
        async with (
            aiohttp.ClientSession(config.site_url, connector=kept, timeout=timeout) as keeping,
            aiohttp.ClientSession(config.site_url, connector=fresh, timeout=timeout) as renewing,
        ):
            credentials = Credentials(keeping, config.account)
            login = asyncio.create_task(credentials.keep_fresh())
            traffic = Traffic(config, (keeping, renewing), credentials, descriptors)
            sender = asyncio.create_task(traffic.send())
            await _until_told_to_end(stdin, config.parent_pid, sender)
            for task in (sender, login):
                task.cancel()
            await traffic.settle()
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _open_samples(config: ProberConfig) -> list[int]:
    """Return where samples are written to: the parent's file in memory, and the one on disk where it can be made."""
    descriptors = [] if config.samples_fd is None else [config.samples_fd]
    if config.samples_file is not None:
        with contextlib.suppress(OSError):
            Path(config.samples_file).parent.mkdir(parents=True, exist_ok=True)
            descriptors.append(os.open(config.samples_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644))
    return descriptors


async def _until_told_to_end(stdin: BinaryIO, parent_pid: int | None, sender: "asyncio.Task[None]") -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(stdin.fileno(), lambda: None if os.read(stdin.fileno(), 4096) else ended.set())
    while not ended.is_set() and not sender.done() and (parent_pid is None or os.getppid() == parent_pid):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), 1.0)
    loop.remove_reader(stdin.fileno())
    if sender.done():
        sender.result()


def arrivals(rate: float) -> Iterator[float]:
    """Yield when each arrival is due, seconds from the start: `i / rate`, whatever happens to earlier ones."""
    count = 0
    while rate > 0:
        yield count / rate
        count += 1


class Traffic:
    """Sends by the schedule and records each arrival; every second request of a kind opens a connection of its own."""

    def __init__(
        self,
        config: ProberConfig,
        sessions: tuple[aiohttp.ClientSession, aiohttp.ClientSession],
        credentials: Credentials,
        descriptors: list[int],
    ) -> None:
        self._config = config
        self._sessions = sessions
        self._credentials = credentials
        self._descriptors = descriptors
        self._in_flight: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._unix_offset = time.time() - self._loop.time()

    async def send(self) -> None:
        """Send forever: reads from the start, writes once there is an account to write with."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._send_kind("read", self._config.reads_per_s))
            group.create_task(self._send_writes())

    async def _send_writes(self) -> None:
        while self._credentials.token is None:  # noqa: ASYNC110 - a token has no event: it is also replaced later
            await asyncio.sleep(0.05)
        await self._send_kind("write", self._config.writes_per_s)

    async def _send_kind(self, kind: Kind, rate: float) -> None:
        start = self._loop.time()
        for sequence, offset in enumerate(arrivals(rate)):
            due = start + offset
            delay = due - self._loop.time()
            if delay > 0:
                await asyncio.sleep(delay)
            if len(self._in_flight) >= self._config.max_in_flight:
                self._record(self._sample(kind, due, due, sequence, error=DROPPED))
                await asyncio.sleep(0)
                continue
            task = self._loop.create_task(self._request(kind, due, sequence))
            self._in_flight.add(task)
            task.add_done_callback(self._in_flight.discard)

    async def settle(self) -> None:
        """Wait for the answers under way; each has its own timeout."""
        await asyncio.gather(*self._in_flight, return_exceptions=True)

    async def _request(self, kind: Kind, due: float, sequence: int) -> None:
        sent = self._loop.time()
        session = self._sessions[sequence % 2]
        token = self._credentials.token
        try:
            async with self._call(session, kind, sequence, token) as response:
                body = await response.read()
        except TimeoutError:
            self._record(
                self._sample(kind, due, sent, sequence, error=f"no answer within {self._config.timeout_s:g} s")
            )
            return
        except (aiohttp.ClientError, OSError) as error:
            self._record(self._sample(kind, due, sent, sequence, error=type(error).__name__))
            return
        if response.status == 401:
            self._credentials.distrust(token)
        self._record(self._sample(kind, due, sent, sequence, response=response, body=body))

    def _call(
        self, session: aiohttp.ClientSession, kind: Kind, sequence: int, token: str | None
    ) -> "aiohttp.client._RequestContextManager":
        if kind == "read":
            return session.get(self._probe_path(kind, sequence) or READ_PATH)
        title = write_title(self._config.run_id, sequence)
        return session.post(
            WRITE_PATH,
            json={"title": title, "is_public": False},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"{self._config.run_id}-{sequence}"},
        )

    def _probe_path(self, kind: Kind, sequence: int) -> str | None:
        """Return which service's own path a read asks, None for the list: every third pair of reads, in turn."""
        paths, pair = self._config.probe_paths, sequence // 2
        if kind != "read" or not paths or pair % PROBE_EVERY:
            return None
        return paths[pair // PROBE_EVERY % len(paths)]

    def _sample(
        self,
        kind: Kind,
        due: float,
        sent: float,
        sequence: int,
        *,
        response: aiohttp.ClientResponse | None = None,
        body: bytes = b"",
        error: str | None = None,
    ) -> Sample:
        headers = response.headers if response is not None else {}
        status = response.status if response is not None else None
        ok = status == 200 if kind == "read" else status == 201
        made = _created_id(body) if ok and kind == "write" else None
        if ok and kind == "write" and made is None:
            ok, error = False, "acknowledged without an id"
        return Sample(
            at=round(due + self._unix_offset, 4),
            kind=kind,
            ok=ok,
            latency_ms=round((self._loop.time() - due) * 1000, 2),
            late_ms=round((sent - due) * 1000, 2),
            status=status,
            service=headers.get("x-service"),
            path=self._probe_path(kind, sequence),
            colour=headers.get("x-colour"),
            region=headers.get("x-region"),
            version=headers.get("x-version"),
            error=None if ok else error or _answer_error(status, body),
            sequence=sequence if kind == "write" else None,
            id=made,
            new_connection=sequence % 2 == 1,
        )

    def _record(self, sample: Sample) -> None:
        line = msgspec.json.encode(sample) + b"\n"
        for descriptor in list(self._descriptors):
            try:
                os.write(descriptor, line)
            except OSError:  # a full disk: the file in memory goes on
                self._descriptors.remove(descriptor)


def _created_id(body: bytes) -> str | None:
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return str(json.loads(body)["id"])
    return None


def _answer_error(status: int | None, body: bytes) -> str:
    """Return status and, where the answer is one of the API's errors, its code: `503 not_the_writer`."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return f"{status} {json.loads(body)['error']['code']}"
    return str(status)
