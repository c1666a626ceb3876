"""As much of HTTP/1.1 as a proxy needs: heads, and how long bodies are."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

HEAD_LIMIT: Final = 64 << 10
CHUNK: Final = 64 << 10


class BadHeadError(Exception):
    """The peer does not speak HTTP/1."""


@dataclass(frozen=True)
class Head:
    """Start line and headers of a request or an answer: lower-case names, values of one name joined by commas."""

    raw: bytes
    start: str
    headers: dict[str, str]

    @property
    def chunked(self) -> bool:
        """Whether the body comes in chunks."""
        return "chunked" in self.headers.get("transfer-encoding", "").lower()

    @property
    def method(self) -> str:
        """The request's method."""
        return self.start.split(" ", 1)[0]

    @property
    def path(self) -> str:
        """The request's path as it was sent."""
        return self.start.split(" ")[1].partition("?")[0]

    @property
    def query(self) -> str:
        """The request's query as it was sent."""
        return self.start.split(" ")[1].partition("?")[2]

    @property
    def length(self) -> int | None:
        """The body's length in bytes, None when it is not said."""
        text = self.headers.get("content-length")
        return int(text) if text is not None else None


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """Return the next head, None at the end of the connection. Raises BadHeadError."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if end.partial.strip():
            raise BadHeadError("the connection ended inside a head") from end
        return None
    except asyncio.LimitOverrunError as overrun:
        raise BadHeadError("the head is too long") from overrun
    start, *lines = raw.decode("latin-1").strip("\r\n").split("\r\n")
    if "HTTP/1." not in start:
        raise BadHeadError(f"not HTTP/1: {start[:60]!r}")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        key = name.strip().lower()
        headers[key] = f"{headers[key]},{value.strip()}" if key in headers else value.strip()
    return Head(raw, start, headers)


async def copy_body(
    head: Head, reader: asyncio.StreamReader, write: Callable[[bytes], Awaitable[None]], *, until_end: bool = False
) -> bool:
    """Copy the body that follows the head, as it is framed. Return False when only the connection's end ended it."""
    if head.chunked:
        while True:
            line = await reader.readuntil(b"\r\n")
            await write(line)
            size = int(line.split(b";")[0], 16)
            if size:
                await _copy_exactly(size + 2, reader, write)
                continue
            while (trailer := await reader.readuntil(b"\r\n")) != b"\r\n":
                await write(trailer)
            await write(trailer)
            return True
    if head.length is not None:
        await _copy_exactly(head.length, reader, write)
        return True
    if not until_end:
        return True
    while block := await reader.read(CHUNK):
        await write(block)
    return False


async def _copy_exactly(count: int, reader: asyncio.StreamReader, write: Callable[[bytes], Awaitable[None]]) -> None:
    while count:
        block = await reader.read(min(count, CHUNK))
        if not block:
            raise asyncio.IncompleteReadError(b"", count)
        count -= len(block)
        await write(block)
