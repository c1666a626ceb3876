"""The life of one task, from PROVISIONING to STOPPED, as one coroutine.

Source: "Amazon ECS task lifecycle": a task that is told to stop leaves its target groups first, waits until it has
drained, then gets SIGTERM and, after its stop timeout, SIGKILL.
"""

import asyncio
import secrets
from typing import Any

from localcloud.core.context import Context
from localcloud.core.errors import RefusedError
from localcloud.programs.task import TaskProgram
from localcloud.services.ecs import credentials
from localcloud.services.ecs.images import CannotPullError, Image, pulled

EXITED = "Essential container in task exited"


def agent_address(context: Context) -> str:
    """Return where a region's tasks find credentials and metadata (AWS: 169.254.170.2)."""
    return f"{context.instance.layout.prefix(context.region)}.0.4"


class CannotStartError(Exception):
    """The task's program cannot be started; the message is ECS's stoppedReason."""


class TaskLife:
    """One task. `told_to_stop` is set when the record wants it stopped, `look` whenever a process may have ended."""

    def __init__(self, context: Context, task: dict[str, Any]) -> None:
        self._context = context
        self._task = task
        self.identity: str = task["id"]
        self._process = f"task-{self.identity[:12]}"
        self.secret = secrets.token_urlsafe(24)
        self.told_to_stop = asyncio.Event()
        self.look = asyncio.Event()
        self.launch: dict[str, Any] = {}
        self.address = context.address(f"task/{self.identity}")

    async def live(self) -> None:
        """The task has lived: its record is STOPPED, its process and its targets are gone."""
        try:
            await self._start()
        except CannotStartError as error:
            await self._progress("STOPPED", stop_code="TaskFailedToStart", reason=str(error))
            return
        await self._view("register", address=self.address)
        code = await self._exit_code()
        if code is None:
            await self._stop_gently()
        else:
            await self._progress("DEPROVISIONING", stop_code="EssentialContainerExited", reason=EXITED)
            await self._view("deregister")
        await self._progress("STOPPED", exit_code=_as_docker(await self._ended()))

    async def abandon(self) -> None:
        """The record forgets a task whose process died with its region or with an earlier controller."""
        if await self._context.runs(self._process):
            await self._context.stop(self._process, signal="SIGKILL")
        await self._progress("DEPROVISIONING", stop_code="EssentialContainerExited", reason="Host was lost")
        await self._view("deregister")
        await self._progress("STOPPED", exit_code=137)

    def metadata(self) -> dict[str, Any]:
        """Return what the metadata endpoint says of the task."""
        return credentials.task_metadata(self._task, self.launch, self.address, str(self._context.region))

    def container_metadata(self) -> dict[str, Any]:
        """Return what the metadata endpoint says of its container."""
        return credentials.container_metadata(self._task, self.launch, self.address)

    async def _start(self) -> None:
        """PROVISIONING → PENDING → RUNNING."""
        await self._progress("PENDING", address=self.address)
        self.launch = await self._view("launch")
        if self.launch["unable"]:
            raise CannotStartError(self.launch["unable"])
        try:
            image = await pulled(self._context.instance.registry, self.launch["image"], self._context.dir / "images")
        except CannotPullError as error:
            raise CannotStartError(f"CannotPullContainerError: pull image manifest: {error}") from error
        await asyncio.sleep(self._context.settings["task_start_s"])
        if self.told_to_stop.is_set():
            raise CannotStartError("Task was stopped before it ran")
        try:
            program = self._program(image)
            program.write_files()
            await self._context.spawn(
                self._process, program.command(), env=program.variables(), address=self.address, kind="task"
            )
        except (OSError, ValueError, RefusedError) as error:
            raise CannotStartError(f"CannotStartContainerError: {error}") from error
        await self._progress("RUNNING")

    def _program(self, image: Image) -> TaskProgram:
        entry_point = self.launch["entry_point"] or image.entry_point
        command = self.launch["command"] or ([] if self.launch["entry_point"] else image.command)
        host = agent_address(self._context)
        environment = {
            **image.environment,
            **self.launch["environment"],
            **self.launch["secrets"],
            "AWS_REGION": str(self._context.region),
            "AWS_DEFAULT_REGION": str(self._context.region),
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}/v2/credentials/{self.secret}",
            "ECS_CONTAINER_METADATA_URI_V4": f"http://{host}/v4/{self.secret}",
        }
        return TaskProgram(
            argv=[*entry_point, *command],
            environment=environment,
            root=image.root,
            working_directory=self.launch["working_directory"] or image.working_directory,
            files=self._context.dir / "tasks" / self.identity,
            address=self.address,
            dns=self._context.instance.layout.dns,
            ca_file=self._context.ca_file,
            user=self._context.instance.task_user,
        )

    async def _exit_code(self) -> int | None:
        """Wait until the program ends or the task is told to stop: its exit code, or None."""
        while not self.told_to_stop.is_set():
            code = await self._context.exited(self._process)
            if code is not None:
                return code
            await self._next_look()
        return await self._context.exited(self._process)

    async def _next_look(self) -> None:
        """Wait until something in the record or a process changed."""
        self.look.clear()
        await self.look.wait()

    async def _stop_gently(self) -> None:
        await self._progress("DEACTIVATING")
        while (await self._view("deregister"))["draining"] and await self._context.exited(self._process) is None:
            await self._next_look()
        await self._progress("STOPPING")
        if await self._context.exited(self._process) is None:
            await self._terminate()

    async def _terminate(self) -> None:
        """SIGTERM, and SIGKILL when the stop timeout is over."""
        await self._context.signal(self._process, "SIGTERM")
        try:
            async with asyncio.timeout(self.launch["stop_timeout_s"]):
                while await self._context.exited(self._process) is None:
                    await self._next_look()
        except TimeoutError:
            await self._context.stop(self._process, signal="SIGKILL")

    async def _ended(self) -> int:
        code = await self._context.exited(self._process)
        return 137 if code is None else code

    async def _progress(self, status: str, **what: Any) -> None:
        answer = await self._view("progress", status=status, **what)
        if answer["desired_status"] == "STOPPED":
            self.told_to_stop.set()

    async def _view(self, view: str, **document: Any) -> dict[str, Any]:
        return await self._context.view("ecs", view, region=self._context.region, task=self._task["arn"], **document)


def _as_docker(code: int) -> int:
    """Return an exit code as containers have it: 128 + the signal that ended the program."""
    return 128 - code if code < 0 else code
