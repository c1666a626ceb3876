"""What a controller has in its hands: the record's views, processes, addresses, names, certificates, settings."""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from localcloud.core.addresses import AddressTable
from localcloud.core.errors import RefusedError
from localcloud.core.instance import Instance
from localcloud.core.link import Link
from localcloud.core.troubles import in_words, is_lasting
from localcloud.core.wire import LINE_LIMIT, ask_async, http_json

Document = dict[str, Any]
POLL_S: Final = 20


async def next_change(instance: Instance, since: int, topic: str = "") -> int:
    """Return a change counter of the record as soon as it is not `since`, or after `POLL_S`.

    Raises OSError, TimeoutError, RefusedError or ValueError when the record does not answer.
    """
    path = f"/_local/changes?since={since}&timeout={POLL_S}&topic={topic}"
    answer = await http_json(instance.api_socket, "GET", path, timeout_s=POLL_S + 10)
    return int(answer["seq"])


class Context:
    """The instance, seen from one region (`region` None: from what belongs to no region).

    Process names are the region's own: `name` here is `name.<region>` in status and logs.
    """

    def __init__(
        self, instance: Instance, region: str | None, log: logging.Logger, woken: asyncio.Event, addresses: AddressTable
    ) -> None:
        self.instance = instance
        self.region = region
        self.settings: Mapping[str, float] = instance.settings
        self.dir: Path = instance.scope_folder(region)
        self.ca_file: Path = instance.authority.ca_file
        self.log = log
        self._woken = woken
        self._processes: dict[str, Document] = {}
        self._known = asyncio.Event()
        self._addresses = addresses
        self._links: list[Link] = []
        self._link_state: Document = {}

    def wake(self) -> None:
        """Have every controller of this process look again at once."""
        self._woken.set()

    async def view(self, service: str, view: str, /, **document: Any) -> Document:
        """Call a service module's view in the record's process. Raises RefusedError when it fails."""
        return await http_json(self.instance.api_socket, "POST", f"/_local/{service}/{view}", document)

    def log_file(self, name: str) -> Path:
        """Return where the output of a process of this region goes."""
        return self.instance.logs / f"{name}.{self.region}.log"

    async def spawn(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        user: str | None = None,
        address: str | None = None,
        kind: str = "program",
        stop_signal: str = "SIGTERM",
        stdin: bool = False,
    ) -> int:
        """Start a process that the supervisor owns; it is not started again when it ends. Return its pid.

        Its output goes to the log `<name>.<region>.log`. Raises RefusedError when one of that name runs or it cannot
        start.
        """
        document = await self._ask(
            op="spawn",
            name=name,
            argv=[str(part) for part in argv],
            env=dict(env or {}),
            cwd=cwd or "/",
            user=user,
            address=address,
            kind=kind,
            stop_signal=stop_signal,
            stdin=stdin,
        )
        self._note(document)
        return int(document["pid"])

    async def stop(self, name: str, signal: str | None = None, timeout_s: float = 10) -> int:
        """Signal a process (default: its stop signal), wait, SIGKILL after `timeout_s`; return the exit code."""
        answer = await self._ask(op="stop", name=name, signal=signal, timeout_s=timeout_s)
        if name in self._processes:
            self._processes[name] |= {"state": "exited", "exit_code": answer["exit_code"]}
        return int(answer["exit_code"])

    async def signal(self, name: str, signal: str) -> None:
        """Send a signal to a process; SIGKILL reaches everything that descends from it."""
        await self._ask(op="signal", name=name, signal=signal)

    async def exited(self, name: str) -> int | None:
        """Return the exit code of a process, None while it runs. Raises KeyError when it was never started."""
        await self._known.wait()
        code: int | None = self._processes[name]["exit_code"]
        return code

    async def processes(self) -> dict[str, Document]:
        """Return the region's processes by name, ended ones too (`state`, `exit_code`, `pid`, `kind`, `since`)."""
        await self._known.wait()
        return dict(self._processes)

    async def runs(self, name: str) -> bool:
        """Return whether a process of that name runs now."""
        await self._known.wait()
        return self._processes.get(name, {}).get("state") == "running"

    def address(self, key: str) -> str:
        """Return the loopback address of a key: the same as long as the instance lives, a region's loss included."""
        return self._addresses.address(key)

    async def link(self, key: str, target: tuple[str, int]) -> str:
        """Have a link to another region's endpoint in this process; return the address that stands for it here."""
        await self._known.wait()
        near, link = self.address(f"link/{key}"), Link(target)
        await asyncio.start_server(link.serve, near, target[1])
        link.set(**self._link_state)
        self._links.append(link)
        return near

    async def publish(self, names: Mapping[str, str]) -> None:
        """Make the instance's DNS answer these names with these addresses, from any region."""
        await self.view("names", "publish", names=dict(names))

    async def resolve(self, name: str) -> str | None:
        """Return the address that was published for a name, by any region; None when there is none."""
        answer = await self.view("names", "read", names=[name])
        address: str | None = answer["names"].get(name)
        return address

    def certificate(self, names: Sequence[str]) -> tuple[Path, Path]:
        """Return (chain, key) files of a certificate for these names, signed by the instance's authority."""
        return self.instance.authority.certificate(names)

    async def tell(self, service: str, error: BaseException | None) -> None:
        """Tell the supervisor that a service's controller failed, or (None) that it does its work again."""
        problem = None if error is None else in_words(error)
        try:
            await self._ask(
                op="trouble", name=service, problem=problem, lasting=error is not None and is_lasting(error)
            )
        except (OSError, TimeoutError, RefusedError, ValueError):
            self.log.warning("the supervisor was not told: %s", problem)

    async def follow(self) -> None:
        """Keep the table of processes and the links true; every end of a process wakes the controllers.

        Runs until cancelled.
        """
        reader, writer = await asyncio.open_unix_connection(str(self.instance.socket), limit=LINE_LIMIT)
        try:
            writer.write(json.dumps({"op": "follow", "region": self.region}).encode() + b"\n")
            while line := await reader.readline():
                document = json.loads(line)
                if "known" in document:
                    self._known.set()
                    continue
                if "link" in document:
                    self._set_links(document["link"])
                    continue
                self._note(document)
                if document["exit_code"] is not None:
                    self.wake()
        finally:
            writer.close()

    async def _ask(self, **request: Any) -> Document:
        return await ask_async(self.instance.socket, {**request, "region": self.region})

    def _set_links(self, state: Document) -> None:
        self._link_state = state
        for link in self._links:
            link.set(**state)

    def _note(self, document: Document) -> None:
        known = self._processes.get(document["key"])
        if known is None or known["pid"] != document["pid"] or document["exit_code"] is not None:
            self._processes[document["key"]] = document
