"""Is it alive, can it read, is traffic meant for it, and what is it: four questions, four answers."""

import time
from typing import Any

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from app.api.wire import answer
from app.backend import Backend
from app.services import HEALTH_PATHS


def health_routes(backend: Backend) -> list[HTTPRouteHandler]:
    """Return the handlers; only /readyz touches the database (of a service that has one), none touches the cache.

    Each service says what it is on a path of its own, which leads to it through the load balancer's rules.
    """

    @get("/livez")
    async def livez() -> Response[bytes]:
        return answer(b'{"status":"ok"}')

    @get("/readyz")
    async def readyz() -> Response[bytes]:
        problem = await backend.problem()
        if problem is None:
            return answer(b'{"status":"ok"}')
        return answer(msgspec.json.encode({"status": "not_ready", "reason": problem}), 503)

    return [livez, readyz, *(_health_route(service, backend) for service in backend.settings.services)]


def traffic_routes(backend: Backend) -> list[HTTPRouteHandler]:
    """Return the handler of Route 53's question: is traffic meant for this region? It touches no store."""

    @get("/traffic")
    async def traffic() -> Response[bytes]:
        if backend.lease.takes_traffic:
            return answer(b'{"status":"here"}')
        return answer(b'{"status":"elsewhere"}', 503)

    return [traffic]


def _health_route(service: str, backend: Backend) -> HTTPRouteHandler:
    identity = backend.settings.identity

    @get(HEALTH_PATHS[service])
    async def health() -> Response[bytes]:
        storage, cache = backend.storage, backend.own_cache
        document: dict[str, Any] = {
            "status": "ok",
            "service": service,
            "version": identity.version,
            "region": identity.region,
            "colour": identity.colour,
            "writer": _writer(backend),
            "database": None if storage is None else storage.readiness.problem or "ok",
            "cache": None if cache is None else "ok" if cache.is_connected else "not_connected",
        }
        return answer(msgspec.json.encode(document))

    return health


def _writer(backend: Backend) -> dict[str, Any]:
    write_status = backend.lease.write_status(time.monotonic())
    item = write_status.item
    return {
        "state": "open" if write_status.is_open else "closed",
        "reason": write_status.reason,
        "holder": item.holder if item else None,
        "epoch": item.epoch if item else None,
        "lease_state": item.state if item else None,
        "traffic_region": item.traffic_region if item else None,
    }
