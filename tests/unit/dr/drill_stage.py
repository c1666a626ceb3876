"""The stage of a drill: a healthy fake cloud with a prober's traffic; a fault makes its primary's region lost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dr.drills.experiment import DrillEnvironment
from dr.drills.old_region import Answer
from dr.drills.region_loss import DrillParams, drill_kind, read_drill_facts
from dr.failover import FAILOVER, only
from operations.guard import Guard
from operations.step import StepContext
from tests.unit.dr.stages import WEST, UsersTraffic, lost_cloud
from tests.unit.operations.engine_kit import PLACE, engine
from tests.unit.operations.saga_kit import Stage


@dataclass
class FakeFaults:
    """Loses a region, and brings it back when that is lifted."""

    lost: set[str]

    def start(self, name: str, region: str, for_s: float) -> str:
        self.lost.add(region)
        return f"{name}@{region}"

    def stop(self, fault_id: str | None) -> None:
        self.lost.clear()


@dataclass
class FakeFault:
    """Faults, asked for by the process that runs the drill now: `clients` gives its own, where they are a service."""

    clients: Callable[[str], Any]

    def start(self, name: str, region: str, for_s: float) -> str:
        return str(self.clients(WEST).faults.start(name, region, for_s))

    def stop(self, fault_id: str | None) -> None:
        self.clients(WEST).faults.stop(fault_id)


def drill_stage() -> Stage:
    cloud = lost_cloud()
    cloud.lost.clear()
    cloud.regions[WEST].faults = FakeFaults(cloud.lost)  # type: ignore[attr-defined]
    guard = Guard()
    options: dict[str, Any] = {"clients": cloud.clients, "clock": cloud.clock, "guard": guard}
    used: list[tuple[Any, Guard, Any]] = [(cloud.table, guard, cloud.clients)]

    def inner(region: str) -> Any:
        table, own, clients = used[-1]
        more = {name: one for name, one in options.items() if name == "interrupts"}
        return engine(table, FAILOVER, clients=only(region, clients), clock=cloud.clock, guard=own, **more)

    def clients_now(region: str) -> Any:
        return used[-1][2](region)

    def use_table(table: Any, own: Guard | None = None, clients: Any = None) -> None:
        used.append((table, own or guard, clients or cloud.clients))

    drill = DrillEnvironment(
        environment=cloud.environment,
        clients=cloud.clients,
        table=lambda _region: cloud.table,
        engine=inner,
        fault=FakeFault(clients_now),
        read_back=lambda _account, written: {one.id: "present" for one in written},
        write_straight=lambda lost, _recovers, _account: Answer(status=503, code="not_the_writer", region=lost),
        operation_context=PLACE,
    )
    ctx = StepContext(operation_id="", clients=cloud.clients, clock=cloud.clock, emit=lambda _event: None)
    kind = drill_kind(lambda: drill)

    def finished() -> None:
        lease = cloud.table.get("writer", "lease")
        assert lease is not None
        assert (lease["holder"], lease["state"]) == (WEST, "open")
        assert cloud.lost == set()

    return Stage(
        kind=kind,
        params=DrillParams(name="region-loss"),
        facts=read_drill_facts(drill, ctx, None, failover_id="op-20261123-0002"),
        table=cloud.table,
        options=options,
        observer=UsersTraffic(cloud),
        snapshot=lambda: (frozenset(cloud.lost), (cloud.table.get("writer", "lease") or {}).get("state")),
        finished=finished,
        use_table=use_table,
        cloud=cloud,
    )
