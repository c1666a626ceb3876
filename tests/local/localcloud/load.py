"""Open-loop load on one address while something is changed: kept-alive and new connections, and slow uploads."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

UPLOAD_S = 5.0
CHUNKS = 50
CHUNK = b"x" * 4096


@dataclass
class Load:
    """Asks `https://<host>/` at `address`, `rate` times a second, every other time on a new connection."""

    address: str
    host: str
    headers: dict[str, str]
    tls: ssl.SSLContext
    rate: float = 100.0
    failures: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    uploads: int = 0
    requests: int = 0

    async def run(self, until: asyncio.Event) -> None:
        """Send requests until the event; then wait for those in flight."""
        kept = aiohttp.TCPConnector(limit=0, keepalive_timeout=30)
        async with (
            aiohttp.ClientSession(connector=kept) as old,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True)) as new,
        ):
            loop, running, number = asyncio.get_running_loop(), set[asyncio.Task[None]](), 0
            start, next_upload = loop.time(), loop.time()
            while not until.is_set():
                self._begin(running, self._get(old if number % 2 else new, number))
                if loop.time() >= next_upload:
                    next_upload += 1.0
                    self._begin(running, self._upload(old))
                number += 1
                await asyncio.sleep(max(0.0, start + number / self.rate - loop.time()))
            await asyncio.gather(*running)

    def _begin(self, running: set["asyncio.Task[None]"], work: Any) -> None:
        task = asyncio.ensure_future(work)
        running.add(task)
        task.add_done_callback(running.discard)

    async def _get(self, session: aiohttp.ClientSession, number: int) -> None:
        method = "POST" if number % 5 == 0 else "GET"
        await self._ask(session, method, f"/{number}")
        self.requests += 1

    async def _upload(self, session: aiohttp.ClientSession) -> None:
        async def slowly() -> AsyncIterator[bytes]:
            for _ in range(CHUNKS):
                yield CHUNK
                await asyncio.sleep(UPLOAD_S / CHUNKS)

        answer = await self._ask(session, "POST", "/upload", data=slowly())
        if answer and answer["size"] != CHUNKS * len(CHUNK):
            self.failures.append(f"upload: {answer['size']} bytes arrived")
        self.uploads += 1

    async def _ask(self, session: aiohttp.ClientSession, method: str, path: str, data: Any = None) -> dict[str, Any]:
        headers = {**self.headers, "Host": self.host}
        url = f"https://{self.address}{path}"
        try:
            async with session.request(
                method, url, headers=headers, data=data, ssl=self.tls, server_hostname=self.host
            ) as response:
                if response.status != 200:
                    self.failures.append(f"{method} {path}: {response.status} {(await response.text())[:100]}")
                    return {}
                document: dict[str, Any] = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError) as error:
            self.failures.append(f"{method} {path}: {type(error).__name__}: {error}")
            return {}
        self.answers[document["address"]] += 1
        return document
