"""The RDS controller of a region: one server an instance, each at its own pace."""

import asyncio
from typing import TYPE_CHECKING

from localcloud.services.rds.server import DesiredState, Server
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
        """Have every instance that nobody works on look at what is desired of it."""
        instances = (await self._context.view("rds", "instances", region=self._context.region))["instances"]
        for desired in instances:
            key = desired["resource_id"]
            if key not in self._at_work:
                server = self._servers.setdefault(key, Server(self._context, desired))
                self._at_work[key] = asyncio.create_task(self._converge(key, server, desired))
        for key in self._servers.keys() - {desired["resource_id"] for desired in instances} - self._at_work.keys():
            del self._servers[key]

    async def _converge(self, key: str, server: Server, desired: DesiredState) -> None:
        try:
            await server.converge(desired)
        except Exception:
            self._context.log.exception("%s: tried again", desired["identifier"])
        finally:
            del self._at_work[key]
