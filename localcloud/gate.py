"""The gate: AWS's endpoints, in front of the record. A lost region's requests get no answer at all.

Plain HTTP for callers outside (the region is the signature's); TLS under AWS's own names for tasks, one address each.
"""

import argparse
import asyncio
import contextlib
import json
import os
import ssl
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from localcloud import instance as instances
from localcloud.addresses import API_PORT, AWS_PORT
from localcloud.http1 import HEAD_LIMIT, BadHeadError, Head, copy_body, read_head, signed_scope
from localcloud.instance import Instance

GLOBAL_REGION: Final = "us-east-1"
"""Requests of global services are signed for it, and their control planes go with it."""
INTERNAL: Final = ("/_local", "/moto-api")
DATA_SERVICES: Final = frozenset({"dynamodb", "s3", "kms", "secretsmanager", "sts", "logs"})
"""Services that go on answering when a region's control planes do not."""


def endpoint_names(region: str) -> list[str]:
    """Return the names that a region's endpoint must prove to be (a wildcard stands for one label)."""
    names = [f"*.{region}.amazonaws.com", *(f"*.{s}.{region}.amazonaws.com" for s in ("s3", "ecr", "dkr.ecr"))]
    return [*names, "*.amazonaws.com", "*.s3.amazonaws.com"] if region == GLOBAL_REGION else names


class Gate:
    """Forwards requests to the record while their region is there."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._lost: set[str] = set()
        self._silent: set[str] = set()
        self._connections: dict[asyncio.StreamWriter, str | None] = {}

    async def start(self) -> None:
        """Listen on every address."""
        layout = self._instance.layout
        await asyncio.start_server(self._serving(None), layout.aws, AWS_PORT, limit=HEAD_LIMIT, backlog=256)
        for region in (*self._instance.regions, self._instance.witness):
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*self._instance.authority.certificate(endpoint_names(region)))
            address = layout.gate(region)
            serving = self._serving(region)
            await asyncio.start_server(serving, address, 443, ssl=context, limit=HEAD_LIMIT, backlog=256)
            await asyncio.start_server(serving, address, 80, limit=HEAD_LIMIT)

    def set_state(self, *, lost: Sequence[str], silent: Sequence[str]) -> None:
        """Give no answer for lost regions, nor for the control planes of silent ones; cut connections to lost ones."""
        self._lost, self._silent = set(lost), set(silent)
        for writer, region in list(self._connections.items()):
            if region in self._lost:
                writer.transport.abort()

    def _serving(self, region: str | None) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._connections[writer] = region
            try:
                with contextlib.suppress(OSError, EOFError, BadHeadError, ValueError, asyncio.LimitOverrunError):
                    while await self._serve_one(region, reader, writer):
                        pass
            finally:
                del self._connections[writer]
                if region in self._lost or writer.transport.is_closing():
                    writer.transport.abort()
                else:
                    writer.close()

        return serve

    async def _serve_one(self, own: str | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Forward one request and its answer. Return whether the connection may go on."""
        head = None if own in self._lost else await read_head(reader)
        if head is None:
            return False
        scope = signed_scope(head)
        region = scope[0] if scope else own or GLOBAL_REGION
        self._connections[writer] = region if own is None else own
        silent = region in self._silent and (scope is None or scope[1] not in DATA_SERVICES)
        if silent or region in self._lost or own in self._lost:
            writer.transport.abort()
            return False
        if head.start.split(" ")[1].startswith(INTERNAL):
            writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
            return False
        return await self._forward(head, reader, writer)

    async def _forward(self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        up_reader, up_writer = await asyncio.open_connection(self._instance.layout.api, API_PORT, limit=HEAD_LIMIT)

        async def to_record(block: bytes) -> None:
            up_writer.write(block)
            await up_writer.drain()

        async def to_client(block: bytes) -> None:
            writer.write(block)
            await writer.drain()

        async def send() -> None:
            await to_record(head.raw)
            await copy_body(head, reader, to_record)

        sending = asyncio.create_task(send())
        try:
            answer = await read_head(up_reader)
            while answer is not None and answer.start.split(" ")[1] == "100":
                await to_client(answer.raw)
                answer = await read_head(up_reader)
            if answer is None:
                return False
            framed = answer.chunked or answer.length is not None
            bodiless = head.start.startswith("HEAD ") or answer.start.split(" ")[1] in ("204", "304")
            await to_client(_without_connection(answer) if framed or bodiless else answer.raw)
            if not bodiless:
                await copy_body(answer, up_reader, to_client, until_end=True)
            whole = sending.done() and not sending.exception()
            return whole and (framed or bodiless) and head.headers.get("connection", "").lower() != "close"
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError, EOFError, ValueError):
                await sending
            up_writer.close()


def _without_connection(answer: Head) -> bytes:
    """Return the head without the record's `connection: close`: the client's connection may be kept."""
    lines = answer.raw.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.lower().startswith(b"connection:"))


async def _run(instance: Instance, ready_fd: int) -> None:
    gate = Gate(instance)
    await gate.start()
    os.write(ready_fd, b"1")
    os.close(ready_fd)
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        gate.set_state(**json.loads(line))


def main(arguments: Sequence[str]) -> int:
    """Run the gate until its standard input ends."""
    parser = argparse.ArgumentParser(prog="localcloud gate")
    parser.add_argument("instance")
    parser.add_argument("--ready-fd", type=int, required=True)
    options = parser.parse_args(arguments)
    asyncio.run(_run(instances.load(options.instance), options.ready_fd))
    return 0
