"""What was changed by hand is put back, or a refusal names the command that does."""

import pytest

from aws.errors import NotFound
from estate.errors import BreiqError
from operations.table import MemoryTable
from releases import repair
from releases.kinds import DEPLOY
from releases.repair import last_release
from tests.unit.operations.engine_kit import engine
from tests.unit.releases.stages import repair_stage, serving_cloud, stage


def test_weights_changed_by_hand_can_be_put_back_and_then_released_over() -> None:
    made = repair_stage()
    assert [(len(one.rules), len(one.counts)) for one in made.facts.regions.values()] == [(1, 0), (1, 0)]
    assert made.run().status == "done"
    made.finished()


def test_weights_are_not_led_to_a_colour_that_is_not_healthy() -> None:
    made = repair_stage()
    cloud = made.options["clients"].__self__
    before = cloud.snapshot()
    for region in cloud.regions.values():
        region.elbv2.targets = lambda _group: []
    outcome = made.run()
    assert (outcome.status, outcome.error.code, cloud.snapshot()) == ("undone", "deadline", before)


def test_a_colour_that_serves_and_runs_nothing_is_started_again() -> None:
    cloud = repair_stage().options["clients"].__self__
    name = next(name for name, one in cloud.regions["us-west-2"].ecs.services.items() if one.desired)
    cloud.regions["us-west-2"].ecs.services[name].desired = 0
    released, known = last_release(cloud.table, engine(cloud.table, DEPLOY).history())
    facts = repair.read_facts(cloud.clients, cloud.environment, known)
    assert [one.ecs_service for one in facts.regions["us-west-2"].counts] == [name]
    kind = repair.REPAIR
    run = engine(cloud.table, kind, clients=cloud.clients, clock=cloud.clock)
    assert run.run(kind, repair.Repair(release=released), facts, reason="r").status == "done"
    assert cloud.regions["us-west-2"].ecs.services[name].desired == 2


def test_tasks_that_somebody_took_out_of_their_target_group_are_replaced() -> None:
    cloud = repair_stage().options["clients"].__self__
    ecs = cloud.regions["us-west-2"].ecs
    released, known = last_release(cloud.table, engine(cloud.table, DEPLOY).history())
    name = next(one.target.ecs_service for one in known.regions["us-west-2"].services)
    ecs.unregistered[name] = ecs.services[name].desired
    facts = repair.read_facts(cloud.clients, cloud.environment, known)
    assert [(one.ecs_service, one.registered) for one in facts.regions["us-west-2"].targets] == [(name, 0)]
    run = engine(cloud.table, repair.REPAIR, clients=cloud.clients, clock=cloud.clock)
    assert run.run(repair.REPAIR, repair.Repair(release=released), facts, reason="r").status == "done"
    again = repair.read_facts(cloud.clients, cloud.environment, known)
    assert again.regions["us-west-2"].targets == []


def test_a_service_that_was_deleted_is_a_refusal_with_the_command_that_makes_it() -> None:
    cloud = serving_cloud()
    ecs = cloud.regions["us-west-2"].ecs

    def describe(cluster: str, names: list[str]) -> object:
        raise NotFound("not_found", "permanent", "x does not exist", call="ecs:DescribeServices", region="us-west-2")

    ecs.describe = describe  # type: ignore[method-assign]
    with pytest.raises(BreiqError) as refused:
        stage(DEPLOY, cloud, "v2")
    assert (refused.value.code, refused.value.exit_code) == ("estate_incomplete", 3)
    assert refused.value.remedy == "breiqctl estate up --stack local-us-west-2"


def test_without_a_release_nothing_says_where_rules_should_lead() -> None:
    with pytest.raises(BreiqError) as refused:
        last_release(MemoryTable(), [])
    assert (refused.value.code, refused.value.exit_code) == ("nothing_released", 3)
