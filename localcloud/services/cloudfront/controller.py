"""Makes distributions true: one nginx at the instance's edge address, and what connects it to the origins."""

from collections.abc import Sequence

import msgspec

from localcloud.core.context import Context
from localcloud.core.errors import RefusedError
from localcloud.programs.haproxy import Haproxy
from localcloud.services.cloudfront import origins
from localcloud.services.cloudfront.isolation import Isolation
from localcloud.services.cloudfront.model import Distribution, State
from localcloud.services.cloudfront.nginx import Edge, configuration, names

EDGE = "edge"
ORIGINS = "edge-origins"


class Controller:
    """The edge of the whole instance. It belongs to no region."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._haproxy = Haproxy(context.dir / "origins")
        self._running = {EDGE: "", ORIGINS: ""}
        self._isolation = Isolation()
        self._reported: dict[str, str] = {}

    async def start(self) -> None:
        """No program of an earlier controller runs."""
        for name in self._running:
            if await self._context.runs(name):
                await self._context.stop(name, signal="SIGKILL")

    async def reconcile(self) -> None:
        """The programs run, while there is a distribution, and do what the record says.

        One that they refuse keeps its last good configuration; the others do not wait for it. Its status is InProgress.
        """
        state = msgspec.convert(await self._context.view("cloudfront", "state"), State)
        accepted, refused = await self._isolation.choose(state.distributions, self._complaint)
        await self._report(refused)
        if accepted:
            await self._ensure_origins(accepted)
            await self._ensure_edge(accepted)
        else:
            await self._stop()
        if refused:
            identity, reason = next(iter(refused.items()))
            raise RefusedError("edge_refused", f"distribution {identity}: {reason}")

    async def _report(self, refused: dict[str, str]) -> None:
        if refused != self._reported:
            await self._context.view("cloudfront", "refused", refused=refused)
            self._reported = refused

    async def _complaint(self, distributions: Sequence[Distribution]) -> str | None:
        """Return what the programs have against a set of distributions; nothing of what runs is touched."""
        try:
            complaint = await self._haproxy.complaint(self._origins_text(distributions))
            if complaint is not None:
                return f"HAProxy refuses its configuration: {complaint}"
            edge = self._edge(distributions)
            complaint = await edge.complaint(configuration(edge, distributions))
        except ValueError as error:
            return str(error)
        return None if complaint is None else f"nginx refuses its configuration: {complaint}"

    async def _stop(self) -> None:
        for name in self._running:
            if await self._context.runs(name):
                await self._context.stop(name)
            self._running[name] = ""

    def _origins_text(self, distributions: Sequence[Distribution]) -> str:
        dns, ttl_s = self._context.instance.layout.dns, self._context.settings["dns_ttl_s"]
        return origins.configuration(self._haproxy, distributions, dns, ttl_s)

    async def _ensure_origins(self, distributions: Sequence[Distribution]) -> None:
        text = self._origins_text(distributions)
        running = await self._context.runs(ORIGINS)
        if running and text == self._running[ORIGINS]:
            return
        await self._haproxy.write(text, {})
        if running:
            await self._haproxy.reload()
        else:
            await self._context.spawn(ORIGINS, self._haproxy.argv(), kind="edge")
        self._running[ORIGINS] = text

    async def _ensure_edge(self, distributions: Sequence[Distribution]) -> None:
        edge = self._edge(distributions)
        text = configuration(edge, distributions)
        running = await self._context.runs(EDGE)
        if running and text == self._running[EDGE]:
            return
        edge.write(text)
        if running:
            await self._context.signal(EDGE, "SIGHUP")
        else:
            await self._context.spawn(EDGE, edge.argv(), address=edge.address, kind="edge", stop_signal="SIGQUIT")
        self._running[EDGE] = text
        await self._context.publish({distribution.domain: edge.address for distribution in distributions})

    def _edge(self, distributions: Sequence[Distribution]) -> Edge:
        address = self._context.instance.layout.edge
        return Edge(
            directory=self._context.dir / "edge",
            address=address,
            origins=self._haproxy.directory,
            ca_file=self._context.ca_file,
            certificates={each.id: self._context.certificate([*names(each), address]) for each in distributions},
            secret=self._context.instance.keys.edge_secret,
        )
