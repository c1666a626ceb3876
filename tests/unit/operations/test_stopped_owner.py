"""An owner is stopped (SIGSTOP, a suspended laptop) right before each of its calls, or when one was let pass and is on its
way; another process aborts, resumes or fails over; then the first one goes on from exactly that call.

No late write has an effect, and there is always a next command that works.
"""

import copy
import os
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from dr.failover import FAILOVER
from estate.errors import BreiqError
from operations import concurrency
from operations.lock import read_lock
from operations.step import Event
from operations.writer_lease import find_lease
from tests.unit.dr.stages import failover_stage, with_databases
from tests.unit.fakes.cloud import FakeCloud, local_environment
from tests.unit.operations.processes import Process
from tests.unit.operations.saga_kit import Stage
from tests.unit.operations.scenarios import SCENARIOS
from tests.unit.releases.stages import DEPLOY, repair_of
from tests.unit.releases.stages import stage as release_stage

ANN, BOB = "ann@there:1|elsewhere|0", "bob@there:2|elsewhere|0"
"""Neither can be proven dead from here: who takes over waits for a sign of life."""

EVERY = 1 if os.environ.get("BREIQ_CRASH_WRITES") == "all" else 6
"""At each how many'th call a long operation is stopped; each test of a kind begins at another one."""

INNER, OTHER, NEXT = "op-20261123-0002", "op-20261123-0003", "op-20261123-0004"
"""The failover that a drill's stage runs; the one that another process begins; what is run afterwards."""

REFUSED = {"unknown_operation", "past_no_return", "already_holder", "no_lease"}
"""Why another process may not take it over: it had not begun, must go on, or there is nothing to fail over from."""

UNCONDITIONAL = (
    "set_weights",
    "set_bounds",
    "scale",
    "register",
    "run_task",
    "promote",
    "create",
    "delete",
    "start",
    "stop",
)
"""What AWS takes without a condition. The engine's answer: operations.undo_again, and ADR 0034."""


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "AT_ONCE", 1)


@dataclass
class Case:
    """One stop: where, what the other process did, how the first one ended, and all that is left."""

    stage: Stage
    call: str = ""
    other: str = ""
    owner: str = ""
    before: Any = None
    told: list[str] = field(default_factory=list)

    def process(self, owner: str, **more: Any) -> Process:
        options = {name: one for name, one in self.stage.options.items() if name not in {"clients", "clock", "guard"}}
        clients, clock = self.stage.options["clients"], self.stage.options["clock"]
        made = Process(
            self.stage.table, clients, clock, self.stage.kind, owner=owner, emit=self._emit, **options, **more
        )
        self.use(made)
        return made

    def use(self, process: Process) -> None:
        """Let what an operation runs besides be this process's."""
        self.stage.use_table(process.table, process.guard, process.clients)

    def _emit(self, event: Event) -> None:
        if event.kind == "note":
            self.told.append(event.text)

    def records(self) -> Any:
        """Return lock, journals, lease and active colours; not what renewers and workers note, nor a token that stands
        alone: it says nothing."""
        items = {key: dict(item) for key, item in self.stage.table.items.items() if key[0] != "beat"}
        items = {key: item for key, item in items.items() if item.keys() - {"pk", "sk"} != {"token"}}
        return items, {key: list(texts) for key, texts in self.stage.table.lists.items()}

    def changed(self) -> list[str]:
        """Return what is otherwise than when the owner went on."""
        (items, lists), world = self.everything()
        (items_before, lists_before), world_before = self.before
        found = [
            f"{key}: {items_before.get(key)} -> {items.get(key)}"
            for key in items.keys() | items_before.keys()
            if items.get(key) != items_before.get(key)
        ]
        found += [f"{key}: {texts[-1]}" for key, texts in lists.items() if texts != lists_before.get(key)]
        return found if world == world_before else [*found, f"{world_before} -> {world}"]

    def everything(self) -> Any:
        return self.records(), copy.deepcopy(self.stage.snapshot())

    def take_over(self, verb: str) -> str:
        """Do what another process does, and return how that ended."""
        try:
            if verb.startswith("failover"):
                return self._fail_over(supersede=verb.endswith("supersede"))
            engine = self.process(BOB).engine
            return getattr(engine, verb)(self.stage.operation_id, observer=self.stage.observer).status
        except BreiqError as refused:
            assert refused.exit_code == 3, refused
            return refused.code

    def _fail_over(self, *, supersede: bool) -> str:
        cloud = cloud_of(self.stage)
        urgent = failover_stage(cloud)
        clients, clock = urgent.options["clients"], urgent.options["clock"]
        process = Process(urgent.table, clients, clock, self.stage.kind, FAILOVER, owner=BOB)
        return process.engine.run(
            FAILOVER,
            urgent.params,
            urgent.facts,
            reason="lost",
            observer=urgent.observer,
            operation_id=OTHER,
            supersede=self.stage.operation_id if supersede else None,
        ).status


def cloud_of(stage: Stage) -> FakeCloud:
    """Return the two regions that a release's stage, or a failover's, plays in."""
    return stage.cloud


def ready_for_a_failover(stage: Stage) -> None:
    """Let the stage play in two regions with databases: the estate's have none of their own."""
    if stage.cloud is None:
        stage.cloud = FakeCloud(local_environment(), stage.options["clock"], stage.table)
        stage.cloud.release_by_hand("v1")
    if not hasattr(stage.cloud, "renewers"):
        with_databases(stage.cloud)


def staged(name: str) -> Stage:
    stage = SCENARIOS[name]()
    if name == "deploy":
        stage.params = msgspec.structs.replace(stage.params, bake_s=5)
    return stage


def run(case: Case, process: Process) -> None:
    """Run the owner, and note how it ended."""
    stage = case.stage
    try:
        case.owner = process.engine.run(
            stage.kind,
            stage.params,
            stage.facts,
            reason="a test",
            observer=stage.observer,
            operation_id=stage.operation_id,
        ).status
    except BreiqError as error:
        case.owner = error.code


def calls_of(name: str) -> list[str]:
    calls: list[str] = []
    case = Case(staged(name))
    run(case, case.process(ANN, before=calls.append))
    assert case.owner == "done"
    return calls


def stopped(name: str, at: int, verb: str, *, on_its_way: bool) -> Case:
    """Stop the owner at its n-th call (from 1), let another process act, and let the owner go on from there."""
    case, calls = Case(staged(name)), list[str]()
    if verb.startswith("failover"):
        ready_for_a_failover(case.stage)

    def stop(call: str) -> None:
        calls.append(call)
        if len(calls) == at:
            case.call, case.other = call, case.take_over(verb)
            case.before = case.everything()
            case.use(owner)

    owner = case.process(ANN, **({"sent": stop} if on_its_way else {"before": stop}))
    run(case, owner)
    return case


def places(name: str, *, on_its_way: bool, offset: int) -> list[int]:
    """Return at which calls to stop: of what is on its way, all but most of the journal's, which are all one."""
    calls = calls_of(name)
    step = EVERY if len(calls) > 40 else 1
    few = [n for n in range(1, len(calls) + 1) if n < 5 or n > len(calls) - 4 or n % step == offset % step]
    if not on_its_way:
        return few
    return [n for n in few if not calls[n - 1].startswith("dynamodb:operation#") or n % 7 == 0]


def in_order(case: Case) -> bool:
    """Whether nothing is under way any more, and the lease is open, if there is one."""
    held, lease = read_lock(case.stage.table), find_lease(case.stage.table)
    return not (held is not None and held.held) and (lease is None or lease.state == "open")


def begun_too_late(case: Case) -> bool:
    """Whether a drill's owner was stopped where its failover's journal begins: what is not listed yet is unknown to
    others, and its owner ends it at once."""
    items = case.before[0][0]
    begins = case.call == f"dynamodb:operation#{INNER}" and (f"operation#{INNER}", "journal") not in items
    is_listed = case.call == "dynamodb:operations" and (f"operation#{INNER}", "journal") in items
    return begins or (is_listed and ("operations", INNER) not in items)


def check(case: Case, at: int, *, on_its_way: bool) -> None:
    where = (at, case.call, case.other, case.owner)
    if case.other in REFUSED:  # nobody took it over: it is the owner's still
        assert case.owner == "done", where
        case.stage.finished()
        assert in_order(case), where
        return
    if on_its_way and case.call.endswith(UNCONDITIONAL):
        assert any("may have arrived" in text for text in case.told), where
        if case.other == "undone":  # and was undone again
            assert case.stage.snapshot() == case.before[1], where
        else:
            assert case.records() == case.before[0], (where, case.changed())
    elif begun_too_late(case):
        header = case.process(BOB).engine.header(INNER)
        assert header.status == "superseded", where
    elif case.owner == "done":  # it had ended, and only its own list was still to be told
        assert all(text.startswith("('operations', ") for text in case.changed()), where
    else:
        assert case.changed() == [], where
        assert case.told == [] or not any("may have arrived" in text for text in case.told), where
    assert in_order(case), where


def leads_on(case: Case) -> None:
    """Run what comes next after a failover took the lock, and what its refusal recommends: it works."""
    stage, cloud = case.stage, cloud_of(case.stage)
    stage.operation_id = NEXT
    if stage.kind.name in ("estate-up", "estate-destroy"):
        run(case, case.process(ANN))
        assert case.owner == "done"
        stage.finished()
    elif not cloud.lost:
        try:
            following = release_stage(DEPLOY, cloud, "v3")
        except BreiqError as refused:
            assert refused.code == "weights_disagree", (case.call, case.other)
            assert "breiqctl release repair" in (refused.remedy or "")
            if stage.kind.name == "deploy":  # there was no release before it that a repair could go back to
                return
            following = repair_of(cloud, case.process(ANN).engine)
        following.operation_id = NEXT
        outcome = following.run()
        assert (outcome.status, outcome.error) == ("done", None), (case.call, case.other)
        following.finished()


KINDS = pytest.mark.parametrize("name", SCENARIOS)
WAYS = pytest.mark.parametrize("on_its_way", [False, True], ids=["before", "on-its-way"])


@KINDS
@WAYS
@pytest.mark.parametrize("verb", ["abort", "resume"])
def test_a_late_call_of_a_replaced_owner_has_no_effect(name: str, verb: str, on_its_way: bool) -> None:
    for at in places(name, on_its_way=on_its_way, offset=len(verb)):
        check(stopped(name, at, verb, on_its_way=on_its_way), at, on_its_way=on_its_way)


@KINDS
@WAYS
@pytest.mark.parametrize("verb", ["failover", "failover --supersede"])
def test_a_late_call_of_who_lost_its_lock_to_a_failover_has_no_effect(name: str, verb: str, on_its_way: bool) -> None:
    for at in places(name, on_its_way=on_its_way, offset=len(verb)):
        case = stopped(name, at, verb, on_its_way=on_its_way)
        check(case, at, on_its_way=on_its_way)
        if case.owner == "superseded":
            leads_on(case)
