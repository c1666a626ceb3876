"""Two or three processes deploy, fail over, abort, resume, unlock and repair the lease, in an order that a seed decides;
they are stopped, continued and killed at any call, the table is throttled or silent, and answers are lost.

A ledger of its own watches the lease: no region may write while another one still can, and the epoch only grows. In the
end some command leads on: the lock is free and the lease is open.
"""

import os
import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from dr.facts import FailoverParams, read_facts
from dr.failover import FAILOVER, only
from dr.lease_repair import Repair, apply_repair, plan_repair, read_evidence
from estate.errors import BreiqError
from operations import concurrency
from operations.kind import Kind
from operations.lock import read_lock
from operations.prober.sample import Sample
from operations.step import Step
from operations.table import MemoryTable
from operations.writer_lease import KEY, find_lease
from releases import checks, one_off, steps
from releases.active import activate
from releases.facts import read_facts as read_release_facts
from releases.model import Release, ReleaseFacts
from tests.unit.dr.stages import EAST, WEST, with_databases
from tests.unit.fakes.cloud import FakeCloud, local_environment
from tests.unit.operations.processes import Process
from tests.unit.operations.simulation import Simulated, SimulatedEngine, Simulation

RUNS: Final = int(os.environ.get("BREIQ_SCHEDULES", "0")) or (
    5000 if os.environ.get("BREIQ_CRASH_WRITES") == "all" else 150
)
FIRST: Final = int(os.environ.get("BREIQ_FIRST_SEED", "1"))
BATCH: Final = 50
LEASE_S: Final = 10.0
"""How long a region may write after it last found the lease open (estate/writer_lease.json)."""

ROUNDS: Final = 8


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "AT_ONCE", 1)


class Ledger(MemoryTable):
    """The operations table, and what an independent reader of each change of the lease makes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.simulation: Simulation | None = None
        self.wrong: list[str] = []
        self.history: list[str] = []
        self._writes_until: dict[str, float] = {}

    def update(self, pk: str, sk: str, values: Mapping[str, Any], **more: Any) -> None:
        before = self.items.get(KEY)
        super().update(pk, sk, values, **more)
        if (pk, sk) == KEY and self.simulation is not None and before is not None:
            self._changed(before, self.items[KEY], self.simulation.now())

    def _changed(self, before: Mapping[str, Any], now: Mapping[str, Any], at: float) -> None:
        self.history.append(f"{now['holder']} {now['epoch']} {now['state']} {now['operation']} token {now['token']}")
        if now["epoch"] < before["epoch"]:
            self.wrong.append(f"the epoch went from {before['epoch']} to {now['epoch']}")
        if now.get("token", 0) < before.get("token", 0) and now["operation"] != "lease repair":
            self.wrong.append(f"the token went from {before['token']} to {now['token']}")
        if before["state"] == "open":  # it may have been confirmed until this very moment
            self._writes_until[str(before["holder"])] = at + LEASE_S
        if now["state"] == "open":
            others = [one for one, until in self._writes_until.items() if one != now["holder"] and until > at]
            self.wrong += [f"{now['holder']} may write, and {one} still can" for one in others]


class Users:
    """What the last three seconds of traffic look like, made up when it is asked for."""

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud
        self.account = None

    def samples(self) -> Sequence[Sample]:
        lease = self._cloud.table.get(*KEY) or {}
        region, now = str(lease.get("traffic_region")), self._cloud.clock.now()
        good = {"read": region not in self._cloud.lost, "write": lease.get("state") == "open"}
        return [
            Sample(at=now - 0.6 - n, kind=kind, ok=good[kind], latency_ms=5.0, region=region)  # type: ignore[arg-type]
            for n in (2, 1, 0)
            for kind in ("read", "write")
        ]


def plan_release(release: Release, facts: ReleaseFacts) -> list[Step]:
    """Return a deploy's steps without those that watch traffic: they change nothing."""
    table = []
    for region in (facts.regions[facts.standby], facts.regions[facts.primary]):
        table += [steps.register(region), steps.preview(region), steps.scale(region, revision_from="register")]
        table += [checks.health(region, ready_s=release.ready_s), one_off.smoke_task(region), steps.switch(region)]
        table += [activate(facts, region)]
    table += [steps.retire(one, ready_s=release.ready_s) for one in facts.regions.values()]
    return [*table, steps.promote("it serves everywhere")]


DEPLOY: Final = Kind(name="deploy", params=Release, facts=ReleaseFacts, plan=plan_release)


class World:
    """One schedule: a cloud, its simulation, and what processes do in it."""

    def __init__(self, seed: int) -> None:
        self.simulation = Simulation(seed, faults=random.Random(seed).choice((0.005, 0.02, 0.05)))
        self.table = Ledger()
        self.cloud = FakeCloud(local_environment(), self.simulation, self.table)  # type: ignore[arg-type]
        self.cloud.release_by_hand("v1")
        with_databases(self.cloud)
        self.table.simulation = self.simulation
        self.users = Users(self.cloud)
        self.ids: list[str] = []

    def process(self, name: str) -> tuple[Simulated, Process]:
        simulated, sim = Simulated(name), self.simulation
        made = Process(
            self.table, self.cloud.clients, sim, DEPLOY, FAILOVER,
            owner=f"{name}@there:1|elsewhere|0", fetch=self.cloud.fetch, engine=SimulatedEngine,
            before=lambda call: sim.before(simulated, call),
            sent=lambda call: sim.sent(simulated, call),
            answered=lambda call: sim.answered(simulated, call),
        )  # fmt: skip
        made.engine.process = simulated  # type: ignore[attr-defined]
        return simulated, made

    def start(self, name: str, verb: str, at: float) -> None:
        simulated, process = self.process(name)

        def command() -> str:
            try:
                return str(getattr(self, verb)(process, name))
            except BreiqError as error:
                return error.code

        self.simulation.start(simulated, at, command)

    def deploy(self, process: Process, name: str) -> str:
        image = self.simulation.random.choice(["v2", "v3"])
        facts = read_release_facts(
            process.clients, process.table, self.cloud.environment,
            digest=self.cloud.images[image], tags={}, site_url="https://local.breiq.test", ca_file=None,
        )  # fmt: skip
        release = Release(image=image, digest=self.cloud.images[image], bake_s=0, ready_s=5)
        return process.engine.run(DEPLOY, release, facts, reason="r", operation_id=self._new(name)).status

    def failover(self, process: Process, name: str, *, supersede: bool = False) -> str:
        clients = only(WEST, process.clients)
        process.engine._clients = clients
        facts = read_facts(self.cloud.environment, clients(WEST), process.table)
        held = read_lock(process.table)
        params = FailoverParams(to_region=WEST, accept_data_loss_s=1e6, lag_unknown_accepted=True)
        return process.engine.run(
            FAILOVER, params, facts, reason="r", operation_id=self._new(name), observer=self.users,
            supersede=held.operation_id if supersede and held else None,
        ).status  # fmt: skip

    def supersede(self, process: Process, name: str) -> str:
        return self.failover(process, name, supersede=True)

    def resume(self, process: Process, _name: str) -> str:
        return process.engine.resume(self._some(), observer=self.users).status

    def abort(self, process: Process, _name: str) -> str:
        return process.engine.abort(self._some(), observer=self.users).status

    def unlock(self, process: Process, _name: str) -> str:
        process.engine.unlock(self._some())
        return "unlocked"

    def repair(self, process: Process, _name: str) -> str:
        regions = tuple(self.cloud.environment.regions)
        roles = {
            region: "replica" if next(iter(session.rds.instances.values())).replica_of else "primary"  # type: ignore[attr-defined]
            for region, session in self.cloud.regions.items()
        }
        evidence = read_evidence(process.table, regions, roles)  # type: ignore[arg-type]
        plan = plan_repair(evidence)
        if not isinstance(plan, Repair):
            return plan.code
        apply_repair(process.table, evidence, plan, self.simulation)
        return "repaired"

    def _new(self, name: str) -> str:
        self.ids.append(f"op-{name}")
        return self.ids[-1]

    def _some(self) -> str:
        held = read_lock(self.table)
        if held is not None and held.held and self.simulation.random.random() < 0.8:
            return held.operation_id
        lease = find_lease(self.table)
        if lease is not None and lease.state != "open":
            return lease.operation
        return self.simulation.random.choice(self.ids) if self.ids else "op-none"

    # how it must end

    def problem(self) -> str | None:
        held, lease = read_lock(self.table), find_lease(self.table)
        assert lease is not None
        if held is not None and held.held:
            return f"{held.operation_id} holds the lock"
        return None if lease.state == "open" else f"the lease is {lease.state} by {lease.operation}"

    def lead_out(self) -> list[str]:
        """Run the commands that lead on until all is in order; return what was run."""
        done = []
        for number in range(ROUNDS):
            if self.problem() is None:
                return done
            held = read_lock(self.table)
            if held is not None and held.held:
                verb = ("resume", "abort", "unlock")[number % 3]
            else:
                verb = ("repair", "resume")[number % 2]  # of the operation that the lease names
            _, process = self.process(f"last{number}")
            try:
                done.append(f"{verb}: {getattr(self, verb)(process, 'last')}")
            except BreiqError as error:
                done.append(f"{verb}: {error.code}")
        return done


VERBS: Final = ("deploy", "failover", "supersede", "abort", "abort", "resume", "resume", "unlock", "repair")


def run(seed: int) -> World:
    world = World(seed)
    sim = world.simulation
    begins = sim.random.choice(("deploy", "failover", "failover"))
    if begins == "failover" and sim.random.random() < 0.5:
        world.cloud.lost.add(EAST)
    world.start("ann", begins, sim.time)
    for name in ("bob", "cem", "dan")[: sim.random.choice((1, 2, 3))]:
        world.start(name, sim.random.choice(VERBS), sim.time + sim.random.uniform(0, 40))
    try:
        sim.run()
        sim.calm()
        if EAST in world.cloud.lost and sim.random.random() < 0.5:
            world.cloud.lost.clear()
        world.said = world.lead_out()  # type: ignore[attr-defined]
    finally:
        sim.close()
    return world


@pytest.mark.parametrize("first", range(FIRST, FIRST + RUNS, BATCH))
def test_whatever_happens_no_two_regions_write_and_some_command_leads_on(first: int) -> None:
    for seed in range(first, min(first + BATCH, FIRST + RUNS)):
        world = run(seed)
        told = (f"BREIQ_FIRST_SEED={seed} BREIQ_SCHEDULES=1", world.table.history, world.said)  # type: ignore[attr-defined]
        assert world.table.wrong == [], told
        assert world.problem() is None, told
