"""Is it alive, can it read, is traffic meant for it, and what is it: four questions, four answers."""

import time
from typing import Any

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from app.api.wire import answer
from app.backend import Backend


def health_routes(backend: Backend) -> list[HTTPRouteHandler]:
    """Return the handlers; only /readyz touches the database, none touches the cache."""
    identity = backend.settings.identity

    @get("/livez")
    async def livez() -> Response[bytes]:
        return answer(b'{"status":"ok"}')

    @get("/readyz")
    async def readyz() -> Response[bytes]:
        problem = "stopping" if backend.stopping else await backend.readiness.ask()
        if problem is None:
            return answer(b'{"status":"ok"}')
        return answer(msgspec.json.encode({"status": "not_ready", "reason": problem}), 503)

    @get("/traffic")
    async def traffic() -> Response[bytes]:
        if backend.lease.takes_traffic:
            return answer(b'{"status":"here"}')
        return answer(b'{"status":"elsewhere"}', 503)

    @get("/api/health")
    async def health() -> Response[bytes]:
        document: dict[str, Any] = {
            "status": "ok",
            "version": identity.version,
            "region": identity.region,
            "colour": identity.colour,
            "writer": _writer(backend),
            "database": backend.readiness.problem or "ok",
            "cache": "ok" if backend.cache.is_connected else "not_connected",
        }
        return answer(msgspec.json.encode(document))

    return [livez, readyz, traffic, health]


def _writer(backend: Backend) -> dict[str, Any]:
    standing = backend.lease.standing(time.monotonic())
    item = standing.item
    return {
        "state": "open" if standing.is_open else "closed",
        "reason": standing.reason,
        "holder": item.holder if item else None,
        "epoch": item.epoch if item else None,
        "lease_state": item.state if item else None,
        "traffic_region": item.traffic_region if item else None,
    }
