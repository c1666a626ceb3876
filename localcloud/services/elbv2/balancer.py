"""One load balancer's HAProxy, kept equal to its record: map for weights, socket for targets, reload for structure."""

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path

from localcloud.core.context import Context
from localcloud.core.errors import RefusedError
from localcloud.programs.haproxy import Haproxy, Maps
from localcloud.services.elbv2.forwards import group_map, weight_map
from localcloud.services.elbv2.model import LoadBalancer, TargetGroup, used_groups
from localcloud.services.elbv2.render import Paths, configuration
from localcloud.services.elbv2.servers import Servers, ServerState, commands

START_DEADLINE_S = 10.0


class Balancer:
    """Owns one HAProxy process. All changes go through one lock: a reload and a map update never overlap."""

    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self._process = f"alb-{name}"
        self._haproxy = Haproxy(context.dir / "alb" / name)
        self._lock = asyncio.Lock()
        self._structure = self._refused = ""
        self._complaint: str | None = None
        self._maps: Maps = {}
        self._servers: Servers = {}
        self.address = context.address(f"alb/{name}")

    async def ensure(self, balancer: LoadBalancer, groups: Mapping[str, TargetGroup], servers: Servers) -> str | None:
        """HAProxy runs and does what the record says, as far as it can be done.

        Returns what HAProxy has against the record, None when all is well. Until the record changes, the last good
        structure stays, weights and targets of it are followed, and the same structure is not tried again.
        """
        async with self._lock:
            try:
                maps = {"weights": weight_map(balancer), "groups": group_map(balancer, groups)}
                structure = configuration(balancer, groups, {}, self.address, self._paths(balancer))
                await self._restructure(balancer, groups, servers, structure, maps)
            except (ValueError, RefusedError) as error:
                self._complaint = str(error)
                if not self._structure:
                    return self._complaint
            await self._change_maps(maps)
            for arn in used_groups(balancer):
                if arn in groups and groups[arn].name in self._servers:
                    await self._change_servers(groups[arn], servers.get(groups[arn].name, {}))
            return self._complaint

    async def _restructure(
        self,
        balancer: LoadBalancer,
        groups: Mapping[str, TargetGroup],
        servers: Servers,
        structure: str,
        maps: Maps,
    ) -> None:
        """HAProxy runs with this structure. Raises RefusedError, and ValueError, when that cannot be."""
        running = bool(self._structure) and await self._context.exited(self._process) is None
        if (running and structure == self._structure) or structure == self._refused:
            self._complaint = None if structure != self._refused else self._complaint
            return
        ready = {group: {name: state == "ready" for name, state in states.items()} for group, states in servers.items()}
        try:
            await self._haproxy.write(configuration(balancer, groups, ready, self.address, self._paths(balancer)), maps)
        except RefusedError:
            self._refused = structure
            raise
        await (self._haproxy.reload() if running else self._start())
        self._structure, self._maps, self._refused, self._complaint = structure, maps, "", None
        self._servers = {
            group: {name: "ready" if state == "ready" else "maint" for name, state in states.items()}
            for group, states in servers.items()
        }
        for arn in used_groups(balancer):
            if arn in groups:
                self._servers.setdefault(groups[arn].name, {})

    def _paths(self, balancer: LoadBalancer) -> Paths:
        return Paths(
            str(self._haproxy.socket),
            str(self._haproxy.map_file("weights")),
            str(self._haproxy.map_file("groups")),
            self._certificates(balancer),
        )

    async def change_servers(self, group: TargetGroup, servers: Mapping[str, ServerState]) -> None:
        """HAProxy's servers of a target group are these."""
        async with self._lock:
            if group.name in self._servers:
                await self._change_servers(group, servers)

    async def requests(self, group: TargetGroup, target: str) -> int:
        """Return how many requests a target is answering now."""
        return await self._haproxy.requests(group.name, target)

    async def stop(self) -> None:
        """The process has ended."""
        async with self._lock:
            await self._context.stop(self._process)
            self._structure = ""

    async def _start(self) -> None:
        await self._context.spawn(self._process, self._haproxy.argv(), address=self.address, kind="alb")
        deadline = asyncio.get_running_loop().time() + START_DEADLINE_S
        while not await self._haproxy.answers():
            if asyncio.get_running_loop().time() > deadline:
                raise RefusedError("haproxy_stuck", f"{self._process} does not answer")
            await asyncio.sleep(0.01)

    def _certificates(self, balancer: LoadBalancer) -> dict[int, str]:
        return {
            listener.port: str(self._certificate(listener.names))
            for listener in balancer.listeners
            if listener.protocol == "HTTPS"
        }

    def _certificate(self, names: list[str]) -> Path:
        """Return HAProxy's form of a certificate: chain and key in one file."""
        chain, key = self._context.certificate(names)
        content = Path(chain).read_bytes() + Path(key).read_bytes()
        path = self._haproxy.directory / f"{hashlib.sha256(content).hexdigest()[:16]}.pem"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(content)
        return path

    async def _change_maps(self, maps: Maps) -> None:
        """The newest values hold in the files and in every worker; a slot's group is named before it gets a share.

        Slots that HAProxy does not know belong to a structure that it has refused.
        """
        known = {
            name: {key: maps[name].get(key, value) for key, value in self._maps[name].items()} for name in self._maps
        }
        await self._set_maps(known)

    async def _set_maps(self, maps: Maps) -> None:
        changed = [
            f"set map {self._haproxy.map_file(name)} {key} {value}"
            for name in ("groups", "weights")
            for key, value in maps[name].items()
            if self._maps[name].get(key) != value
        ]
        if changed:
            self._haproxy.write_maps(maps)
            await self._haproxy.change(changed)
            self._maps = maps

    async def _change_servers(self, group: TargetGroup, servers: Mapping[str, ServerState]) -> None:
        now = self._servers.setdefault(group.name, {})
        lines = commands(group, now, servers)
        if not lines:
            return
        busy: dict[str, ServerState] = {}
        for line, answer in zip(lines, await self._haproxy.change(lines), strict=True):
            if line.startswith("del server ") and "deleted" not in answer:
                busy[line.rpartition("/")[2]] = "maint"
            elif answer and not line.startswith(("del ", "add ")):
                self._context.log.warning("%s: %s: %s", self._process, line, answer)
        self._servers[group.name] = {**servers, **busy}
