"""The replication controller of a region: carries what the region's buckets have to send, a few versions at a time."""

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from localcloud.api.http1 import HEAD_LIMIT, BadHeadError, Head, copy_body, read_head
from localcloud.api.signature import UNSIGNED, Request, signed_headers
from localcloud.core.context import next_change
from localcloud.core.errors import RefusedError
from localcloud.services.s3_replication.patches import HEADER
from localcloud.services.s3_replication.record import topic

if TYPE_CHECKING:
    from localcloud.core.context import Context

Document = dict[str, Any]
AT_ONCE: Final = 4
RETRY_S: Final = 1.0
GATE_PORT: Final = 80
NO_ANSWER: Final = (OSError, EOFError, TimeoutError, BadHeadError, RefusedError, ValueError)
_FAILED: Final[dict[int, bool]] = {200: False, 404: False, 412: True}
"""By status, whether a copy that is over failed; any other is tried again."""


class ReplicationController:
    """Follows the region's replication, from the record to the other buckets' regions."""

    def __init__(self, context: "Context") -> None:
        self._context = context
        self._routes: dict[str, Route] = {}
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Follow the change counter that replication has of its own: no other change matters to it."""
        self._following = asyncio.create_task(self._follow())

    async def reconcile(self) -> None:
        """Follow again, should that have ended; raise why it did."""
        if self._following and self._following.done():
            ended, self._following = self._following, asyncio.create_task(self._follow())
            ended.result()

    async def _follow(self) -> None:
        seen = last = -1
        while True:
            try:
                seen = await next_change(self._context.instance, seen, topic(self._region))
                while found := await self._waiting(last):
                    for each in found:
                        self._route(each["region"]).add(each)
                    last = found[-1]["number"]
            except NO_ANSWER:
                await asyncio.sleep(RETRY_S)

    @property
    def _region(self) -> str:
        assert self._context.region is not None
        return self._context.region

    async def _waiting(self, after: int) -> list[Document]:
        answer = await self._context.view("s3_replication", "waiting", region=self._region, after=after)
        found: list[Document] = answer["copies"]
        return found

    def _route(self, region: str) -> "Route":
        if region not in self._routes:
            self._routes[region] = Route(self._context, region)
        return self._routes[region]


class Route:
    """The way to one region: over the link when it is another one. What cannot arrive now is tried again later."""

    def __init__(self, context: "Context", region: str) -> None:
        self._context = context
        self._region = region
        self._copies: asyncio.Queue[Document] = asyncio.Queue()
        self._link = asyncio.Lock()
        self._address = ""
        self._workers = [asyncio.create_task(self._work()) for _ in range(AT_ONCE)]

    def add(self, one: Document) -> None:
        """Have a copy carried, after those that wait."""
        self._copies.put_nowait(one)

    async def _work(self) -> None:
        while True:
            one = await self._copies.get()
            if not await self._is_over(one):
                self.add(one)
                await asyncio.sleep(RETRY_S)

    async def _is_over(self, one: Document) -> bool:
        """Try once; return False when it has to be tried again."""
        try:
            status = await self._carry(one)
            if status not in _FAILED:
                return False
            await self._context.view("s3_replication", "report", number=one["number"], failed=_FAILED[status])
        except NO_ANSWER:
            return False
        except Exception:
            self._context.log.exception("%s was not copied; it is tried again", "/".join(one["from"]))
            return False
        return True

    async def _carry(self, one: Document) -> int:
        """Read the version here, write it there; return the status of what ended it."""
        api = str(self._context.instance.api_socket)
        reader, writer = await asyncio.open_unix_connection(api, limit=HEAD_LIMIT)
        try:
            writer.write(self._request("GET", one["from"], one["number"], self._context.region, 0))
            head = await _answer(reader)
            if _status(head) != 200:
                return _status(head)
            return await self._send(one, head, reader)
        finally:
            writer.close()

    async def _send(self, one: Document, head: Head, body: asyncio.StreamReader) -> int:
        reader, writer = await asyncio.open_connection(await self._far(), GATE_PORT, limit=HEAD_LIMIT)

        async def write(block: bytes) -> None:
            writer.write(block)
            await writer.drain()

        try:
            await write(self._request("PUT", one["to"], one["number"], self._region, head.length or 0))
            await copy_body(head, body, write)
            return _status(await _answer(reader))
        finally:
            writer.close()

    def _request(self, method: str, path: list[str], number: int, region: str | None, length: int) -> bytes:
        headers = {
            "host": f"s3.{region}.amazonaws.com",
            HEADER.lower(): str(number),
            "content-type": "application/octet-stream",
        }
        target = f"/{quote('/'.join(path))}"
        signed = signed_headers(
            Request(method, target, "", headers),
            service="s3",
            region=str(region),
            payload_hash=UNSIGNED,
            keys=self._context.instance.keys,
            now=time.time(),
        )
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in signed.items())]
        return "\r\n".join([*lines, f"content-length: {length}", "connection: close", "", ""]).encode()

    async def _far(self) -> str:
        """Return where the region's endpoint is reached from here."""
        gate = self._context.instance.layout.gate(self._region)
        if self._region == self._context.region:
            return gate
        async with self._link:
            if not self._address:
                self._address = await self._context.link(f"s3/{self._region}", (gate, GATE_PORT))
        return self._address


async def _answer(reader: asyncio.StreamReader) -> Head:
    head = await read_head(reader)
    if head is None:
        raise EOFError("the connection ended before an answer")
    return head


def _status(head: Head) -> int:
    return int(head.start.split(" ")[1])
