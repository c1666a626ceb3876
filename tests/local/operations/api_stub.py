"""A small public API on loopback, over TLS, that can be told to fail: what probers and ledgers are tested against."""

import asyncio
import base64
import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import trustme
from aiohttp import web


@dataclass
class ApiStub:
    """Runs in a thread; `mode` is good, error (503), or hang. `lose(n)` forgets the last n videos."""

    folder: Path
    address: str = "127.77.3.80"
    mode: str = "good"
    token_life_s: float = 900.0
    videos: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    logins: int = 0
    connections: set[tuple[str, int]] = field(default_factory=set)

    def __enter__(self) -> Self:
        authority = trustme.CA()
        self.ca_file = self.folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(self.address).configure_cert(self._tls)
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"https://{self.address}:{self.port}"

    def lose(self, count: int) -> None:
        for key in list(self.videos)[-count:]:
            del self.videos[key]

    async def _serve(self) -> None:
        self._ended = asyncio.Event()
        app = web.Application(middlewares=[self._headers])
        app.add_routes(
            [
                web.post("/api/auth/signup", self._signup),
                web.post("/api/auth/login", self._login),
                web.get("/api/videos", self._list),
                web.post("/api/videos", self._create),
                web.get("/api/videos/{id}", self._get),
            ]
        )
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, self.address, 0, ssl_context=self._tls)
        await site.start()
        self.port = runner.addresses[0][1]
        self._started.set()
        await self._ended.wait()
        await runner.cleanup()

    @web.middleware
    async def _headers(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.transport is not None:
            self.connections.add(request.transport.get_extra_info("peername"))
        if self.mode == "hang":
            await asyncio.sleep(2)
        if self.mode == "error":
            response: web.StreamResponse = web.json_response({"error": {"code": "not_the_writer"}}, status=503)
        else:
            response = await handler(request)
        response.headers.update({"x-region": "us-east-1", "x-colour": "blue", "x-version": "1"})
        return response

    def _token(self) -> str:
        payload = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + self.token_life_s}).encode()).rstrip(b"=")
        return f"e30.{payload.decode()}.x"

    async def _signup(self, request: web.Request) -> web.Response:
        user = await request.json()
        self.users[user["email"]] = user["password"]
        return web.json_response({"user": {"id": "1"}, "access_token": self._token()}, status=201)

    async def _login(self, request: web.Request) -> web.Response:
        self.logins += 1
        user = await request.json()
        if self.users.get(user["email"]) != user["password"]:
            return web.json_response({"error": {"code": "unauthorized"}}, status=401)
        return web.json_response({"access_token": self._token()})

    async def _list(self, _: web.Request) -> web.Response:
        return web.json_response({"videos": [], "next": None})

    async def _create(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"].startswith("Bearer ")
        video = {"id": str(len(self.videos)), "key": request.headers["Idempotency-Key"], **(await request.json())}
        self.videos[video["id"]] = video
        return web.json_response(video, status=201)

    async def _get(self, request: web.Request) -> web.Response:
        video = self.videos.get(request.match_info["id"])
        if video is None:
            return web.json_response({"error": {"code": "not_found"}}, status=404)
        return web.json_response(video)
