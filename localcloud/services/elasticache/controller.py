"""The ElastiCache controller of a region: a Redis process a node."""

import asyncio
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from localcloud.core.errors import RefusedError
from localcloud.programs import redis

if TYPE_CHECKING:
    from localcloud.core.context import Context

START_S: Final = 10.0
POLL_S: Final = 0.02


class ElastiCacheController:
    """Keeps a region's Redis nodes as the record wants them."""

    def __init__(self, context: "Context") -> None:
        self._context = context
        self._folder = context.dir / "cache"
        self._folder.mkdir(exist_ok=True)

    async def start(self) -> None:
        """Nothing needs to be there before the first turn."""

    async def reconcile(self) -> None:
        """Start what is wanted and does not run, whatever the reason; remove what is to be deleted."""
        groups = (await self._context.view("elasticache", "groups", region=self._context.region))["groups"]
        failed: list[Exception] = []
        for group in groups:
            try:
                await (self._remove(group) if group["status"] == "deleting" else self._ensure(group))
            except (OSError, RuntimeError, TimeoutError, RefusedError) as error:
                failed.append(error)  # the others do not wait for it
        if failed:
            raise failed[0]

    async def _ensure(self, group: dict[str, Any]) -> None:
        await self._stop_surplus(group)
        missing = [node for node in group["nodes"] if not await self._context.runs(_process(node))]
        if not missing and group["status"] == "available":
            return
        started = time.monotonic()
        primary = self._address(group["nodes"][0])
        for node in missing:
            await self._launch(group, node, None if node == group["nodes"][0] else primary)
        for node in missing:
            await self._wait_for_port(node, group["port"])
        await self._context.publish(self._names(group))
        if group["status"] == "creating":
            await asyncio.sleep(max(0.0, self._context.settings["elasticache_create_s"] - (time.monotonic() - started)))
        region = self._context.region
        await self._context.view("elasticache", "report", region=region, group=group["group"], status="available")

    async def _launch(self, group: dict[str, Any], node: str, primary: str | None) -> None:
        folder: Path = self._folder / node
        folder.mkdir(exist_ok=True, mode=0o700)  # noqa: ASYNC240 - a local folder
        chain, key = self._context.certificate(sorted(self._names(group)))
        text = redis.configuration(
            address=self._address(node),
            port=group["port"],
            folder=folder,
            certificate=chain,
            key=key,
            ca_file=self._context.ca_file,
            tls=group["tls"],
            token=group["token"],
            primary=primary,
            parameters=group["parameters"],
        )
        file = folder / "redis.conf"
        file.touch(mode=0o600)
        file.write_text(text)
        address = self._address(node)
        await self._context.spawn(_process(node), ["redis-server", str(file)], address=address, kind="redis")

    async def _wait_for_port(self, node: str, port: int) -> None:
        deadline = time.monotonic() + START_S
        while True:
            try:
                _, writer = await asyncio.open_connection(self._address(node), port)
            except OSError as error:
                if time.monotonic() > deadline or not await self._context.runs(_process(node)):
                    raise RuntimeError(f"{_process(node)} does not answer: see its log") from error
                await asyncio.sleep(POLL_S)
            else:
                writer.close()
                return

    async def _stop_surplus(self, group: dict[str, Any]) -> None:
        """Stop the nodes that a group has no longer."""
        named = re.compile(rf"{re.escape(group['group'])}-\d+")
        for folder in sorted(self._folder.iterdir()):
            if named.fullmatch(folder.name) and folder.name not in group["nodes"]:
                await self._end(folder.name)

    async def _end(self, node: str) -> None:
        if await self._context.runs(_process(node)):
            await self._context.stop(_process(node), timeout_s=2)
        shutil.rmtree(self._folder / node, ignore_errors=True)

    async def _remove(self, group: dict[str, Any]) -> None:
        for node in group["nodes"]:
            await self._end(node)
        await self._context.view("elasticache", "report", region=self._context.region, group=group["group"], gone=True)

    def _names(self, group: dict[str, Any]) -> dict[str, str]:
        """Return the addresses of all names of a group; readers are led to the first replica, or to the primary."""
        nodes, domain = group["nodes"], group["domain"]
        reader = nodes[1] if len(nodes) > 1 else nodes[0]
        named = {f"master.{domain}": self._address(nodes[0]), f"replica.{domain}": self._address(reader)}
        return named | {f"{node}.{domain}": self._address(node) for node in nodes}

    def _address(self, node: str) -> str:
        return self._context.address(f"cache/{node}")


def _process(node: str) -> str:
    return f"redis-{node}"
