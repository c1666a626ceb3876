"""The pool of connections to the region's own PostgreSQL, over verified TLS.

Connections are made when they are needed, so that a task starts without a database and lives through its restart or
promotion. Every wait has an end: for a connection, and for an answer (a little longer than the role's own limits).
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app import errors
from app.settings import DatabaseAddress, Secret

ACQUIRE_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 3.0
IDLE_CONNECTION_S = 30.0

Row = Any
"""An asyncpg.Record: values by name."""

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    OSError,
)
"""The connection ended under a statement: what became of it is not known. (TimeoutError is an OSError.)"""

_NOT_NOW = (
    *LOST,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
BUSY = (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
"""The server gave the statement up and rolled it back."""


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Return a context that verifies names and certificates against `ca_file` alone."""
    return ssl.create_default_context(cafile=ca_file)


async def _keep_session(_: Any) -> None:
    """Leave a released connection as it is: no statement here uses session state, and a reset costs a round trip."""


class Database:
    """The app role's pool."""

    def __init__(self, address: DatabaseAddress, *, user: str, password: Secret, pool_min: int, pool_max: int) -> None:
        self._address, self._user, self._password = address, user, password
        self._pool_min, self._pool_max = pool_min, pool_max
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Make the pool; no connection is made yet."""
        self._pool = await asyncpg.create_pool(
            host=self._address.host,
            port=self._address.port,
            database=self._address.name,
            user=self._user,
            password=self._password.reveal(),
            ssl=tls_context(self._address.ca_file),
            min_size=0,
            max_size=self._pool_max,
            max_inactive_connection_lifetime=IDLE_CONNECTION_S,
            timeout=ACQUIRE_TIMEOUT_S,
            command_timeout=ANSWER_TIMEOUT_S,
            reset=_keep_session,
            server_settings={"application_name": "breiq-backend", "jit": "off"},
        )

    async def warm(self) -> None:
        """Open the pool's first connections, so that the first requests need not wait; a failure is left to them."""

        async def hold() -> None:
            async with self.connection() as connection:
                await connection.fetchval("select 1")

        await asyncio.gather(*(hold() for _ in range(self._pool_min)), return_exceptions=True)

    async def close(self) -> None:
        """End all connections, waiting at most a second for those in use."""
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), 1)
            except TimeoutError:
                self._pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Give a connection within ACQUIRE_TIMEOUT_S, or raise ApiError database_unavailable: nothing was sent then."""
        assert self._pool is not None
        try:
            connection = await self._pool.acquire(timeout=ACQUIRE_TIMEOUT_S)
        except _NOT_NOW as error:
            raise errors.database_unavailable() from error
        try:
            yield connection
        except (TimeoutError, asyncio.CancelledError):
            connection.terminate()  # its server process may be stopped: never wait for it
            raise
        finally:
            await self._pool.release(connection)

    async def read(self, sql: str, *arguments: Any) -> list[Row]:
        """Return a query's rows; one that was lost with its connection, or given up by a standby, is asked again."""
        try:
            return await self._fetch(sql, arguments)
        except (*LOST, asyncpg.SerializationError) as first:  # a standby gives up what replay runs into
            if isinstance(first, TimeoutError):
                raise errors.database_busy() from first
            try:
                return await self._fetch(sql, arguments)
            except (*LOST, asyncpg.SerializationError) as error:
                raise errors.database_unavailable() from error
        except BUSY as error:
            raise errors.database_busy() from error

    async def _fetch(self, sql: str, arguments: tuple[Any, ...]) -> list[Row]:
        async with self.connection() as connection:
            rows: list[Row] = await connection.fetch(sql, *arguments)
            return rows
