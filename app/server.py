"""One serving task from start to end: `python -m app serve`.

Asked to end (SIGTERM), it stops accepting connections, answers what is in flight with `Connection: close` for up to
`stop_grace_s`, and exits 0. The lease, the renewer and the pool work until the last answer has left.
"""

import asyncio
import contextlib
import ctypes
import gc
import os
import signal
import socket
from collections.abc import Iterator

import uvicorn
import uvloop

from app.api.application import make_application
from app.backend import Backend, build_backend
from app.background_tasks import start_background_tasks
from app.logs import make_log
from app.settings import Settings
from app.start import settings_of

KEEP_ALIVE_S = 75
"""Longer than the load balancer's 60 s, so that it, not the task, ends an idle connection."""

M_MMAP_THRESHOLD = -3
"""The number of glibc's mallopt parameter."""

LINGER_S = 0.5
"""How long idle connections stay open once the task was asked to end: a request may be on its way."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, backend: Backend) -> None:
        super().__init__(config)
        self._backend = backend

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ask_to_stop)
        yield

    def _ask_to_stop(self) -> None:
        self._backend.stopping = self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        deadline = asyncio.get_running_loop().time() + LINGER_S
        while self.server_state.connections and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # uvicorn keeps a plain set
        await super().shutdown(sockets)


def _return_large_memory() -> None:
    """Let blocks of 1 MiB and more go back to the system when they are freed.

    By itself glibc keeps them after the first: 19 MiB for each thread that hashes passwords (measured 2026-11-23).
    """
    with contextlib.suppress(AttributeError, OSError):  # another C library does not know it
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 1024 * 1024)


def own_address() -> str:
    """Return the address that this task's host name resolves to."""
    return socket.gethostbyname(socket.gethostname())


def serve() -> int:
    """Serve until asked to end; return the exit code: 0 ended as asked, 2 wrong configuration."""
    settings = settings_of("serve")
    if settings is None:
        return 2
    _return_large_memory()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    log = make_log(settings.identity)
    try:
        backend = build_backend(settings, os.environ, log)
        host = settings.bind_address or own_address()
        background_tasks = await start_background_tasks(backend)
    except (ValueError, OSError) as error:
        log.critical("Cannot start", error=repr(error))
        return 2
    config = uvicorn.Config(
        make_application(backend),
        host=host,
        port=settings.port,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=settings.stop_grace_s,
    )
    server = _Server(config, backend)
    gc.collect()
    gc.freeze()
    log.info("Serving", address=f"{host}:{settings.port}")
    try:
        await server.serve()
    finally:
        await background_tasks.stop()
    log.info("Ended")
    return 0 if server.started else 1
