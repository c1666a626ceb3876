"""What every request passes: response headers, the last check of a write, and one log line."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from uuid import uuid4

from app import errors
from app.backend import Backend
from app.lease import TICKET

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

QUIET_PATHS = frozenset({"/livez", "/readyz", "/traffic"})
"""Health checks are logged only when they fail."""

USER = "breiq.user"


def edge(inner: Application, backend: Backend) -> Application:
    """Return `inner` behind the edge."""
    identity = backend.settings.identity
    ours = [
        (b"x-service", identity.service.encode()),
        (b"x-region", identity.region.encode()),
        (b"x-colour", identity.colour.encode()),
        (b"x-version", identity.version.encode()),
        (b"cache-control", b"no-store"),
    ]

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        request_id = _header(scope, b"x-request-id") or uuid4().hex
        status = 500
        replaced = False

        async def leave(message: Message) -> None:
            nonlocal status, replaced
            if message["type"] == "http.response.start":
                ticket = scope.get(TICKET)
                acknowledges = ticket is not None and message["status"] < 400
                if acknowledges and not backend.lease.honours(ticket, time.monotonic()):
                    replaced = True
                    await _answer_instead(errors.outcome_unknown(), leave_raw)
                else:
                    await leave_raw(message)
            elif not replaced:
                await send(message)

        async def leave_raw(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), *ours, (b"x-request-id", request_id.encode("latin-1"))]
                if backend.stopping:
                    headers.append((b"connection", b"close"))
                message = {**message, "headers": headers}
            await send(message)

        try:
            await inner(scope, receive, leave)
        finally:
            if status >= 500 or scope["path"] not in QUIET_PATHS:
                _log(backend, scope, request_id, status, time.perf_counter() - began)

    return application


async def _answer_instead(error: errors.ApiError, send: Send) -> None:
    body = error.body()
    headers = [(name.encode(), value.encode()) for name, value in error.headers().items()]
    headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _header(scope: Scope, name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key == name:
            return str(value[:128].decode("latin-1"))
    return None


def _log(backend: Backend, scope: Scope, request_id: str, status: int, seconds: float) -> None:
    client = scope.get("client")
    backend.log.info(
        "Request completed",
        requestId=request_id,
        userId=scope.get(USER),
        method=scope["method"],
        path=scope["path"],
        statusCode=status,
        responseTime=round(seconds * 1000, 2),
        userAgent=_header(scope, b"user-agent"),
        ip=_header(scope, b"x-forwarded-for") or (client[0] if client else None),
    )
