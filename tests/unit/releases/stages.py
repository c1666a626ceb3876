"""Stages of releases: a fake cloud, facts read from it, and what it must look like afterwards."""

from typing import Any

from aws.autoscaling import Bounds
from operations.engine import Engine
from operations.kind import Kind
from releases import repair
from releases.facts import read_facts, resolve_image
from releases.kinds import DEPLOY, FIRST, ROLLBACK
from releases.model import Release
from releases.repair import last_release
from tests.unit.fakes.cloud import COUNT, MOST, FakeCloud, FakeTraffic, local_environment
from tests.unit.operations.engine_kit import FakeClock
from tests.unit.operations.saga_kit import Stage


def stage(kind: Kind[Any, Any], cloud: FakeCloud, image: str, **more: Any) -> Stage:
    digest, tags = resolve_image(cloud.clients, cloud.environment, image)
    facts = read_facts(
        cloud.clients,
        cloud.table,
        cloud.environment,
        digest=digest,
        tags=tags,
        site_url="https://local.breiq.test",
        ca_file=None,
    )

    def finished() -> None:
        for region, found in facts.regions.items():
            ecs, elbv2 = cloud.regions[region].ecs, cloud.regions[region].elbv2
            bounds = cloud.regions[region].autoscaling.known
            for one in found.everything:
                assert (
                    ecs.services[one.target.ecs_service].desired,
                    ecs.services[one.previous.ecs_service].desired,
                ) == (
                    2,
                    0,
                )
                assert bounds[one.previous.ecs_service] == Bounds(0, 0)
                assert bounds[one.target.ecs_service] == Bounds(COUNT, MOST)
            for one in found.services:
                assert cloud.serving(region, one.name) == (one.new, digest)
                preview = elbv2.rules[f"{region}/{one.name}/preview"]
                assert not preview[f"tg/{one.target.ecs_service}"], "the preview leads to the idle colour"
            assert {one.new for one in found.workers} == {cloud.working(region)}
        assert cloud.table.get("writer", "lease") is not None

    return Stage(
        kind=kind,
        params=Release(image=image, digest=digest, bake_s=10, ready_s=5, **more),
        facts=facts,
        table=cloud.table,
        options={"clients": cloud.clients, "clock": cloud.clock, "fetch": cloud.fetch},
        observer=FakeTraffic(cloud) if kind is DEPLOY else None,
        snapshot=cloud.snapshot,
        finished=finished,
        cloud=cloud,
    )


def fresh_cloud() -> FakeCloud:
    return FakeCloud(local_environment(), FakeClock())


def serving_cloud() -> FakeCloud:
    cloud = fresh_cloud()
    cloud.release_by_hand("v1")
    return cloud


def deploy_stage() -> Stage:
    return stage(DEPLOY, serving_cloud(), "v2", migrate=True)


def first_stage() -> Stage:
    return stage(FIRST, fresh_cloud(), "v1")


def rollback_stage() -> Stage:
    cloud = serving_cloud()
    ahead = stage(DEPLOY, cloud, "v2")
    ahead.operation_id = "op-20261123-0000"
    assert ahead.run().status == "done"
    cloud.clock.on_sleep[:] = [cloud.beat]
    return stage(ROLLBACK, cloud, "v1")


def repair_stage() -> Stage:
    """A release, after which somebody led one rule of each region elsewhere by hand."""
    cloud = serving_cloud()
    ahead = stage(DEPLOY, cloud, "v2")
    ahead.operation_id = "op-20261123-0000"
    assert ahead.run().status == "done"
    cloud.clock.on_sleep[:] = [cloud.beat]
    for region, session in cloud.regions.items():
        session.elbv2.rules[f"{region}/gateway/production"] = {"tg/elsewhere": 100}
    return repair_of(cloud, ahead.engine())


def repair_of(cloud: FakeCloud, engine: Engine) -> Stage:
    """Return the stage of what leads a cloud's rules back to where its last release had led them."""
    released, known = last_release(cloud.table, engine.history())
    facts = repair.read_facts(cloud.clients, cloud.environment, known)

    def finished() -> None:
        for region in cloud.regions:
            assert cloud.serving(region) == ("green", "sha256:2222")
        left = repair.read_facts(cloud.clients, cloud.environment, known).regions.values()
        assert not any(one.rules or one.counts for one in left)

    return Stage(
        kind=repair.REPAIR,
        params=repair.Repair(release=released),
        facts=facts,
        table=cloud.table,
        options={"clients": cloud.clients, "clock": cloud.clock, "fetch": cloud.fetch},
        observer=None,
        snapshot=cloud.snapshot,
        finished=finished,
        cloud=cloud,
    )
