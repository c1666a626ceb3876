"""The gate: AWS's endpoints, in front of the record. A lost region's requests get no answer at all.

Plain HTTP for callers outside (the region is the signature's); TLS under AWS's own names for tasks, one address each.
Only what names one of AWS's hosts, or the address itself, and is signed with the instance's keys passes.
"""

import argparse
import asyncio
import contextlib
import hashlib
import ipaddress
import json
import os
import ssl
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from localcloud.api.answers import ErrorAnswer, Form, error_answer, form_of, refusal_answer
from localcloud.api.http1 import HEAD_LIMIT, BadHeadError, Head, copy_body, read_head
from localcloud.api.operations import bucket_of_host
from localcloud.api.signature import UNSIGNED, Claim, Refusal, Request, read_claim, refused
from localcloud.api.signature_v2 import is_version_2
from localcloud.api.signature_v2 import refused as refused_version_2
from localcloud.core import instance as instances
from localcloud.core.addresses import AWS_PORT
from localcloud.core.instance import Instance

GLOBAL_REGION: Final = "us-east-1"
"""Requests of global services are signed for it, and their control planes go with it."""
INTERNAL: Final = ("/_local", "/moto-api")
BODY_LIMIT: Final = 16 << 20
"""No request but S3's is longer: its body is signed, so it is read before it is let in."""
DATA_SERVICES: Final = frozenset({"dynamodb", "s3", "kms", "secretsmanager", "sts", "logs"})
"""Services that go on answering when a region's control planes do not."""


def endpoint_names(region: str) -> list[str]:
    """Return the names that a region's endpoint must prove to be (a wildcard stands for one label)."""
    names = [f"*.{region}.amazonaws.com", *(f"*.{s}.{region}.amazonaws.com" for s in ("s3", "ecr", "dkr.ecr"))]
    return [*names, "*.amazonaws.com", "*.s3.amazonaws.com"] if region == GLOBAL_REGION else names


class NotLetInError(Exception):
    """A request that the record does not see; `answer` goes back instead."""

    def __init__(self, answer: ErrorAnswer) -> None:
        super().__init__(answer.status)
        self.answer = answer


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
        request = Request(head.method, head.path, head.query, head.headers)
        claim = read_claim(request)
        signed = claim if isinstance(claim, Claim) else None
        region = signed.region if signed else own or GLOBAL_REGION
        self._connections[writer] = region if own is None else own
        silent = region in self._silent and (signed is None or signed.service not in DATA_SERVICES)
        if silent or region in self._lost or own in self._lost:
            writer.transport.abort()
            return False
        try:
            body = await self._let_in(head, request, claim, reader, writer)
        except NotLetInError as error:
            return await _refuse(error.answer, writer)
        return await self._forward(head, body, reader, writer)

    async def _let_in(
        self,
        head: Head,
        request: Request,
        claim: Claim | Refusal,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bytes | None:
        """Return the body, None where it is still to be read (S3's: its hash is among what is signed).

        Raises NotLetInError for what AWS would refuse.
        """
        if not is_our_host(head.headers.get("host", "")):
            raise NotLetInError(refusal_answer("rest-json", WRONG_HOST))
        if head.path.startswith(INTERNAL):
            raise NotLetInError(error_answer("rest-json", 404, "NotFound", "there is nothing here"))
        if is_version_2(request):
            host = head.headers.get("host", "")
            if (old := refused_version_2(request, bucket_of_host(host), self._instance.keys, time.time())) is not None:
                raise NotLetInError(refusal_answer("s3", old))
            return None
        if isinstance(claim, Refusal):
            raise NotLetInError(refusal_answer(_form("", head), claim))
        form = _form(claim.service, head)
        body: bytes | None = None
        payload_hash = UNSIGNED if claim.expires_s else head.headers.get("x-amz-content-sha256", UNSIGNED)
        if claim.service != "s3":
            body = await _whole_body(head, reader, writer)
            if body is None:
                raise NotLetInError(error_answer(form, 413, "RequestEntityTooLarge", "the body is too long"))
            payload_hash = hashlib.sha256(body).hexdigest()
        refusal = refused(request, claim, payload_hash, self._instance.keys, time.time())
        if refusal is not None:
            raise NotLetInError(refusal_answer(form, refusal))
        return body

    async def _forward(
        self, head: Head, body: bytes | None, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        socket = str(self._instance.api_socket)
        up_reader, up_writer = await asyncio.open_unix_connection(socket, limit=HEAD_LIMIT)

        async def to_record(block: bytes) -> None:
            up_writer.write(block)
            await up_writer.drain()

        async def to_client(block: bytes) -> None:
            writer.write(block)
            await writer.drain()

        async def send() -> None:
            if body is None:
                await to_record(head.raw)
                await copy_body(head, reader, to_record)
            else:
                await to_record(_with_length(head, len(body)) + body)

        sending = asyncio.create_task(send())
        try:
            answer = await _final_head(up_reader, to_client)
            if answer is None:
                return False
            framed = answer.chunked or answer.length is not None
            bodiless = head.method == "HEAD" or answer.start.split(" ")[1] in ("204", "304")
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


async def _final_head(reader: asyncio.StreamReader, to_client: Callable[[bytes], Awaitable[None]]) -> Head | None:
    """Return the head of an answer, None where there is none; each `100 Continue` before it goes to the client."""
    answer = await read_head(reader)
    while answer is not None and answer.start.split(" ")[1] == "100":
        await to_client(answer.raw)
        answer = await read_head(reader)
    return answer


WRONG_HOST: Final = Refusal("host", "the Host header names no endpoint of the local cloud")


def is_our_host(host: str) -> bool:
    """Return whether a Host header is one of AWS's names or a loopback address: a page of another site, whose name was
    led here (DNS rebinding), has its own.
    """
    name = host.rpartition(":")[0] if ":" in host else host
    if name.lower().endswith(".amazonaws.com"):
        return True
    try:
        return ipaddress.IPv4Address(name).is_loopback
    except ValueError:
        return False


def _form(service: str, head: Head) -> Form:
    if not service and head.method in ("GET", "HEAD", "PUT", "DELETE"):
        service = "s3"
    return form_of(
        service,
        has_target="x-amz-target" in head.headers,
        content_type=head.headers.get("content-type", ""),
        has_action="Action=" in head.query,
    )


async def _refuse(answer: ErrorAnswer, writer: asyncio.StreamWriter) -> bool:
    """Answer without the record; the connection ends, because the body may not have been read."""
    lines = [f"HTTP/1.1 {answer.status} Refused", *(f"{name}: {value}" for name, value in answer.headers)]
    lines += [f"content-length: {len(answer.body)}", "connection: close", "", ""]
    writer.write("\r\n".join(lines).encode() + answer.body)
    await writer.drain()
    return False


async def _whole_body(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
    """Return the body, without its framing; None when it is too long."""
    if head.length is not None and head.length > BODY_LIMIT:
        return None
    if "100-continue" in head.headers.get("expect", "").lower():
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
    if not head.chunked:
        return await reader.readexactly(head.length or 0)
    parts: list[bytes] = []
    total = 0
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        total += size
        if total > BODY_LIMIT:
            return None
        parts.append((await reader.readexactly(size + 2))[:-2])
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return b"".join(parts)


def _with_length(head: Head, length: int) -> bytes:
    """Return the head for a body that is sent whole."""
    framing = (b"content-length:", b"transfer-encoding:", b"expect:")
    lines = [line for line in head.raw.rstrip(b"\r\n").split(b"\r\n") if not line.lower().startswith(framing)]
    return b"\r\n".join([*lines, b"content-length: %d" % length, b"", b""])


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
