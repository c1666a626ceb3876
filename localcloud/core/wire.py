"""The two small clients that the local cloud's processes speak with: JSON lines over a Unix socket, JSON over HTTP."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

from localcloud.core.errors import RefusedError

Document = dict[str, Any]
LINE_LIMIT = 16 << 20


def checked(answer: Document) -> Document:
    """Return the answer. Raises RefusedError when it is an error."""
    if answer.get("ok"):
        return answer
    error = answer.get("error", {})
    raise RefusedError(error.get("code", "unknown"), error.get("message", "no answer"), error.get("remedy", ""))


def ask(path: Path, request: Document, timeout_s: float = 10) -> Document:
    """Send one request to the supervisor and return its answer (for callers without an event loop)."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout_s)
        connection.connect(str(path))
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as lines:
            return checked(json.loads(lines.readline() or b"{}"))


async def ask_async(path: Path, request: Document, timeout_s: float = 60) -> Document:
    """Send one request to the supervisor and return its answer."""
    async with asyncio.timeout(timeout_s):
        reader, writer = await asyncio.open_unix_connection(str(path), limit=LINE_LIMIT)
        try:
            writer.write(json.dumps(request).encode() + b"\n")
            return checked(json.loads(await reader.readline() or b"{}"))
        finally:
            writer.close()


async def http_json(
    socket_file: Path, method: str, path: str, document: Document | None = None, *, timeout_s: float = 30
) -> Document:
    """Make one HTTP request over a Unix socket, with a JSON body, and return the JSON answer.

    Raises RefusedError on any status but 200, OSError or TimeoutError when there is no answer.
    """
    body = b"" if document is None else json.dumps(document).encode()
    head = (
        f"{method} {path} HTTP/1.0\r\nhost: record\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    async with asyncio.timeout(timeout_s):
        reader, writer = await asyncio.open_unix_connection(str(socket_file), limit=LINE_LIMIT)
        try:
            writer.write(head.encode() + body)
            answer = await reader.read()
        finally:
            writer.close()
    top, _, content = answer.partition(b"\r\n\r\n")
    status = top.split(b" ", 2)[1:2]
    if status != [b"200"]:
        raise RefusedError("api_error", f"{method} {path}: {top[:60]!r} {content[:2000].decode(errors='replace')}")
    result: Document = json.loads(content)
    return result
