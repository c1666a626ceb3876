"""A DNS server on UDP and TCP: questions in, a function's answers out."""

import asyncio
import re
import struct
from collections.abc import Callable
from typing import Any, cast

from dnslib import AAAA, CAA, CNAME, MX, NS, QTYPE, RCODE, RR, SOA, TXT, A, DNSRecord

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
    if answer.authority is not None:
        response.add_auth(_record(answer.authority))
    packed: bytes = response.pack()
    if limit is not None and len(packed) > limit:
        packed = response.truncate().pack()
    return packed


def _record(line: Line) -> Any:
    return RR(line.name, QTYPE.reverse[line.type], rdata=_data(line), ttl=line.ttl)


def _data(line: Line) -> Any:
    plain = {"A": A, "AAAA": AAAA, "CNAME": CNAME, "NS": NS}.get(line.type)
    if plain is not None:
        return plain(line.value)
    return {"MX": _mx, "SOA": _soa, "CAA": _caa}.get(line.type, _txt)(line.value)


def _mx(value: str) -> Any:
    preference, _, name = value.partition(" ")
    return MX(name, int(preference))


def _soa(value: str) -> Any:
    primary, mailbox, *numbers = value.split()
    return SOA(primary, mailbox, tuple(int(number) for number in numbers))


def _caa(value: str) -> Any:
    flags, tag, text = value.split(None, 2)
    return CAA(int(flags), tag, text.strip('"'))


def _txt(value: str) -> Any:
    return TXT(_strings(value))


def _strings(value: str) -> list[str]:
    """Return the strings of a TXT record's value: each in quotes, at most 255 letters."""
    return re.findall(r'"((?:[^"\\]|\\.)*)"', value) or [value]


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
