"""What runs besides a task's own work, until its last answer has left: lease, renewer, first connections."""

import asyncio

from app.backend import Backend
from app.confirming import keep_confirming


class BackgroundTasks:
    """Started by `start_background_tasks`; `stop` ends them, and then the task's connections."""

    def __init__(self, backend: Backend, tasks: list[asyncio.Task[None]]) -> None:
        self._backend, self._tasks = backend, tasks

    async def stop(self) -> None:
        """End all of them, then all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._backend.close()


async def start_background_tasks(backend: Backend) -> BackgroundTasks:
    """Keep the writer lease confirmed; with a database: open the pool, and let this task's renewer wait for its turn.

    Raises OSError for an unusable CA file.
    """
    opened = asyncio.Event()
    confirming = keep_confirming(
        backend.table, backend.lease, backend.log, confirm_s=backend.contract.periods.confirm_s, opened=opened
    )
    tasks = [asyncio.create_task(confirming)]
    if backend.own_cache is not None:
        backend.own_cache.connect_soon()
    settings = backend.settings.database
    if settings is not None:
        from app.renewer import Renewer

        await backend.database.open()
        renewer = Renewer(
            settings,
            table=backend.table,
            lease=backend.lease,
            contract=backend.contract,
            log=backend.log,
            opened=opened,
        )
        tasks += [asyncio.create_task(renewer.run()), asyncio.create_task(backend.database.warm())]
    return BackgroundTasks(backend, tasks)
