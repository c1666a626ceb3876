"""The RDS controller of a region: one server an instance, each at its own pace."""

import asyncio
from typing import TYPE_CHECKING

from localcloud.services.rds.server import Server, Wanted
from localcloud.services.rds.template import ensure_template

if TYPE_CHECKING:
    from localcloud.core.context import Context


class RdsController:
    """Keeps a region's PostgreSQL servers as the record wants them."""

    def __init__(self, context: "Context") -> None:
        self._context = context
        self._servers: dict[str, Server] = {}
        self._at_work: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Make the template beforehand: the first instance need not wait for it."""
        await ensure_template(self._context.instance.folder / "template")

    async def reconcile(self) -> None:
        """Have every instance that nobody works on look at what is wanted of it."""
        instances = (await self._context.view("rds", "instances", region=self._context.region))["instances"]
        for wanted in instances:
            key = wanted["resource_id"]
            if key not in self._at_work:
                server = self._servers.setdefault(key, Server(self._context, wanted))
                self._at_work[key] = asyncio.create_task(self._converge(key, server, wanted))
        for key in self._servers.keys() - {wanted["resource_id"] for wanted in instances} - self._at_work.keys():
            del self._servers[key]

    async def _converge(self, key: str, server: Server, wanted: Wanted) -> None:
        try:
            await server.converge(wanted)
        except Exception:
            self._context.log.exception("%s: tried again", wanted["identifier"])
        finally:
            del self._at_work[key]
