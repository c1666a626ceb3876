"""The one way to write: under the writer lease, one statement that is its own transaction.

The lease is checked when the statement is about to be sent (which is also before its commit: it commits by itself, and
the database asserts its fence at that commit) and once more when the answer leaves (`app.api.edge`).
"""

import time
from collections.abc import Callable
from typing import Any

import asyncpg

from app import errors
from app.lease import TICKET, WriterLease
from app.storage.database import BUSY, LOST, Database, Row


class Writer:
    """Writes for requests."""

    def __init__(self, database: Database, lease: WriterLease, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._lease, self._clock = database, lease, clock

    def require(self) -> None:
        """Raise ApiError not_the_writer unless a write may begin now: to be asked before dear work, as an upload."""
        write_status = self._lease.write_status(self._clock())
        if not write_status.is_open:
            raise errors.not_the_writer(write_status.reason)

    async def write(self, scope: Any, sql: str, *arguments: Any) -> list[Row]:
        """Carry one writing statement out for the request of `scope` and return its rows.

        Raises ApiError: not_the_writer, database_unavailable and database_busy mean that nothing was written;
        outcome_unknown that nobody knows. Violated constraints are raised as asyncpg names them.
        """
        async with self._database.connection() as connection:
            ticket = self._lease.ticket(self._clock())
            if ticket is None:
                raise errors.not_the_writer(self._lease.write_status(self._clock()).reason)
            scope[TICKET] = ticket
            try:
                rows: list[Row] = await connection.fetch(sql, *arguments)
            except asyncpg.ReadOnlySQLTransactionError as error:  # the fence (25006), or a standby
                raise errors.not_the_writer("fenced") from error
            except BUSY as error:
                raise errors.database_busy() from error
            except LOST as error:
                if isinstance(error, TimeoutError):
                    connection.terminate()
                raise errors.outcome_unknown() from error
        return rows
