"""The stage of a failover: the primary's region is lost, its replica lives, and a renewer beats where the lease is open."""

from dataclasses import dataclass, field
from typing import Any

from aws.autoscaling import Bounds
from aws.rds import DatabaseInstance
from dr import beats
from dr.facts import FailoverParams, read_facts
from dr.failover import FAILOVER, only
from estate import topology
from operations.prober import new_account
from operations.prober.sample import Sample
from operations.table import MemoryTable
from tests.unit.fakes.cloud import COUNT, MOST, FakeCloud, local_environment
from tests.unit.operations.engine_kit import FakeClock
from tests.unit.operations.saga_kit import Stage

EAST, WEST = "us-east-1", "us-west-2"
LIMITS = dict.fromkeys(beats.LIMITS, 100) | {"database_bytes": 10**9}
REPLAYS = {"replay": "not paused", "unreplayed_bytes": 0, "stalled_s": 0.0, "logins": "ok"}


@dataclass
class FakeRds:
    """RDS of one region: a promotion is true at once."""

    instances: dict[str, DatabaseInstance]
    promotions: list[str] = field(default_factory=list)

    def instance(self, identifier: str) -> DatabaseInstance:
        return self.instances[identifier]

    def promote(self, identifier: str) -> None:
        if self.instances[identifier].replica_of is None:
            return  # as aws.rds does: RDS refuses it, and it is a primary already
        self.promotions.append(identifier)
        self.instances[identifier] = instance(identifier, replica_of=None)


def instance(identifier: str, *, replica_of: str | None, status: str = "available") -> DatabaseInstance:
    state = "replicating" if replica_of else None
    return DatabaseInstance(identifier, status, replica_of, state, "db-1", (), (("group", "in-sync"),), 20)


class Renewers:
    """What the app's renewers and standby tasks do to the table while the clock moves."""

    def __init__(self, table: MemoryTable, clock: FakeClock, lost: set[str], lag_s: float = 0.3) -> None:
        self.table, self.clock, self.lost = table, clock, lost
        self.replicated_at = clock.now() - 1 - lag_s
        self.replica_facts: dict[str, Any] = {**LIMITS, **REPLAYS}
        self.note_replica()
        self.note("primary", EAST, 1, clock.now() - 1, LIMITS)
        clock.on_sleep.append(self.beat)

    def beat(self, now: float) -> None:
        self.note_replica()
        lease = self.table.get("writer", "lease")
        if lease and lease["state"] == "open" and lease["holder"] not in self.lost:
            self.note("primary", str(lease["holder"]), int(lease["epoch"]), now)

    def note_replica(self) -> None:
        self.note(f"replica#{WEST}", WEST, 1, self.replicated_at, self.replica_facts)

    def note(self, key: str, region: str, epoch: int, beat_at: float, facts: Any = {}) -> None:  # noqa: B006
        values: dict[str, Any] = {"epoch": epoch, "region": region, "beat_at": beat_at, "noted_at": self.clock.now()}
        self.table.update("beat", key, {**values, **facts})


class UsersTraffic:
    """Eight reads and writes a second through the public address, for as long as the clock moves: they go where the lease
    says, and are good where that region lives and, of writes, where the lease is open."""

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud, self._until, self.seen = cloud, cloud.clock.now(), []  # type: ignore[var-annotated]
        cloud.clock.on_sleep.append(self._generate)

    account = new_account("op-1")

    def samples(self) -> list[Sample]:
        return self.seen

    def _generate(self, now: float) -> None:
        lease = self.cloud.table.get("writer", "lease") or {}
        region = str(lease.get("traffic_region", EAST))
        while self._until < now:
            for kind in ("read", "write"):
                ok = region not in self.cloud.lost and (kind == "read" or lease.get("state") == "open")
                self.seen.append(
                    Sample(at=self._until, kind=kind, ok=ok, latency_ms=5.0, region=region, error=None if ok else "503")  # type: ignore[arg-type]
                )
            self._until += 0.125


def lost_cloud(**more: Any) -> Any:
    """Return the environment with its primary region lost, serving v1 until then."""
    cloud = FakeCloud(local_environment(), FakeClock())
    cloud.release_by_hand("v1")
    cloud.lost = {EAST}
    with_databases(cloud, **more)
    return cloud


def with_databases(cloud: FakeCloud, **more: Any) -> None:
    """Give a cloud what a failover asks besides: databases, and who beats."""
    environment = cloud.environment
    for region, session in cloud.regions.items():
        name = topology.database_instance(environment, region)
        source = None if region == EAST else topology.database_arn(environment, EAST)
        session.rds = FakeRds({name: instance(name, replica_of=source)})  # type: ignore[attr-defined]
    cloud.renewers = Renewers(cloud.table, cloud.clock, cloud.lost, **more)  # type: ignore[attr-defined]


def failover_stage(cloud: FakeCloud | None = None, **params: Any) -> Stage:
    cloud = cloud or lost_cloud()
    clients = only(WEST, cloud.clients)
    facts = read_facts(cloud.environment, clients(WEST), cloud.table)

    def lease() -> dict[str, Any]:
        found = cloud.table.get("writer", "lease")
        assert found is not None
        return {key: found[key] for key in ("holder", "state", "traffic_region")}

    def snapshot() -> Any:
        return cloud.snapshot()[WEST], lease(), clients(WEST).rds.promotions  # type: ignore[attr-defined]

    def finished() -> None:
        assert lease() == {"holder": WEST, "state": "open", "traffic_region": WEST}
        assert len(clients(WEST).rds.promotions) == 1  # type: ignore[attr-defined]
        for one in facts.services:
            assert cloud.regions[WEST].ecs.services[one.ecs_service].desired == 2
            assert cloud.regions[WEST].autoscaling.known[one.ecs_service] == Bounds(COUNT, MOST)

    return Stage(
        kind=FAILOVER,
        params=FailoverParams(to_region=WEST, accept_data_loss_s=params.pop("accept_data_loss_s", 60), **params),
        facts=facts,
        table=cloud.table,
        options={"clients": clients, "clock": cloud.clock},
        observer=UsersTraffic(cloud),
        snapshot=snapshot,
        finished=finished,
        cloud=cloud,
    )
