"""One HAProxy in master-worker mode: started, asked and reloaded without losing a request.

The runtime state of HAProxy (map values, servers added, their states) lives in each worker. After a reload the old
workers still serve what they had, so every change goes to all workers (seen under load).
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from localcloud.core.errors import RefusedError

RELOAD_DEADLINE_S = 10.0
SOCKET_DEADLINE_S = 5.0

Maps = dict[str, dict[str, str]]
"""A map's name → its entries."""


@dataclass(frozen=True)
class Haproxy:
    """The files and sockets of one HAProxy, all in `directory`."""

    directory: Path

    @property
    def configuration(self) -> Path:
        """The configuration file."""
        return self.directory / "haproxy.cfg"

    def map_file(self, name: str) -> Path:
        """Return a map's file; it is read at start and at each reload."""
        return self.directory / f"{name}.map"

    @property
    def socket(self) -> Path:
        """The runtime socket of the newest worker."""
        return self.directory / "worker.sock"

    @property
    def master(self) -> Path:
        """The master's socket: reloads, and commands to any worker."""
        return self.directory / "master.sock"

    def argv(self) -> list[str]:
        """Return the command line; the process stays in the foreground and its workers die with it."""
        return ["haproxy", "-W", "-S", f"{self.master},mode,600", "-f", str(self.configuration)]

    async def write(self, configuration: str, maps: Maps) -> None:
        """Write all files; the configuration holds secrets of rule conditions, so nobody else may read it.

        Raises RefusedError when HAProxy refuses it: then the files are as they were, the last good ones.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        for name in maps:
            self.map_file(name).touch(mode=0o600)
        if complaint := await self.complaint(configuration):
            raise RefusedError("haproxy_refused", f"HAProxy refuses its configuration: {complaint}")
        self._candidate.replace(self.configuration)
        self.write_maps(maps)

    @property
    def _candidate(self) -> Path:
        return self.directory / "candidate.cfg"

    async def complaint(self, configuration: str) -> str | None:
        """Return what HAProxy has against a configuration, None when it takes it. What runs is not touched."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._candidate.touch(mode=0o600)
        self._candidate.write_text(configuration)
        return await _refused(self._candidate)

    def write_maps(self, maps: Maps) -> None:
        """Write the maps' files, so that a reload finds the values of the runtime socket."""
        for name, entries in maps.items():
            self.map_file(name).write_text(map_text(entries))

    async def answers(self) -> bool:
        """Return whether a worker listens on the runtime socket."""
        try:
            await ask(self.socket, "show info")
        except (OSError, TimeoutError):
            return False
        return True

    async def change(self, commands: list[str]) -> list[str]:
        """Give runtime commands to every worker; return the newest worker's answers, one a command."""
        answers = [await ask(self.socket, command) for command in commands]
        for worker in (await self._workers())[1]:
            for command in commands:
                if not command.startswith(("add ", "enable ")):
                    await ask(self.master, f"@!{worker} {command}")
        return answers

    async def requests(self, backend: str, server: str) -> int:
        """Return how many requests a server is answering now, in all workers."""
        question = f"show stat {backend} 4 -1"
        texts = [await ask(self.socket, question)]
        for worker in (await self._workers())[1]:
            texts.append(await ask(self.master, f"@!{worker} {question}"))
        return sum(current_sessions(text, backend, server) for text in texts)

    async def reload(self) -> None:
        """Make the newest worker run the configuration file; the old ones finish what they have.

        Raises RefusedError when HAProxy is not back in time.
        """
        before, _ = await self._workers()
        await ask(self.master, "reload")
        deadline = asyncio.get_running_loop().time() + RELOAD_DEADLINE_S
        while asyncio.get_running_loop().time() < deadline:
            try:
                now, _ = await self._workers()
            except (OSError, TimeoutError):
                now = []
            if now and now != before and await self.answers():
                return
            await asyncio.sleep(0.02)
        raise RefusedError("haproxy_stuck", f"HAProxy did not reload within {RELOAD_DEADLINE_S} s")

    async def _workers(self) -> tuple[list[int], list[int]]:
        return workers(await ask(self.master, "show proc"))


async def _refused(file: Path) -> str | None:
    """Return what HAProxy has against a configuration file, or None."""
    checking = await asyncio.create_subprocess_exec(
        "haproxy", "-c", "-f", str(file), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, complaints = await checking.communicate()
    return complaints.decode() if checking.returncode else None


async def ask(socket: Path, command: str) -> str:
    """Return the answer of one runtime command. Raises OSError when nobody listens, TimeoutError after 5 s."""
    async with asyncio.timeout(SOCKET_DEADLINE_S):
        reader, writer = await asyncio.open_unix_connection(str(socket))
        try:
            writer.write(f"{command}\n".encode())
            writer.write_eof()  # without it the master keeps the connection open after its answer
            return (await reader.read()).decode().strip()
        finally:
            writer.close()


def map_text(entries: dict[str, str]) -> str:
    """Return a map file's text."""
    return "".join(f"{key} {value}\n" for key, value in sorted(entries.items()))


def workers(listing: str) -> tuple[list[int], list[int]]:
    """Return the pids of the current workers and of the old ones, read from the master's `show proc`."""
    current: list[int] = []
    old: list[int] = []
    place: list[int] | None = None
    for line in listing.splitlines():
        if line.startswith("#"):
            place = current if line.startswith("# workers") else old if line.startswith("# old workers") else None
        elif place is not None and (words := line.split()) and words[0].isdigit():
            place.append(int(words[0]))
    return current, old


def current_sessions(statistics: str, backend: str, server: str) -> int:
    """Return a server's current sessions (`scur`), read from `show stat`; 0 when the worker does not know it."""
    for line in statistics.splitlines():
        fields = line.split(",")
        if fields[:2] == [backend, server]:
            return int(fields[4] or 0)
    return 0
