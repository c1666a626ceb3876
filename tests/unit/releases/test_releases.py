"""Releases on a fake cloud: good versions are promoted, bad ones never, and refusals come before anything is touched."""

import msgspec
import pytest

from aws.ecs import Task
from breiqctl.commands.release import why_not_back_to
from estate.errors import BreiqError
from operations.outcome import Outcome
from releases.document import release_document
from releases.facts import read_facts, resolve_image
from releases.kinds import DEPLOY
from tests.unit.fakes.cloud import FakeCloud
from tests.unit.operations.engine_kit import PLACE
from tests.unit.releases.stages import fresh_cloud, rollback_stage, serving_cloud, stage

BLUE_V1 = {"us-east-1": ("blue", "sha256:1111"), "us-west-2": ("blue", "sha256:1111")}


def serving(cloud: FakeCloud) -> dict[str, tuple[str, str]]:
    return {region: cloud.serving(region) for region in cloud.environment.regions}


def deploy(cloud: FakeCloud, image: str = "v2") -> tuple[Outcome, dict]:
    made = stage(DEPLOY, cloud, image)
    outcome = made.run()
    return outcome, release_document(outcome, made.observer.samples(), PLACE)


def test_a_good_version_is_promoted_standby_first() -> None:
    cloud = serving_cloud()
    outcome, document = deploy(cloud)
    assert document["verdict"] == "promoted"
    assert (document["from_image"], document["to_image"]) == ("v1@sha256:1111", "v2@sha256:2222")
    assert serving(cloud) == dict.fromkeys(cloud.environment.regions, ("green", "sha256:2222"))
    switched = [step["region"] for step in document["steps"] if step["name"] == "switch"]
    assert switched == ["us-west-2", "us-east-1"]
    assert document["regions"]["us-east-1"]["promoted_at"] is not None
    assert document["rollback_s"] is None
    assert document["requests"]["failed"] == 0
    assert outcome.exit_code == 0


def test_the_new_revision_differs_in_image_and_colour_alone() -> None:
    cloud = serving_cloud()
    deploy(cloud)
    ecs = cloud.regions["us-east-1"].ecs
    revision = ecs.task_definition("video").document["containerDefinitions"][0]
    assert revision["environment"] == [{"name": "PORT", "value": "8000"}, {"name": "COLOUR", "value": "green"}]
    assert revision["image"].endswith("@sha256:2222")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("never_ready", "deadline"),
        ("failing_tasks", "smoke_failed"),
        ("failing", "bad_version"),
        ("slow", "bad_version"),
    ],
)
def test_a_bad_version_is_never_promoted_and_leaves_nothing(fault: str, code: str) -> None:
    cloud = serving_cloud()
    getattr(cloud, fault).add("sha256:2222")
    before = cloud.snapshot()
    outcome, document = deploy(cloud)
    assert (document["verdict"], outcome.exit_code) == ("rolled_back", 1)
    assert outcome.error is not None
    assert outcome.error.code == code
    assert serving(cloud) == BLUE_V1
    assert cloud.snapshot() == before
    assert all(region["promoted_at"] is None for region in document["regions"].values())
    assert document["rollback_s"] is not None
    assert document["rollback_s"] < 30


def test_a_version_that_nobody_watched_is_rolled_back() -> None:
    made = stage(DEPLOY, serving_cloud(), "v2")
    made.observer.cloud.clock.on_sleep.clear()
    outcome = made.run()
    assert (outcome.status, outcome.error.code) == ("undone", "deadline")


def test_without_a_prober_nothing_is_switched_in_the_primary() -> None:
    made = stage(DEPLOY, serving_cloud(), "v2")
    made.observer = None
    outcome = made.run()
    assert outcome.error.code == "no_prober"
    assert outcome.status == "undone"


def test_a_rollback_leads_back_primary_first() -> None:
    made = rollback_stage()
    outcome = made.run()
    document = release_document(outcome, [], PLACE)
    assert (document["schema"], document["verdict"]) == ("breiq.rollback/1", "done")
    assert [s["region"] for s in document["steps"] if s["name"] == "switch"] == ["us-east-1", "us-west-2"]


def test_an_unknown_image_is_refused_with_the_known_tags() -> None:
    cloud = serving_cloud()
    with pytest.raises(BreiqError) as refused:
        resolve_image(cloud.clients, cloud.environment, "v9")
    assert (refused.value.code, refused.value.exit_code) == ("unknown_image", 3)
    assert "v1, v2, v3" in (refused.value.cause or "")


def test_an_image_that_a_region_cannot_pull_is_refused() -> None:
    cloud = serving_cloud()
    cloud.image_problem = "it is not made for linux/amd64"
    with pytest.raises(BreiqError) as error:
        resolve_image(cloud.clients, cloud.environment, "v1")
    assert (error.value.code, error.value.exit_code) == ("unusable_image", 3)


@pytest.mark.parametrize("image", ["v2", "sha256:2222", "breiq-local/app:v2", "repo/app@sha256:2222"])
def test_an_image_is_a_tag_or_a_digest(image: str) -> None:
    cloud = serving_cloud()
    assert resolve_image(cloud.clients, cloud.environment, image)[0] == "sha256:2222"


def test_a_region_that_does_not_answer_refuses() -> None:
    cloud = serving_cloud()
    cloud.lost.add("us-west-2")
    with pytest.raises(BreiqError) as refused:
        stage(DEPLOY, cloud, "v2")
    assert (refused.value.code, refused.value.exit_code) == ("region_unreachable", 3)


def test_rules_that_disagree_refuse() -> None:
    cloud = serving_cloud()
    elbv2 = cloud.regions["us-east-1"].elbv2
    elbv2.rules["us-east-1/gateway/traffic"] = dict(elbv2.rules["us-east-1/gateway/preview"])
    with pytest.raises(BreiqError) as refused:
        stage(DEPLOY, cloud, "v2")
    assert refused.value.code == "weights_disagree"
    assert "breiqctl release repair" in (refused.value.remedy or "")


def test_the_lease_says_who_is_primary_not_the_configuration() -> None:
    cloud = serving_cloud()
    cloud.table.update("writer", "lease", {"holder": "us-west-2", "epoch": 2})
    facts = read_facts(
        cloud.clients, cloud.table, cloud.environment, digest="sha256:2222", tags={}, site_url="https://x", ca_file=None
    )
    assert (facts.primary, facts.standby) == ("us-west-2", "us-east-1")


def test_a_live_count_above_the_configured_one_is_kept() -> None:
    cloud = serving_cloud()
    name = stage(DEPLOY, cloud, "v2").facts.regions["us-east-1"].services[0].blue.ecs_service
    cloud.regions["us-east-1"].ecs.services[name].desired = 5
    facts = stage(DEPLOY, cloud, "v2").facts
    assert [facts.regions[r].services[0].wanted for r in ("us-east-1", "us-west-2")] == [5, 2]


def test_a_fresh_estate_has_nothing_live() -> None:
    facts = stage(DEPLOY, fresh_cloud(), "v1").facts
    assert facts.nothing_live
    assert not facts.lease
    assert facts.regions["us-east-1"].services[0].new == "blue"


def test_a_busy_moment_is_looked_at_again() -> None:
    cloud = serving_cloud()
    made = stage(DEPLOY, cloud, "v2")
    begun = cloud.clock.now()

    def busy_moment(now: float) -> None:
        for number, one in enumerate(made.observer.seen):
            if one.colour == "green" and number % 10 < 2 and now - begun < 11:
                made.observer.seen[number] = msgspec.structs.replace(one, latency_ms=300.0)

    cloud.clock.on_sleep.append(busy_moment)
    outcome = made.run()
    assert outcome.status == "done"
    assert cloud.clock.now() - begun > 20


def test_a_rollback_does_not_aim_at_what_never_served() -> None:
    made = rollback_stage()
    service = made.facts.regions["us-east-1"].services[0]
    assert why_not_back_to(made.table, service) is None or service.target.released_by is None
    by_hand = msgspec.structs.replace(service.target, released_by="op-x", image="repo@sha256:9999")
    kept = msgspec.structs.replace(service, **{service.new: by_hand})
    for status, good in (("done", True), ("undone", False), ("superseded", False), ("stuck", False)):
        made.table.update(
            "operation#op-x",
            "journal",
            {"kind": "deploy", "status": status, "owner": "a", "token": 1, "seq": 1, "plan": "{}", "begun_at": 1.0},
        )
        problem = why_not_back_to(made.table, kept)
        assert (problem is None) == good, status


def test_a_version_that_fails_only_after_its_bake_is_rolled_back() -> None:
    """Its errors begin when the old colour is being retired: nobody may stop looking before it is gone."""
    cloud = serving_cloud()
    made = stage(DEPLOY, cloud, "v2")
    before = cloud.snapshot()
    plain = cloud.regions["us-east-1"].ecs.scale

    def scale(cluster: str, name: str, desired: int, task_definition: str | None = None) -> None:
        plain(cluster, name, desired, task_definition)
        if desired == 0 and name.endswith("blue"):
            cloud.failing.add("sha256:2222")

    cloud.regions["us-east-1"].ecs.scale = scale  # type: ignore[method-assign]
    outcome = made.run()
    assert outcome.status == "undone"
    assert outcome.error.code in {"bad_version", "users_hurt"}
    assert serving(cloud) == BLUE_V1
    assert cloud.snapshot() == before


def test_a_step_that_hurts_users_is_undone_at_once() -> None:
    """The version that serves fails while the new one is prepared: a migration that holds a lock."""
    cloud = serving_cloud()
    made = stage(DEPLOY, cloud, "v2", migrate=True)
    ecs = cloud.regions["us-east-1"].ecs
    plain = ecs.run_task

    def run_task(cluster: str, task_definition: str, **more: object) -> str:
        cloud.failing.add("sha256:1111")
        return plain(cluster, task_definition, **more)

    ecs.run_task = run_task  # type: ignore[method-assign]
    ecs.task = lambda cluster, arn: Task(arn, "RUNNING", None, "")  # type: ignore[method-assign]
    outcome = made.run()
    assert (outcome.status, outcome.error.code) == ("undone", "users_hurt")
    assert "migrate" in outcome.error.message


def test_a_bad_version_is_no_measure_unless_that_is_accepted() -> None:
    cloud = serving_cloud()
    cloud.failing.add("sha256:1111")
    outcome = stage(DEPLOY, cloud, "v2").run()
    assert (outcome.status, outcome.error.code) == ("undone", "bad_baseline")
    assert "--bad-traffic-accepted" in outcome.error.remedy


def test_a_version_that_fails_every_request_can_be_released_over_when_that_is_accepted() -> None:
    cloud = serving_cloud()
    cloud.failing.add("sha256:1111")
    made = stage(DEPLOY, cloud, "v2", bad_traffic_accepted=True)
    outcome = made.run()
    assert (outcome.status, outcome.error) == ("done", None), outcome.error.cause
    made.finished()


@pytest.mark.parametrize("accepted", [False, True])
def test_a_service_that_was_told_to_run_nothing_is_repaired_first_unless_that_is_accepted(accepted: bool) -> None:
    cloud = serving_cloud()
    ecs = cloud.regions["us-east-1"].ecs
    name = stage(DEPLOY, cloud, "v2").facts.regions["us-east-1"].services[1].blue.ecs_service
    ecs.services[name].desired = 0
    made = stage(DEPLOY, cloud, "v2", bad_traffic_accepted=accepted)
    before = cloud.snapshot()
    outcome = made.run()
    if accepted:
        assert outcome.status == "done"
        return
    assert (outcome.status, outcome.error.code, outcome.exit_code) == ("refused", "service_idle", 3)
    assert "breiqctl release repair" in outcome.error.remedy
    assert cloud.snapshot() == before
