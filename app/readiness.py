"""Whether this task can serve reads: its own database answers and has the schema. The writer lease has no say in it."""

import time
from collections.abc import Callable

import asyncpg

from app.errors import ApiError
from app.storage.database import Database

FRESH_S = 0.3
"""How long an answer stands, so that many health checkers cost no more than one."""


class Readiness:
    """Asks the database, at most every FRESH_S."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._asked_at: float | None = None
        self.problem: str | None = "never asked"

    async def ask(self) -> str | None:
        """Return None when reads can be served, else the reason why not."""
        now = self._clock()
        if self._asked_at is None or now - self._asked_at > FRESH_S:
            self._asked_at = now
            self.problem = await self._look()
        return self.problem

    async def _look(self) -> str | None:
        try:
            await self._database.read("select epoch from public.writer_fence")
        except ApiError as error:
            return error.code
        except asyncpg.UndefinedTableError:
            return "not_migrated"
        except asyncpg.PostgresError as error:
            return type(error).__name__
        return None
