"""A link between two regions: a TCP proxy that can delay, throttle, or silently hold everything (a cut).

One JSON line on standard input sets its state: {"cut": bool, "delay_ms": n, "bytes_per_s": n (0: not limited)}.
"""

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BLOCK: Final = 64 << 10
QUEUE: Final = 32


@dataclass(frozen=True)
class State:
    """How the link behaves now."""

    delay_s: float = 0.0
    bytes_per_s: float = 0.0


class Link:
    """Forwards every connection to the target. A cut holds what was read and connects nobody; afterwards all go on."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._state = State()
        self._whole = asyncio.Event()
        self._whole.set()

    def set(self, *, cut: bool, delay_ms: float, bytes_per_s: float) -> None:
        """Behave like this from now on."""
        self._state = State(delay_ms / 1000, bytes_per_s)
        if cut:
            self._whole.clear()
        else:
            self._whole.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until a side ends it."""
        await self._whole.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        directions = [
            asyncio.create_task(self._carry(reader, far_writer)),
            asyncio.create_task(self._carry(far_reader, writer)),
        ]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for direction in directions:
                direction.cancel()
            for each in (writer, far_writer):
                each.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUE)
        loop = asyncio.get_running_loop()

        async def deliver() -> None:
            while True:
                read_at, block = await queue.get()
                if not block:
                    return
                wait_s = read_at + self._state.delay_s - loop.time()
                if self._state.bytes_per_s:
                    wait_s = max(wait_s, len(block) / self._state.bytes_per_s)
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                await self._whole.wait()
                writer.write(block)
                await writer.drain()

        delivery = asyncio.create_task(deliver())
        try:
            with contextlib.suppress(ConnectionError):
                while block := await reader.read(BLOCK):
                    await queue.put((loop.time(), block))
                await queue.put((loop.time(), b""))
                await delivery
        finally:
            delivery.cancel()


async def _run(listen: tuple[str, int], target: tuple[str, int]) -> None:
    link = Link(target)
    await asyncio.start_server(link.serve, *listen)
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        link.set(**json.loads(line))


def _endpoint(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def main(arguments: Sequence[str]) -> int:
    """Run a link until its standard input ends."""
    parser = argparse.ArgumentParser(prog="localcloud link")
    parser.add_argument("--listen", type=_endpoint, required=True, metavar="ADDRESS:PORT")
    parser.add_argument("--target", type=_endpoint, required=True, metavar="ADDRESS:PORT")
    options = parser.parse_args(arguments)
    asyncio.run(_run(options.listen, options.target))
    return 0
