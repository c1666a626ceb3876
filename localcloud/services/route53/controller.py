"""Makes Route 53 true: a DNS server that answers from the record, and a checker for each health check.

Both belong to no region: they go on when a region is lost.
"""

import asyncio
import random
from dataclasses import replace

import msgspec

from localcloud.core.context import Context
from localcloud.services.route53 import dns
from localcloud.services.route53.answer import Answer, Dns
from localcloud.services.route53.checker import Status, after, healthy, observe
from localcloud.services.route53.model import HealthCheck, Snapshot

REPORT_EVERY_S = 5.0
"""How often an unchanged status is written again, so that its time is true."""


class Controller:
    """DNS and health checks of the whole instance."""

    def __init__(self, context: Context) -> None:
        self._context = context
        layout = context.instance.layout
        regions = context.instance.regions
        self._checks: dict[str, HealthCheck] = {}
        self._statuses: dict[str, Status] = {}
        self._loops: dict[str, asyncio.Task[None]] = {}
        self._dns = Dns(
            snapshot=Snapshot([], [], {}, []),
            health={},
            gates={region: layout.gate(region) for region in (*regions, context.instance.witness)},
            home=regions[0],
            ttl_s=int(context.settings["dns_ttl_s"]),
            draw=random.randrange,
        )

    async def start(self) -> None:
        """DNS answers."""
        await dns.serve(self._context.instance.layout.dns, self._answer)

    async def reconcile(self) -> None:
        """DNS answers from the record as it is now; each health check is probed by a loop of its own."""
        regions = list(self._context.instance.regions)
        snapshot = msgspec.convert(await self._context.view("route53", "state", regions=regions), Snapshot)
        self._dns = replace(self._dns, snapshot=snapshot)
        self._checks = {check.id: check for check in snapshot.health_checks}
        for identity in set(self._loops) - set(self._checks):
            self._loops.pop(identity).cancel()
            self._statuses.pop(identity, None)
        for identity, check in self._checks.items():
            if identity not in self._loops and check.type != "CALCULATED":
                self._loops[identity] = asyncio.create_task(self._probe_for_ever(identity))
        self._judge()

    def _answer(self, name: str, kind: str) -> Answer:
        return self._dns.answer(name, kind)

    def _judge(self) -> None:
        """DNS knows the health of every check. One that nobody probed yet is healthy, an inverted one unhealthy."""
        health = {identity: healthy(check, self._statuses, self._checks) for identity, check in self._checks.items()}
        self._dns = replace(self._dns, health=health)

    async def _probe_for_ever(self, identity: str) -> None:
        clock = asyncio.get_running_loop().time
        reported_at = float("-inf")
        while True:
            check = self._checks[identity]
            known = self._statuses.get(identity, Status())
            found = after(known, await observe(check, self._resolve), check)
            self._statuses[identity] = found
            if (found.up, found.known) != (known.up, known.known):
                self._context.log.info("health check %s (%s%s): %s", identity, check.name, check.path, found.report)
                self._judge()
            if found.report != known.report or clock() - reported_at >= REPORT_EVERY_S:
                reported_at = clock()
                await self._report(identity, found.report)
            await asyncio.sleep(min(check.interval_s, self._context.settings["health_check_interval_s"]))

    async def _report(self, identity: str, report: str) -> None:
        try:
            await self._context.view("route53", "observed", reports={identity: report})
        except OSError:
            self._context.log.warning("the record does not take the status of health check %s", identity)

    async def _resolve(self, name: str) -> str | None:
        return next((line.value for line in self._dns.answer(name, "A").lines if line.type == "A"), None)
