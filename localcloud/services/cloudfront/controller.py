"""Makes distributions true: one nginx at the instance's edge address, and what connects it to the origins."""

import asyncio

import msgspec

from localcloud.context import Context
from localcloud.errors import RefusedError
from localcloud.programs import origins
from localcloud.programs.haproxy import Haproxy
from localcloud.programs.nginx import Edge, configuration, names
from localcloud.services.cloudfront.model import Distribution, State

EDGE = "edge"
ORIGINS = "edge-origins"


class Controller:
    """The edge of the whole instance. It belongs to no region."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._haproxy = Haproxy(context.dir / "origins")
        self._running = {EDGE: "", ORIGINS: ""}

    async def start(self) -> None:
        """No program of an earlier controller runs."""
        for name in self._running:
            if await self._context.runs(name):
                await self._context.stop(name, signal="SIGKILL")

    async def reconcile(self) -> None:
        """The programs run, while there is a distribution, and do what the record says."""
        state = msgspec.convert(await self._context.view("cloudfront", "state"), State)
        if not state.distributions:
            await self._stop()
            return
        await self._ensure_origins(state.distributions)
        await self._ensure_edge(state.distributions)

    async def _stop(self) -> None:
        for name in self._running:
            if await self._context.runs(name):
                await self._context.stop(name)
            self._running[name] = ""

    async def _ensure_origins(self, distributions: list[Distribution]) -> None:
        dns, ttl_s = self._context.instance.layout.dns, self._context.settings["dns_ttl_s"]
        text = origins.configuration(self._haproxy, distributions, dns, ttl_s)
        running = await self._context.runs(ORIGINS)
        if running and text == self._running[ORIGINS]:
            return
        await self._haproxy.write(text, {})
        if running:
            await self._haproxy.reload()
        else:
            await self._context.spawn(ORIGINS, self._haproxy.argv(), kind="edge")
        self._running[ORIGINS] = text

    async def _ensure_edge(self, distributions: list[Distribution]) -> None:
        edge = self._edge(distributions)
        text = configuration(edge, distributions)
        running = await self._context.runs(EDGE)
        if running and text == self._running[EDGE]:
            return
        edge.write(text)
        await self._check(edge)
        if running:
            await self._context.signal(EDGE, "SIGHUP")
        else:
            await self._context.spawn(EDGE, edge.argv(), address=edge.address, kind="edge", stop_signal="SIGQUIT")
        self._running[EDGE] = text
        await self._context.publish({distribution.domain: edge.address for distribution in distributions})

    def _edge(self, distributions: list[Distribution]) -> Edge:
        address = self._context.instance.layout.edge
        return Edge(
            directory=self._context.dir / "edge",
            address=address,
            origins=self._haproxy.directory,
            ca_file=self._context.ca_file,
            certificates={each.id: self._context.certificate([*names(each), address]) for each in distributions},
            secret=self._context.instance.keys.edge_secret,
        )

    async def _check(self, edge: Edge) -> None:
        """Raise RefusedError when nginx refuses the file; a running nginx keeps the old one."""
        checking = await asyncio.create_subprocess_exec(
            *edge.argv("-t", "-q"), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        _, complaints = await checking.communicate()
        if checking.returncode:
            raise RefusedError("nginx_refused", f"nginx refuses its configuration: {complaints.decode()}")
