"""One real PostgreSQL: its data folder, its process, the administrator's connection to it."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from localcloud.programs import postgres
from localcloud.services.rds.template import own

if TYPE_CHECKING:
    from localcloud.core.context import Context

START_S: Final = 60.0
POLL_S: Final = 0.02


class ParametersError(RuntimeError):
    """The server does not start with the parameters that it was given; the text is its own."""


class Postmaster:
    """Starts and stops the server of `folder`/data at an address; the folder is the instance's own."""

    def __init__(self, context: "Context", name: str, folder: Path, address: str) -> None:
        self._context = context
        self.name = name
        self.folder = folder
        self.data = folder / "data"
        self.address = address
        self._connection: Any = None

    async def runs(self) -> bool:
        """Return whether its process runs."""
        return await self._context.runs(self.name)

    async def launch(self) -> None:
        """Start it on the data that is there; return when it answers.

        Raises ParametersError when it refuses its parameters, RuntimeError when it does not answer otherwise.
        """
        await self.disconnect()
        log = self._context.log_file(self.name)
        said = log.stat().st_size if log.exists() else 0
        for pid in postgres.leftovers(self.data):
            os.kill(pid, signal.SIGKILL)
        # Its server is gone, and another process may have that number by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        await self._context.spawn(
            self.name,
            postgres.server_argv(self.data),
            user=postgres.USER,
            address=self.address,
            kind="postgres",
            stop_signal="SIGINT",
        )
        try:
            await self.connect()
        except RuntimeError as error:
            with log.open("rb") as text:
                text.seek(said)
                why = postgres.why_not_started(text.read().decode(errors="replace"))
            if why is None:
                raise
            raise ParametersError(why) from error

    async def restart(self) -> None:
        """Stop it in order, as a reboot does, and start it again."""
        await self.disconnect()
        await self._context.stop(self.name, "SIGINT", timeout_s=10)
        await self.launch()

    async def remove(self) -> None:
        """Kill it and remove its folder."""
        await self.disconnect()
        if await self.runs():
            await self._context.stop(self.name, "SIGKILL")
        shutil.rmtree(self.folder, ignore_errors=True)

    async def connect(self) -> Any:
        """Return the administrator's connection over the server's own socket; waits until the server answers."""
        import asyncpg

        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        deadline = time.monotonic() + START_S
        while True:
            try:
                self._connection = await asyncpg.connect(
                    host=str(self.folder / "s"), user=postgres.ADMIN, database="postgres", ssl=False, timeout=5
                )
            except (OSError, asyncpg.CannotConnectNowError, TimeoutError) as error:
                if time.monotonic() > deadline or not await self.runs():
                    raise RuntimeError(f"{self.name} does not answer: see its log") from error
                await asyncio.sleep(POLL_S)
            else:
                return self._connection

    async def disconnect(self) -> None:
        """Drop the administrator's connection."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def configure(self, *, endpoint: str, port: int, parameters: Mapping[str, str]) -> None:
        """Write the settings, the access rules, and a certificate for the endpoint's name."""
        chain, key = self._context.certificate([endpoint])
        socket_folder = self.folder / "s"
        socket_folder.mkdir(exist_ok=True, mode=0o700)
        own(socket_folder)
        for source, name in ((chain, "server.crt"), (key, "server.key")):
            target = self.folder / name
            shutil.copyfile(source, target)
            target.chmod(0o600)
            own(target)
        settings = postgres.configuration(
            address=self.address,
            port=port,
            socket_folder=socket_folder,
            certificate=self.folder / "server.crt",
            key=self.folder / "server.key",
            parameters=parameters,
        )
        for name, content in (("postgresql.conf", settings), ("pg_hba.conf", postgres.access_rules(parameters))):
            (self.data / name).write_text(content)
            own(self.data / name)
