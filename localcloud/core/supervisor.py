"""Process 1 of an instance: starts the core processes, owns all others, answers on the socket, ends everything."""

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal as signals
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from localcloud.core import snapshot
from localcloud.core.addresses import AWS_PORT
from localcloud.core.caller import Caller
from localcloud.core.control import Requests
from localcloud.core.errors import RefusedError
from localcloud.core.faults import FaultBoard
from localcloud.core.instance import Instance
from localcloud.core.outer import OuterProcesses
from localcloud.core.processes import Order, Process, ProcessTable, memory_bytes, now
from localcloud.core.troubles import Troubles, last_line

log = logging.getLogger("supervisor")
CORE: Final = "core"
START_S: Final = 30
DOWN_S: Final = 1.2


class Supervisor:
    """One instance from its start to its end. Everything here runs in the main thread."""

    def __init__(self, instance: Instance, lease_fd: int | None, outer_proc_fd: int, *, restored: bool = False) -> None:
        self.instance = instance
        self.restored = restored
        self.started_at = now()
        self.ready = False
        self.serving = False
        self.lost: set[str] = set()
        self.followers: list[tuple[str | None, asyncio.Queue[dict[str, Any]]]] = []
        self.table = ProcessTable(instance.logs, self._on_change)
        self.outer = OuterProcesses(outer_proc_fd)
        self.faults = FaultBoard(self, self.outer)
        self.troubles = Troubles(time.monotonic)
        self._caller = Caller(lease_fd, instance.logs / "supervisor.log")
        self._ending = False
        self._end = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._exit_code = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self) -> int:
        """Serve until `down`, a signal, or the end of the lease before ready. Return the exit code."""
        loop = asyncio.get_running_loop()
        self.table.watch(loop)
        for number in (signals.SIGTERM, signals.SIGINT):
            loop.add_signal_handler(number, self.end)
        self._caller.watch(self._caller_ended)
        self.instance.socket.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(
            Requests(self).serve, str(self.instance.socket), limit=16 << 20, backlog=64
        )
        self.instance.socket.chmod(0o600)
        try:
            await asyncio.wait_for(self._start_core(), START_S)
            self.serving = True
            self._caller.say({"ok": True, "event": "serving", "socket": str(self.instance.socket)})
            await self._end.wait()
        except (OSError, TimeoutError, RuntimeError) as error:
            log.exception("start failed")
            self._caller.say(
                {"ok": False, "error": {"code": "start_failed", "message": str(error), "remedy": "read the logs"}}
            )
            self._exit_code = 1
        finally:
            await self.stop_all()
            self.stop_listening()
        return self._exit_code

    def end(self, exit_code: int = 0) -> None:
        """Make `run` stop everything and return."""
        self._exit_code = exit_code
        self._end.set()

    def stop_listening(self) -> None:
        """Take the socket away: whoever asks from now on finds no instance, rather than one that does not answer."""
        self.instance.socket.unlink(missing_ok=True)
        if self._server is not None:
            self._server.close()

    def background(self, work: Any) -> None:
        """Run a coroutine besides, keeping a reference to it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def take_snapshot(self, key: str) -> None:
        """Keep the instance as it is now, for a start with the same key."""
        await snapshot.take(self.instance, self.table, key)

    def mark_ready(self) -> None:
        """From now on the lease's end means nothing."""
        self.ready = True
        self._caller.release()

    # What the faults do.

    def lose_region(self, region: str) -> None:
        """Close the region's gate and SIGKILL all its processes."""
        self.lost.add(region)
        self._tell_gate()
        self.table.kill([process for process in self.table.running() if process.order.region == region])
        log.info("region %s is lost", region)

    def return_region(self, region: str) -> None:
        """Open the region's gate; its controller makes the rest true again."""
        self.lost.discard(region)
        self._tell_gate()
        if not self._ending:
            self._spawn_controller(region)
        log.info("region %s is back", region)

    def tell_gate_and_links(self) -> None:
        """Tell the gate and every link the state that the faults at work give them."""
        self._tell_gate()
        for process in self.table.running():
            if process.order.kind == "link":
                self._tell_link(process)
        for _, queue in self.followers:
            queue.put_nowait({"link": self.faults.link_state()})

    def spawn(self, order: Order) -> Process:
        """Start a controller's program."""
        process = self.table.spawn(order)
        if order.kind == "link":
            self._tell_link(process)
        return process

    def status(self) -> dict[str, Any]:
        """Return the document of `status` ; `pid` is the machine's number, `inner_pid` the one inside the namespace."""
        machine = self.outer.machine_pids()
        running = [
            {**process.document(), "pid": machine.get(process.pid), "inner_pid": process.pid}
            for process in self.table.running()
        ]

        def of(region: str | None) -> list[dict[str, Any]]:
            return [document for document in running if document["region"] == region]

        return {
            "ok": True,
            "ready": self.ready,
            "serving": self.serving,
            "restored": self.restored,
            "started_at": self.started_at,
            "regions": {r: {"lost": r in self.lost, "processes": of(r)} for r in self.instance.regions},
            "global": {"processes": of(None)},
            "endpoints": self.endpoints(),
            "memory_bytes": memory_bytes(),
            "faults": self.faults.documents(),
            "settings": self.instance.settings,
            "troubles": self.troubles.documents(),
        }

    def endpoints(self) -> dict[str, Any]:
        """Return where everything answers, and the keys that AWS's endpoints take."""
        layout = self.instance.layout
        return {
            "aws": f"http://{layout.aws}:{AWS_PORT}",
            "dns": layout.dns,
            "edge": layout.edge,
            "ca_file": str(self.instance.authority.ca_file),
            "gates": {r: layout.gate(r) for r in (*self.instance.regions, self.instance.witness)},
            **asdict(self.instance.keys),
        }

    async def stop_all(self) -> None:
        """End every process: controllers, then what serves, then primaries; whoever is late is killed."""
        if self._ending:
            return
        self._ending = True
        self.table.kill([p for p in self.table.running() if p.order.kind == CORE])
        for last in (False, True):
            targets = [process for process in self.table.running() if last or process.order.kind != "postgres"]
            await asyncio.gather(*(self.table.stop(p, p.order.stop_signal, DOWN_S) for p in targets))
        shutil.rmtree(self.instance.run, ignore_errors=True)

    # Core processes.

    async def _start_core(self) -> None:
        await asyncio.gather(self._start_and_wait("gate", stdin=True), self._start_record())
        for region in (*self.instance.regions, None):
            self._spawn_controller(region)

    async def _start_record(self) -> None:
        kept = ("--record", str(snapshot.record_file(self.instance))) if self.restored else ()
        await self._start_and_wait("api", *kept)

    async def _start_and_wait(self, part: str, *arguments: str, stdin: bool = False) -> None:
        reader, writer = os.pipe()
        reported = asyncio.get_running_loop().create_future()

        def on_report() -> None:
            if not reported.done():
                reported.set_result(os.read(reader, 1))

        asyncio.get_running_loop().add_reader(reader, on_report)
        try:
            try:
                self.table.spawn(self._core_order(part, "--ready-fd", str(writer), *arguments, stdin=stdin), (writer,))
            finally:
                os.close(writer)
            if await reported != b"1":
                raise RuntimeError(f"{part} ended before it was ready: see {self.instance.logs / part}.log")
        finally:
            asyncio.get_running_loop().remove_reader(reader)
            os.close(reader)
        if part == "gate":
            self._tell_gate()

    def _core_order(self, part: str, *arguments: str, region: str | None = None, stdin: bool = False) -> Order:
        return Order(
            name=part,
            argv=(sys.executable, "-m", "localcloud", part, str(self.instance.run / "instance.json"), *arguments),
            region=region,
            env={
                "PYTHONUNBUFFERED": "1",
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "MALLOC_ARENA_MAX": "1",  # the record has many short threads: an arena each would keep memory
            },
            kind=CORE,
            stdin=stdin,
        )

    def _spawn_controller(self, region: str | None) -> None:
        if region in self.lost:
            return
        arguments = ("--region", region) if region else ("--global",)
        with contextlib.suppress(RefusedError):  # it runs already
            self.table.spawn(self._core_order("controller", *arguments, region=region))

    def _on_change(self, process: Process) -> None:
        document = process.document()
        for region, queue in self.followers:
            if region == process.order.region:
                queue.put_nowait(document)
        if process.exit_code is None or self._ending:
            return
        log.info("%s ended with %s", process.order.full_name, process.exit_code)
        if process.order.kind != "task" and process.order.region not in self.lost:
            self._note_end(process, process.exit_code)
        if process.order.kind == CORE:
            self._core_ended(process)

    def _note_end(self, process: Process, exit_code: int) -> None:
        order = process.order
        ran_s = time.monotonic() - process.started_s
        self.troubles.ended(
            order.region, order.name, exit_code, ran_s, lambda: last_line(self.instance.logs / f"{order.full_name}.log")
        )

    def _core_ended(self, process: Process) -> None:
        part, region = process.order.name, process.order.region
        if part == "api":
            log.error("the record is gone: everything ends")
            self.end(1)
        elif part == "gate" and self.serving:
            self._later(0.2, lambda: self.background(self._start_and_wait("gate", stdin=True)))
        elif part == "controller" and region not in self.lost:
            self._later(0.5, lambda: self._spawn_controller(region))

    def _later(self, delay_s: float, call: Callable[[], Any]) -> None:
        def unless_ending() -> None:
            if not self._ending:
                call()

        asyncio.get_running_loop().call_later(delay_s, unless_ending)

    def _tell_gate(self) -> None:
        gate = self.table.by_name.get("gate")
        if gate:
            self.table.write_line(gate, json.dumps({"lost": sorted(self.lost), "silent": self.faults.silent_regions()}))

    def _tell_link(self, process: Process) -> None:
        self.table.write_line(process, json.dumps(self.faults.link_state()))

    def _caller_ended(self) -> None:
        if not self.ready:
            log.info("the caller ended before ready")
            self.end(1)
