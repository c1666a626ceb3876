"""After the point of no return there is a way forward from each failure: docs/after-the-point-of-no-return.md."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from aws.errors import Denied, Unreachable
from dr.lease_repair import Repair, apply_repair, plan_repair, read_evidence
from operations.step import Refusal
from operations.writer_lease import KEY
from tests.unit.dr.stages import EAST, WEST, failover_stage, instance, lost_cloud
from tests.unit.operations.saga_kit import Stage


class Rds:
    """RDS whose promotion goes wrong in a way, until somebody repairs it."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.repaired = inner, False
        self.promotions = inner.promotions
        self.fail: Exception | None = None
        self.status = ""

    def instance(self, identifier: str) -> Any:
        found = self.inner.instance(identifier)
        stuck = self.status and self.promotions and not self.repaired
        return dataclasses.replace(found, status=self.status, replica_of="east") if stuck else found

    def promote(self, identifier: str) -> None:
        if self.fail is not None and not self.repaired:
            raise self.fail
        if not self.promotions:
            self.inner.promote(identifier)


def stuck(stage: Stage, step: str) -> Any:
    """Run until it is stuck at a step: a human is needed, and it may not be undone any more."""
    outcome = stage.run()
    assert (outcome.status, outcome.exit_code) == ("stuck", 4)
    assert any(event.kind == "failed" and event.step == f"{WEST}/{step}" for event in outcome.events)
    return outcome


def resumed(stage: Stage) -> None:
    outcome = stage.engine().resume(stage.operation_id, observer=stage.observer)
    assert outcome.status == "done", outcome.error


@pytest.fixture
def cloud() -> Any:
    made = lost_cloud()
    made.rds = Rds(made.regions[WEST].rds)
    made.regions[WEST].rds = made.rds
    return made


def test_a_server_that_its_parameters_keep_from_starting_goes_on_when_they_are_raised(cloud: Any) -> None:
    cloud.rds.status = "incompatible-parameters"
    stage = failover_stage(cloud)
    outcome = stuck(stage, "promote")
    assert "incompatible-parameters" in str(outcome.error.cause)
    cloud.rds.repaired = True
    resumed(stage)
    stage.finished()


@pytest.mark.parametrize("status", ["modifying", "rebooting", "storage-full", "failed"])
def test_a_promotion_that_takes_longer_than_its_deadline_is_waited_for_again(cloud: Any, status: str) -> None:
    cloud.rds.status = status
    stage = failover_stage(cloud)
    stuck(stage, "promote")
    cloud.rds.repaired = True
    resumed(stage)


@pytest.mark.parametrize("kind", [Denied, Unreachable])
def test_a_promotion_that_is_refused_or_not_answered_is_asked_for_again(cloud: Any, kind: Any) -> None:
    cloud.rds.fail = kind("x", "permanent", "no", call="rds:PromoteReadReplica", region=WEST)
    stage = failover_stage(cloud)
    stuck(stage, "promote")
    cloud.rds.repaired = True
    resumed(stage)


def damaging(cloud: Any, stage: Stage) -> Callable[[int, Any], Any]:
    """Damage the lease as soon as the replica is promoted."""
    number = [step.name for step in stage.steps()].index("promote")

    def change(position: int, step: Any) -> Any:
        if position != number:
            return step

        def do(ctx: Any) -> Any:
            output = step.do(ctx)
            cloud.table.update(*KEY, {"epoch": "many"})
            return output

        return dataclasses.replace(step, do=do)

    return change


def test_a_lease_that_is_damaged_after_the_promotion_is_repaired_and_the_failover_resumed(cloud: Any) -> None:
    stage = failover_stage(cloud)
    outcome = stage.run(stage.with_steps(damaging(cloud, stage)))
    assert outcome.status == "stuck" and outcome.error.remedy == "breiqctl lease repair"
    evidence = read_evidence(cloud.table, (EAST, WEST), {EAST: "unknown", WEST: "primary"})
    plan = plan_repair(evidence)
    assert isinstance(plan, Repair) and plan.to.holder == WEST
    apply_repair(cloud.table, evidence, plan, cloud.clock)
    resumed(stage)
    assert cloud.table.get(*KEY)["state"] == "open"


def test_a_failover_that_is_given_up_after_the_promotion_leaves_a_lease_that_can_be_repaired(cloud: Any) -> None:
    """Nobody resumes: the lock is taken away, and the lease is opened where the promoted database is."""
    cloud.rds.status = "incompatible-parameters"
    stage = failover_stage(cloud)
    stuck(stage, "promote")
    going = plan_repair(read_evidence(cloud.table, (EAST, WEST), {EAST: "unknown", WEST: "replica"}))
    assert isinstance(going, Refusal) and going.code == "under_way" and stage.operation_id in going.remedy
    stage.engine().unlock(stage.operation_id)
    cloud.rds.repaired = True
    evidence = read_evidence(cloud.table, (EAST, WEST), {EAST: "unknown", WEST: "primary"})
    plan = plan_repair(evidence)
    assert isinstance(plan, Repair) and (plan.to.holder, plan.to.state) == (WEST, "open")
    apply_repair(cloud.table, evidence, plan, cloud.clock)
    assert cloud.table.get(*KEY)["holder"] == WEST


def test_no_writes_after_the_opening_are_waited_for_and_then_said(cloud: Any) -> None:
    """Tasks cannot log in, or are not there: neither a beat nor a good write."""
    stage = failover_stage(cloud)
    silent, stage.observer._generate = stage.observer._generate, lambda _now: None
    cloud.clock.on_sleep.remove(silent)
    cloud.clock.on_sleep.remove(cloud.renewers.beat)
    cloud.clock.on_sleep.append(lambda _now: cloud.renewers.note_replica())
    stuck(stage, "verify")
    cloud.clock.on_sleep += [cloud.renewers.beat, silent]
    resumed(stage)


def test_the_promoted_instance_that_is_gone_is_restored_and_named_to_the_lease(cloud: Any) -> None:
    """Nothing is left to resume: what was restored under another name cannot be this operation's instance."""
    stage = failover_stage(cloud)
    name = stage.facts.database_instance
    cloud.rds.status = "failed"
    stuck(stage, "promote")
    stage.engine().unlock(stage.operation_id)
    cloud.rds.inner.instances[name] = instance(name, replica_of=None)  # from the replicated automated backup
    cloud.rds.repaired = True
    plan = plan_repair(read_evidence(cloud.table, (EAST, WEST), {EAST: "unknown", WEST: "primary"}))
    assert isinstance(plan, Repair) and plan.to.holder == WEST
