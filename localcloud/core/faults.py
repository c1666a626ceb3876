"""Faults, each with a deadline: lifted when it is over, when it is stopped, or when its owner dies."""

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from localcloud.core.errors import RefusedError
from localcloud.core.outer import OuterProcesses
from localcloud.core.processes import Process, now

if TYPE_CHECKING:
    from localcloud.core.supervisor import Supervisor

Document = dict[str, Any]

REGIONAL: Final = {
    "region-loss": "the region's API and every process of it are gone (SIGKILL) until the fault ends",
    "control-plane-loss": "the region's API gives no answer, but for data (DynamoDB, S3, KMS, secrets); all runs on",
    "task-kill": "one running task of the region gets SIGKILL, once",
    "database-crash": "the region's database servers get SIGKILL, once; they start again after rds_restart_s",
}
BETWEEN: Final = {
    "link-cut": "nothing passes between the regions, and no side is told (connections hang)",
    "link-slow": "what passes between the regions is delayed (delay_ms) and throttled (bytes_per_s)",
}
ONCE: Final = {"task-kill": "task", "database-crash": "postgres"}
DEFAULT_FOR_S: Final = 600.0
OWNER_CHECK_S: Final = 0.5


@dataclass
class Fault:
    """A fault at work."""

    fault_id: str
    name: str
    region: str | None
    since: str
    for_s: float
    owner_pid: int | None
    link: Document
    tasks: tuple["asyncio.Task[None]", ...] = ()

    def document(self) -> Document:
        """Return what `fault_list` shows."""
        return {
            "fault_id": self.fault_id,
            "name": self.name,
            "region": self.region,
            "since": self.since,
            "for_s": self.for_s,
            "owner_pid": self.owner_pid,
        }


class FaultBoard:
    """The faults at work. Owners are processes of the machine, outside of the PID namespace."""

    def __init__(self, supervisor: "Supervisor", outer: OuterProcesses) -> None:
        self._supervisor = supervisor
        self._outer = outer
        self._active: dict[str, Fault] = {}
        self._number = 0

    def known(self) -> dict[str, str]:
        """Return every fault's name and what it does."""
        return {**REGIONAL, **BETWEEN}

    def documents(self) -> list[Document]:
        """Return the faults at work."""
        return [fault.document() for fault in self._active.values()]

    def start(self, request: Document) -> str:
        """Start a fault and return its id. Raises RefusedError before anything is touched."""
        name, region = request.get("name"), request.get("region")
        for_s = float(request.get("for_s") or DEFAULT_FOR_S)
        owner = request.get("owner_pid")
        victims = self._check(name, region, owner)
        if for_s <= 0:
            raise RefusedError("bad_duration", f"for_s must be positive, not {for_s}")
        self._number += 1
        link = {
            "delay_ms": float(request.get("delay_ms", 250)),
            "bytes_per_s": float(request.get("bytes_per_s", 65536)),
        }
        fault = Fault(f"fault-{self._number}", str(name), region, now(), for_s, owner, link)
        if name in ONCE:
            self._supervisor.table.kill(victims)
            return fault.fault_id
        loop = asyncio.get_running_loop()
        self._active[fault.fault_id] = fault
        watches = [loop.create_task(self._end_after(fault))]
        if owner is not None:
            watches.append(loop.create_task(self._end_with_owner(fault, owner, self._outer.started_at(owner))))
        fault.tasks = tuple(watches)
        if name == "region-loss":
            assert region is not None
            self._supervisor.lose_region(region)
        else:
            self._supervisor.tell_gate_and_links()
        return fault.fault_id

    def stop(self, fault_id: str) -> list[str]:
        """Lift one fault, or `all`; return the ids of those that were at work."""
        if fault_id != "all" and fault_id not in self._active:
            raise RefusedError("unknown_fault", f"no fault {fault_id} is at work")
        to_stop = list(self._active) if fault_id == "all" else [fault_id]
        for each in to_stop:
            self._lift(each)
        return to_stop

    def silent_regions(self) -> list[str]:
        """Return the regions whose control planes give no answer."""
        return sorted({f.region for f in self._active.values() if f.name == "control-plane-loss" and f.region})

    def link_state(self) -> Document:
        """Return how links must behave now."""
        settings = self._supervisor.instance.settings
        state: Document = {
            "cut": False,
            "delay_ms": settings["link_delay_ms"],
            "bytes_per_s": settings["link_bytes_per_s"],
        }
        for fault in self._active.values():
            if fault.name == "link-cut":
                state["cut"] = True
            elif fault.name == "link-slow":
                state.update(fault.link)
        return state

    def _check(self, name: Any, region: Any, owner: Any) -> list[Process]:
        if name not in self.known():
            raise RefusedError("unknown_fault", f"there is no fault {name!r}", f"one of: {', '.join(self.known())}")
        regions = self._supervisor.instance.regions
        if (name in REGIONAL or region is not None) and region not in regions:
            what = f"{region!r} is no region here" if region else "this fault needs a region"
            raise RefusedError("unknown_region", what, f"--region, one of: {', '.join(regions)}")
        if owner is not None and self._outer.started_at(int(owner)) is None:
            raise RefusedError("unknown_owner", f"process {owner} does not run")
        if name == "region-loss" and region in self._supervisor.lost:
            raise RefusedError("already_lost", f"region {region} is lost already")
        if name not in ONCE:
            return []
        found = [
            process
            for process in self._supervisor.table.running()
            if process.order.region == region and process.order.kind == ONCE[name]
        ]
        if not found:
            raise RefusedError("no_target", f"no {ONCE[name]} runs in {region}")
        return [random.choice(found)] if name == "task-kill" else found

    def _lift(self, fault_id: str) -> None:
        fault = self._active.pop(fault_id, None)
        if fault is None:
            return
        current = asyncio.current_task()
        for task in fault.tasks:
            if task is not current:
                task.cancel()
        if fault.name == "region-loss":
            assert fault.region is not None
            self._supervisor.return_region(fault.region)
        else:
            self._supervisor.tell_gate_and_links()

    async def _end_after(self, fault: Fault) -> None:
        await asyncio.sleep(fault.for_s)
        self._lift(fault.fault_id)

    async def _end_with_owner(self, fault: Fault, owner: int, started: str | None) -> None:
        while started and self._outer.started_at(owner) == started:  # noqa: ASYNC110 - the machine tells nobody of an end
            await asyncio.sleep(OWNER_CHECK_S)
        self._lift(fault.fault_id)
