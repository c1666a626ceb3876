"""Users for a test: an open arrival of reads and writes on kept-alive and new connections, and slow uploads besides."""

import asyncio
import contextlib
import ssl
import threading
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

UPLOAD_S = 5.0


@dataclass
class Outcome:
    """What came of the requests. `failures` names kind, status or error, and when (seconds since the start)."""

    requests: int = 0
    uploads: int = 0
    failures: list[str] = field(default_factory=list)


class Traffic:
    """Sends requests in a thread of its own until it is left; `outcome` tells what came of them."""

    def __init__(self, site: str, ca_file: str, *, rate: float, uploads: int) -> None:
        self._site, self._rate, self._uploads = site, rate, uploads
        self._tls = ssl.create_default_context(cafile=ca_file)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="traffic")
        self.outcome = Outcome()
        self._started = time.monotonic()

    def __enter__(self) -> "Traffic":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive(), "the traffic did not end"

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=15)
        kept = aiohttp.TCPConnector(ssl=self._tls, limit=0)
        fresh = aiohttp.TCPConnector(ssl=self._tls, limit=0, force_close=True)
        async with (
            aiohttp.ClientSession(self._site, connector=kept, timeout=timeout) as old,
            aiohttp.ClientSession(self._site, connector=fresh, timeout=timeout) as new,
        ):
            headers = await self._sign_up(old)
            uploads = [asyncio.create_task(self._upload_for_ever(old, headers)) for _ in range(self._uploads)]
            requests: set[asyncio.Task[None]] = set()
            for number in range(10**9):
                if self._stop.is_set():
                    break
                due = self._started + number / self._rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                session = new if number % 2 else old
                one = self._write(session, headers) if number % 5 == 0 else self._read(session)
                task = asyncio.create_task(one)
                requests.add(task)
                task.add_done_callback(requests.discard)
            await asyncio.gather(*requests, *uploads)

    async def _sign_up(self, session: aiohttp.ClientSession) -> dict[str, str]:
        name = f"t{uuid.uuid4().hex[:12]}"
        body = {"username": name, "email": f"{name}@example.test", "password": uuid.uuid4().hex}
        async with session.post("/api/auth/signup", json=body) as response:
            assert response.status == 201, await response.text()
            self._started = time.monotonic()
            return {"Authorization": f"Bearer {(await response.json())['access_token']}"}

    async def _read(self, session: aiohttp.ClientSession) -> None:
        await self._count("read", session.get("/api/videos?limit=5"), 200)

    async def _write(self, session: aiohttp.ClientSession, headers: dict[str, str]) -> None:
        headers = {**headers, "Idempotency-Key": str(uuid.uuid4())}
        await self._count("write", session.post("/api/videos", json={"title": "t"}, headers=headers), 201)

    async def _upload_for_ever(self, session: aiohttp.ClientSession, headers: dict[str, str]) -> None:
        while not self._stop.is_set():
            headers = {**headers, "Idempotency-Key": str(uuid.uuid4()), "Content-Type": "video/mp4"}
            request = session.post("/api/videos/upload?title=slow", data=_slow_body(), headers=headers)
            await self._count("upload", request, 201)
            self.outcome.uploads += 1

    async def _count(self, kind: str, request: Any, expected: int) -> None:
        at = time.monotonic() - self._started
        self.outcome.requests += 1
        try:
            async with request as response:
                text = await response.text()
                if response.status != expected:
                    self.outcome.failures.append(f"{kind} at {at:.1f} s: {response.status} {text[:120]}")
        except (aiohttp.ClientError, TimeoutError) as error:
            self.outcome.failures.append(f"{kind} at {at:.1f} s: {type(error).__name__} {error}")


async def _slow_body() -> AsyncIterator[bytes]:
    for _ in range(int(UPLOAD_S * 10)):
        yield b"x" * 4096
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0.1)
