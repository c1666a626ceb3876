"""A DNS server on UDP and TCP: questions in, a function's answers out."""

import asyncio
import struct
from collections.abc import Callable
from typing import Any, cast

from dnslib import AAAA, CNAME, MX, NS, QTYPE, RCODE, RR, TXT, A, DNSRecord

from localcloud.services.route53.answer import Answer, Line

PORT = 53
UDP_LIMIT = 1232
"""Above this an answer over UDP is cut, and the client asks over TCP."""

Answering = Callable[[str, str], Answer]


def reply(question: bytes, answering: Answering, limit: int | None = None) -> bytes:
    """Return the wire form of an answer. Raises what dnslib raises for bytes that are no question."""
    asked = DNSRecord.parse(question)
    answer = answering(str(asked.q.qname), str(QTYPE[asked.q.qtype]))
    response = asked.reply(ra=1, aa=1)
    if not answer.exists:
        response.header.rcode = RCODE.NXDOMAIN
    for line in answer.lines:
        response.add_answer(_record(line))
    packed: bytes = response.pack()
    if limit is not None and len(packed) > limit:
        packed = response.truncate().pack()
    return packed


def _record(line: Line) -> Any:
    return RR(line.name, QTYPE.reverse[line.type], rdata=_data(line), ttl=line.ttl)


def _data(line: Line) -> Any:
    match line.type:
        case "A":
            return A(line.value)
        case "AAAA":
            return AAAA(line.value)
        case "CNAME":
            return CNAME(line.value)
        case "NS":
            return NS(line.value)
        case "MX":
            preference, _, name = line.value.partition(" ")
            return MX(name, int(preference))
        case _:
            return TXT(line.value.strip('"'))


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        try:
            self._transport.sendto(reply(data, self._answering, UDP_LIMIT), addr)
        except Exception:  # noqa: BLE001 - bytes from anywhere: what is no question gets no answer
            return


async def serve(address: str, answering: Answering) -> None:
    """Answer on port 53 of an address from now on, until the event loop ends."""
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: _Datagrams(answering), local_addr=(address, PORT))

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                packed = reply(await reader.readexactly(length), answering)
                writer.write(struct.pack("!H", len(packed)) + packed)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            return
        except Exception:  # noqa: BLE001 - as above
            return
        finally:
            writer.close()

    await asyncio.start_server(connection, address, PORT)
