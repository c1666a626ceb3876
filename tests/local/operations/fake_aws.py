"""AWS for a caller behind a proxy: a proxy on loopback that leads every CONNECT to a TLS server that plays AWS.

The caller asks AWS's own names in all regions, and no packet leaves the machine. What goes wrong is set by host.
"""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

import trustme

CRLF = b"\r\n"
ACCOUNT = "210987654321"
NAMES = ["amazonaws.com", *(f"*.{region}.amazonaws.com" for region in ("us-east-1", "us-west-2", "us-east-2"))]


@dataclass(frozen=True)
class Reply:
    """An HTTP answer of AWS, or of somebody who is not AWS."""

    status: int
    body: str
    kind: str = "application/x-amz-json-1.0"
    headers: dict[str, str] = field(default_factory=lambda: {"x-amzn-RequestId": "1"})

    def raw(self) -> bytes:
        body = self.body.encode()
        head = {"date": formatdate(usegmt=True), "content-type": self.kind, "content-length": str(len(body))}
        lines = [f"HTTP/1.1 {self.status} X", *(f"{name}: {value}" for name, value in {**head, **self.headers}.items())]
        return "\r\n".join(lines).encode() + CRLF + CRLF + body


def identity(account: str = ACCOUNT) -> Reply:
    arn = f"arn:aws:sts::{account}:assumed-role/ops/me"
    inner = f"<Arn>{arn}</Arn><UserId>A</UserId><Account>{account}</Account>"
    body = f"<GetCallerIdentityResponse><GetCallerIdentityResult>{inner}</GetCallerIdentityResult></GetCallerIdentityResponse>"
    return Reply(200, body, "text/xml")


def refusal(code: str, status: int = 403) -> Reply:
    """Return an error as STS writes it."""
    inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>said AWS</Message></Error>"
    return Reply(status, f"<ErrorResponse>{inner}<RequestId>1</RequestId></ErrorResponse>", "text/xml")


def page(status: int = 200) -> Reply:
    return Reply(status, "<html><body><p>Please sign in.</body></html>", "text/html; charset=utf-8", {})


LEASE = {"holder": "us-east-1", "epoch": 4, "state": "open", "traffic_region": "us-east-1", "operation": "", "token": 2}


def table_item(item: dict[str, Any] | None) -> Reply:
    encoded = {
        name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in (item or {}).items()
    }
    return Reply(200, json.dumps({"Item": encoded} if item else {}))


class FakeAws:
    """`says` returns the reply of a host to a request; `passes` what the proxy answers to a CONNECT (None: silence)."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*NAMES).configure_cert(self.tls)
        self.says: Callable[[str, bytes], Reply] = as_it_should
        self.passes: Callable[[str], bytes | None] = lambda _host: b"HTTP/1.1 200 OK"
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def proxy(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        self._socket.close()
        for one in self._held:
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            host = _head(connection).split(b" ")[1].partition(b":")[0].decode()
            self.asked.append(host)
            answer = self.passes(host)
            if answer is None:
                self._held.append(connection)
                return
            connection.sendall(answer + CRLF + CRLF)
            if b" 200 " in answer:
                with self.tls.wrap_socket(connection, server_side=True) as secured:
                    while head := _head(secured):
                        secured.sendall(self.says(host, head + _body(secured, head)).raw())
        if connection not in self._held:
            connection.close()


def as_it_should(host: str, request: bytes) -> Reply:
    """Answer as AWS does for an environment of which only the writer lease is there."""
    if host.startswith("sts."):
        return identity()
    if host.startswith("dynamodb.") and b"DynamoDB_20120810.Query" in request:
        return Reply(200, json.dumps({"Items": [], "Count": 0}))
    if host.startswith("dynamodb."):
        return table_item(LEASE if b'"lease"' in request else None)
    if host.startswith("ssm."):
        return Reply(200, json.dumps({"Parameters": []}))
    return Reply(400, json.dumps({"__type": "UnknownOperationException", "message": "not played"}))


def _head(connection: socket.socket) -> bytes:
    found = b""
    while CRLF + CRLF not in found:
        block = connection.recv(1)
        if not block:
            return b""
        found += block
    return found


def _body(connection: socket.socket, head: bytes) -> bytes:
    lines = [line.lower() for line in head.split(CRLF)]
    length = next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)
    body = b""
    while len(body) < length:
        body += connection.recv(length - len(body))
    return body
