"""Makes the services and tasks of a region true: one coroutine a task, one plan a service and turn."""

import asyncio
import time
from dataclasses import asdict
from typing import Any

import msgspec

from localcloud.core.context import Context
from localcloud.core.errors import RefusedError
from localcloud.services.ecs.credentials import credentials, serve
from localcloud.services.ecs.lifecycle import TaskLife, agent_address
from localcloud.services.ecs.model import Service, State
from localcloud.services.ecs.schedule import Plan, plan


class Controller:
    """ECS of one region. `start` once, then `reconcile` whenever the record or a process changed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lives: dict[str, tuple[TaskLife, asyncio.Task[None]]] = {}
        self._by_secret: dict[str, TaskLife] = {}

    async def start(self) -> None:
        """The endpoint for tasks answers; tasks that the record still calls alive have been given up."""
        await serve(agent_address(self._context), self._answer)
        document = await self._read()
        for task in document["tasks"]:
            if task["last_status"] not in ("PROVISIONING", "STOPPED"):
                await TaskLife(self._context, task).abandon()

    async def reconcile(self) -> None:
        """Every task of the record lives, every service has what its plan says."""
        document = await self._read()
        state = msgspec.convert(document, State)
        for task in document["tasks"]:
            self._follow(task)
        failed: list[RefusedError] = []
        for service in state.services:
            wanted = plan(service, state.tasks, time.time())
            if _matters(wanted, service):
                try:
                    await self._context.view(
                        "ecs", "apply", region=self._context.region, service=service.arn, plan=asdict(wanted)
                    )
                except RefusedError as error:
                    failed.append(error)  # the others do not wait for it
        if failed:
            raise failed[0]

    async def _read(self) -> dict[str, Any]:
        return await self._context.view("ecs", "state", region=self._context.region)

    def _follow(self, task: dict[str, Any]) -> None:
        arn = task["arn"]
        if arn in self._lives:
            life, living = self._lives[arn]
            if task["desired_status"] == "STOPPED":
                life.told_to_stop.set()
            life.look.set()
            if living.done() and task["last_status"] == "STOPPED":
                self._forget(arn)
        elif task["last_status"] == "PROVISIONING":
            life = TaskLife(self._context, task)
            self._by_secret[life.secret] = life
            self._lives[arn] = (life, asyncio.create_task(self._live(life)))

    async def _live(self, life: TaskLife) -> None:
        try:
            await life.live()
        except Exception:
            self._context.log.exception("task %s", life.identity)
            await life.abandon()

    def _forget(self, arn: str) -> None:
        life, _ = self._lives.pop(arn)
        self._by_secret.pop(life.secret, None)

    def _answer(self, path: str) -> dict[str, Any] | None:
        """Answer the tasks' endpoint: /v2/credentials/<secret>, /v4/<secret>, /v4/<secret>/task.

        The secret is the task's own, as on AWS: its id is no secret, and the endpoint has no other lock.
        """
        parts = path.strip("/").split("/")
        life = self._by_secret.get(
            parts[2] if parts[:2] == ["v2", "credentials"] else parts[1] if len(parts) > 1 else ""
        )
        if life is None or not life.launch:
            return None
        if parts[0] == "v2":
            return credentials(self._context.instance.keys, life.identity, life.launch["role"], time.time())
        return life.metadata() if parts[-1] == "task" else life.container_metadata()


def _matters(wanted: Plan, service: Service) -> bool:
    """Return whether a plan changes the record."""
    return wanted != Plan(steady=service.steady)
