"""A controller process: one a region and one for what belongs to none. It makes the record true, with real processes.

Every service module may define `SCOPE` ("region", the default, or "global") and `Controller(context)`, two coroutines:
`start()`, once, and `reconcile()`, again and again: whenever the record changed, a process ended, a controller called
`context.wake()`, or `reconcile_s` passed. A failure is logged and tried again at the next turn.
"""

import argparse
import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from localcloud.core import instance as instances
from localcloud.core.addresses import AddressTable
from localcloud.core.context import Context, next_change
from localcloud.core.errors import RefusedError
from localcloud.core.instance import Instance
from localcloud.services import load_services

log = logging.getLogger("controller")
RETRY_S: Final = 0.5


class Controller(Protocol):
    """What a service module's Controller must have."""

    async def start(self) -> None:
        """Run once, before the first turn."""

    async def reconcile(self) -> None:
        """Make the record true, as far as it goes now; never wait for long."""


class ReconcileLoop:
    """Wakes every controller of this process."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.woken = asyncio.Event()
        self._waiting: list[asyncio.Event] = []

    def subscribe(self) -> asyncio.Event:
        """Return an event that is set at each change."""
        event = asyncio.Event()
        self._waiting.append(event)
        return event

    async def spread(self) -> None:
        """Pass each wake on to all controllers. Runs until cancelled."""
        while True:
            await self.woken.wait()
            self.woken.clear()
            for event in self._waiting:
                event.set()

    async def follow_record(self) -> None:
        """Wake whenever the record's change counter moves. Runs until cancelled."""
        seen = -1
        while True:
            try:
                seen = await next_change(self._instance, seen)
            except (OSError, TimeoutError, RefusedError, ValueError):
                await asyncio.sleep(RETRY_S)
            self.woken.set()


Telling = Callable[[str, BaseException | None], Awaitable[None]]
"""Tells the supervisor that a service's controller failed, or (None) that it does its work again."""


async def _drive(name: str, controller: Controller, turn: asyncio.Event, every_s: float, tell: Telling) -> None:
    started = failed = False
    while True:
        turn.clear()
        try:
            if not started:
                await controller.start()
                started = True
            await controller.reconcile()
            if failed:
                failed = False
                await tell(name, None)
        except Exception as error:
            log.exception("%s failed; it is tried again", name)
            failed = True
            await tell(name, error)
            await asyncio.sleep(RETRY_S)
        try:
            await asyncio.wait_for(turn.wait(), every_s)
        except TimeoutError:
            continue


async def run(instance: Instance, region: str | None) -> None:
    """Drive every controller of the scope until the process is ended."""
    loop = ReconcileLoop(instance)
    scope = "region" if region else "global"
    addresses = AddressTable(instance.layout.prefix(region), instance.scope_folder(region) / "addresses.json")
    async with asyncio.TaskGroup() as group:
        for name, module in load_services().items():
            if hasattr(module, "Controller") and getattr(module, "SCOPE", "region") == scope:
                context = Context(instance, region, logging.getLogger(name), loop.woken, addresses)
                group.create_task(context.follow())
                every_s = instance.settings["reconcile_s"]
                group.create_task(_drive(name, module.Controller(context), loop.subscribe(), every_s, context.tell))
        group.create_task(loop.spread())
        group.create_task(loop.follow_record())


def main(arguments: Sequence[str]) -> int:
    """Run the controller process of a region, or the global one."""
    parser = argparse.ArgumentParser(prog="localcloud controller")
    parser.add_argument("instance")
    scope = parser.add_mutually_exclusive_group(required=True)
    scope.add_argument("--region")
    scope.add_argument("--global", action="store_true")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    asyncio.run(run(instances.load(options.instance), options.region))
    return 0
