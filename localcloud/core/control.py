"""The supervisor's socket: one JSON line in, one JSON line out.

status, endpoints, troubles, check_settings, snapshot, ready, down, fault_list, fault_start and fault_stop are for
people and their tools; spawn, stop, signal, trouble and follow are for the controllers.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal as signals
from typing import TYPE_CHECKING, Any

from localcloud.core import settings
from localcloud.core.errors import RefusedError
from localcloud.core.processes import Order, Process, descendants

if TYPE_CHECKING:
    from localcloud.core.supervisor import Supervisor

log = logging.getLogger("control")
Document = dict[str, Any]


class Requests:
    """Answers the socket's requests on behalf of one supervisor."""

    def __init__(self, supervisor: "Supervisor") -> None:
        self._supervisor = supervisor

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until it closes."""
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):  # cancelled: the instance ends
            while line := await reader.readline():
                request: Document = {}
                try:
                    request = json.loads(line)
                    if request.get("op") == "follow":
                        await self._follow(request.get("region"), writer)
                        return
                    answer = await self._answer(request)
                except RefusedError as refused:
                    answer = refused.document()
                except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
                    request = {}
                    answer = RefusedError("bad_request", f"{type(error).__name__}: {error}").document()
                try:
                    writer.write(json.dumps(answer).encode() + b"\n")
                    await writer.drain()
                finally:
                    if request.get("op") == "down":  # even if the caller did not wait for the answer
                        self._supervisor.end()
        writer.close()

    async def _answer(self, request: Document) -> Document:
        operation = getattr(self, f"_op_{request.get('op')}", None)
        if operation is None:
            raise RefusedError("unknown_request", f"there is no request {request.get('op')!r}")
        answer: Document = await operation(request)
        return {"ok": True, **answer}

    async def _op_status(self, _: Document) -> Document:
        return self._supervisor.status()

    async def _op_endpoints(self, _: Document) -> Document:
        return {"endpoints": self._supervisor.endpoints()}

    async def _op_troubles(self, _: Document) -> Document:
        return {"troubles": self._supervisor.troubles.documents()}

    async def _op_trouble(self, request: Document) -> Document:
        """Note that a service's controller failed (`problem`), or does its work again (None)."""
        troubles, region, name = self._supervisor.troubles, request.get("region"), f"controller of {request['name']}"
        if request["problem"] is None:
            troubles.succeeded(region, name)
        else:
            troubles.failed(region, name, str(request["problem"]), lasting=bool(request["lasting"]))
        return {}

    async def _op_snapshot(self, request: Document) -> Document:
        await self._supervisor.take_snapshot(str(request["key"]))
        return {}

    async def _op_check_settings(self, request: Document) -> Document:
        """Refuse settings that no instance could have."""
        settings.parse(request["settings"])
        return {}

    async def _op_ready(self, _: Document) -> Document:
        self._supervisor.mark_ready()
        return {}

    async def _op_down(self, _: Document) -> Document:
        await self._supervisor.stop_all()
        self._supervisor.stop_listening()
        return {}

    async def _op_fault_list(self, _: Document) -> Document:
        return {"faults": self._supervisor.faults.documents(), "known": self._supervisor.faults.known()}

    async def _op_fault_start(self, request: Document) -> Document:
        return {"fault_id": self._supervisor.faults.start(request)}

    async def _op_fault_stop(self, request: Document) -> Document:
        return {"stopped": self._supervisor.faults.stop(request.get("fault_id", "all"))}

    async def _op_spawn(self, request: Document) -> Document:
        fields = {k: v for k, v in request.items() if k != "op"}
        order = Order(**{**fields, "argv": tuple(fields["argv"]), "env": fields.get("env") or {}})
        if order.region in self._supervisor.lost:
            raise RefusedError("region_lost", f"region {order.region} is lost")
        return self._supervisor.spawn(order).document()

    async def _op_stop(self, request: Document) -> Document:
        process = self._process(request)
        if process.exit_code is not None:
            return {"exit_code": process.exit_code}
        name = request.get("signal") or process.order.stop_signal
        return {"exit_code": await self._supervisor.table.stop(process, name, float(request.get("timeout_s", 10)))}

    async def _op_signal(self, request: Document) -> Document:
        """Send a signal to a process, or to one that descends from it (`pid`: as the process itself knows it)."""
        process, name = self._process(request), str(request["signal"])
        if name not in signals.Signals.__members__:
            raise RefusedError("unknown_signal", f"there is no signal {name}")
        pid = request.get("pid")
        if pid is None:
            self._supervisor.table.send_signal(process, name)
        elif pid in descendants([process.pid]):
            os.kill(pid, signals.Signals[name])
        else:
            raise RefusedError("unknown_process", f"{pid} does not descend from {process.order.full_name}")
        return {}

    def _process(self, request: Document) -> Process:
        name = request["name"]
        full_name = f"{name}.{request['region']}" if request.get("region") else name
        process = self._supervisor.table.by_name.get(full_name)
        if process is None:
            raise RefusedError("unknown_process", f"there is no process {full_name}")
        return process

    async def _follow(self, region: str | None, writer: asyncio.StreamWriter) -> None:
        """Send every process of a region and the links' state, as they are and at each change, until the follower is
        gone."""
        queue: asyncio.Queue[Document] = asyncio.Queue()
        follower = (region, queue)
        for process in self._supervisor.table.by_name.values():
            if process.order.region == region:
                queue.put_nowait(process.document())
        queue.put_nowait({"link": self._supervisor.faults.link_state()})
        queue.put_nowait({"known": True})
        self._supervisor.followers.append(follower)
        try:
            while True:
                document = await queue.get()
                writer.write(json.dumps(document).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            log.debug("a follower of %s is gone", region)
        finally:
            self._supervisor.followers.remove(follower)
            writer.close()
