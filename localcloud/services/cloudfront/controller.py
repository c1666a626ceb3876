"""Makes distributions true: one nginx at the instance's edge address."""

import asyncio

import msgspec

from localcloud.context import Context
from localcloud.errors import RefusedError
from localcloud.programs.nginx import Edge, configuration, names
from localcloud.services.cloudfront.model import Distribution, State

PROCESS = "edge"


class Controller:
    """The edge of the whole instance. It belongs to no region."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._running = ""

    async def start(self) -> None:
        """No nginx of an earlier controller runs."""
        if await self._context.runs(PROCESS):
            await self._context.stop(PROCESS, signal="SIGKILL")

    async def reconcile(self) -> None:
        """nginx runs, while there is a distribution, and does what the record says."""
        state = msgspec.convert(await self._context.view("cloudfront", "state"), State)
        running = await self._context.runs(PROCESS)
        if not state.distributions:
            if running:
                await self._context.stop(PROCESS, signal="SIGQUIT")
            self._running = ""
            return
        edge = self._edge(state.distributions)
        text = configuration(edge, state.distributions)
        if running and text == self._running:
            return
        edge.write(text)
        await self._check(edge)
        if running:
            await self._context.signal(PROCESS, "SIGHUP")
        else:
            await self._context.spawn(PROCESS, edge.argv(), address=edge.address, kind="edge", stop_signal="SIGQUIT")
        self._running = text
        await self._context.publish({distribution.domain: edge.address for distribution in state.distributions})

    def _edge(self, distributions: list[Distribution]) -> Edge:
        layout = self._context.instance.layout
        return Edge(
            directory=self._context.dir / "edge",
            address=layout.edge,
            dns=layout.dns,
            ttl_s=max(1, int(self._context.settings["dns_ttl_s"])),
            ca_file=self._context.ca_file,
            certificates={each.id: self._context.certificate([*names(each), layout.edge]) for each in distributions},
        )

    async def _check(self, edge: Edge) -> None:
        """Raise RefusedError when nginx refuses the file; a running nginx keeps the old one."""
        checking = await asyncio.create_subprocess_exec(
            *edge.argv("-t", "-q"), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        _, complaints = await checking.communicate()
        if checking.returncode:
            raise RefusedError("nginx_refused", f"nginx refuses its configuration: {complaints.decode()}")
