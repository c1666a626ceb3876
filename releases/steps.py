"""The steps of releases, each for one region. They are told by facts; what they do may be repeated."""

from typing import Final

from estate import topology
from operations.step import Output, PointOfNoReturn, Refusal, Step, StepContext
from releases.ensure import (
    DRAIN_S,
    calls_in,
    ensure_no_revision,
    ensure_revision,
    ensure_task,
    ensure_weights,
    other_counts,
    same_weights,
    stop_tasks,
    unfinished,
    unhealthy,
    wait_for_counts,
)
from releases.model import RegionFacts, ReleaseFacts, ServiceFacts, other

FULL: Final = 100
SMOKE_REQUESTS: Final = 10
TASK_S: Final = 300.0


def register(region: RegionFacts) -> Step:
    """Register a revision of each service's family: the new image, and the colour that it will serve as."""

    def refuse(_context: StepContext) -> Refusal | None:
        for service in region.services:
            if service.wanted < 1:
                return Refusal(
                    "nothing_wanted",
                    f"{service.name} in {region.region} is configured to run no task",
                    "set desired_count and failover_count to 1 or more",
                )
        return None

    def do(context: StepContext) -> Output:
        ecs = context.clients(region.region).ecs
        return {
            service.name: ensure_revision(
                ecs, service.family, service.container, region.image_uri, context.operation_id, COLOUR=service.new
            )
            for service in region.services
        }

    def undo(context: StepContext) -> None:
        for service in region.services:
            ensure_no_revision(context.clients(region.region).ecs, service.family, context.operation_id)

    return Step(
        name="register",
        region=region.region,
        summary="register the new revision",
        calls=calls_in(region, "ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"),
        estimate_s=0.5,
        refuse=refuse,
        do=do,
        undo=undo,
    )


def preview(region: RegionFacts) -> Step:
    """Lead the preview header to the new colour."""

    def do(context: StepContext) -> None:
        for service in region.services:
            ensure_weights(context.clients(region.region).elbv2, service.preview_rule, _to(service, service.new))

    def undo(context: StepContext) -> None:
        for service in region.services:
            ensure_weights(context.clients(region.region).elbv2, service.preview_rule, service.preview_weights)

    return Step(
        name="preview",
        region=region.region,
        summary="lead the preview header to the idle colour",
        calls=calls_in(region, "elasticloadbalancing:DescribeRules", "elasticloadbalancing:ModifyRule"),
        estimate_s=0.2,
        do=do,
        undo=undo,
    )


def scale(region: RegionFacts, *, revision_from: str | None) -> Step:
    """Bring the new colour to the count that is wanted, with the revision of step `revision_from` (None: its own)."""

    def do(context: StepContext) -> None:
        ecs = context.clients(region.region).ecs
        revisions = context.outputs[f"{region.region}/{revision_from}"] if revision_from else {}
        for service in region.services:
            colour = service.colour(service.new)
            ecs.scale(region.cluster, colour.ecs_service, service.wanted, revisions.get(service.name))

    def undo(context: StepContext) -> None:
        ecs = context.clients(region.region).ecs
        for service in region.services:
            colour = service.colour(service.new)
            ecs.scale(region.cluster, colour.ecs_service, colour.desired, colour.task_definition)
        wait_for_counts(
            context, region, {s.colour(s.new).ecs_service: s.colour(s.new).desired for s in region.services}
        )

    counts = ", ".join(f"{service.name} {service.new} to {service.wanted}" for service in region.services)
    return Step(
        name="scale",
        region=region.region,
        summary=f"scale {counts}",
        calls=calls_in(region, "ecs:UpdateService"),
        estimate_s=1.0,
        do=do,
        undo=undo,
    )


def health(region: RegionFacts, *, ready_s: float) -> Step:
    """Wait until exactly the wanted number of targets of the new colour are healthy, and no other is registered."""

    def verify(context: StepContext) -> str | None:
        return unhealthy(context, region)

    return Step(
        name="health",
        region=region.region,
        summary="wait until all targets of the new colour are healthy",
        calls=calls_in(region, "ecs:DescribeServices", "elasticloadbalancing:DescribeTargetHealth"),
        estimate_s=8.0,
        verify=verify,
        deadline_s=ready_s,
    )


def smoke_task(region: RegionFacts) -> Step:
    """Ask the new colour from inside the region, by a one-off task: no public path leads to a standby."""

    def do(context: StepContext) -> Output:
        ecs = context.clients(region.region).ecs
        family = region.smoke_family
        revision = ensure_revision(ecs, family, None, region.image_uri, context.operation_id)
        return {"task": ensure_task(ecs, region, revision, f"{context.operation_id}/smoke")}

    def verify(context: StepContext) -> str | None:
        return unfinished(context, region, "smoke")

    def undo(context: StepContext) -> None:
        stop_tasks(context, region, "smoke")
        ensure_no_revision(context.clients(region.region).ecs, region.smoke_family, context.operation_id)

    return Step(
        name="smoke",
        region=region.region,
        summary="smoke-test the new colour by a task inside the region",
        calls=calls_in(region, "ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:DescribeTasks"),
        estimate_s=4.0,
        do=do,
        verify=verify,
        deadline_s=TASK_S,
        undo=undo,
    )


def smoke_public(facts: ReleaseFacts, region: RegionFacts) -> Step:
    """Ask the new colour through the public address, by the preview header."""

    def verify(context: StepContext) -> str | None:
        secret = context.clients(region.region).secretsmanager.value(facts.preview_secret)
        headers = {topology.PREVIEW_HEADER: secret.reveal()}
        for number in range(SMOKE_REQUESTS):
            path = "/api/health" if number % 2 == 0 else "/api/videos"
            answer = context.fetch(facts.site_url + path, headers=headers, ca_file=facts.ca_file, timeout_s=2.0)
            if answer.status != 200:
                return f"{path} answered {answer.status or answer.error}"
            seen = (answer.headers.get("x-region"), answer.headers.get("x-colour"))
            if seen != (region.region, region.services[0].new):
                return f"{path} was answered by {seen[1]} in {seen[0]}, not by the new colour"
        return None

    return Step(
        name="smoke",
        region=region.region,
        summary="smoke-test the new colour through the public address",
        calls=calls_in(region, "secretsmanager:GetSecretValue"),
        estimate_s=1.0,
        verify=verify,
        deadline_s=15.0,
    )


def switch(region: RegionFacts) -> Step:
    """Lead all production rules, and the one of `/traffic`, to the new colour."""

    def do(context: StepContext) -> None:
        elbv2 = context.clients(region.region).elbv2
        for service in region.services:
            for rule in service.weights:
                ensure_weights(elbv2, rule, _to(service, service.new))

    def verify(context: StepContext) -> str | None:
        elbv2 = context.clients(region.region).elbv2
        for service in region.services:
            for rule, weights in elbv2.weights(list(service.weights)).items():
                if not same_weights(weights, _to(service, service.new)):
                    return f"rule {rule} has {weights}"
        return None

    def undo(context: StepContext) -> None:
        elbv2 = context.clients(region.region).elbv2
        for service in region.services:
            for rule, weights in service.weights.items():
                ensure_weights(elbv2, rule, weights)

    pairs = ", ".join(
        f"{service.name} from {service.live or 'nothing'} to {service.new}" for service in region.services
    )
    return Step(
        name="switch",
        region=region.region,
        summary=f"switch {pairs}",
        calls=calls_in(region, "elasticloadbalancing:ModifyRule", "elasticloadbalancing:DescribeRules"),
        estimate_s=0.5,
        do=do,
        verify=verify,
        undo=undo,
    )


def promote(why: str) -> Step:
    """Decide: from here on the release only goes forward."""
    return Step(
        name="promote",
        summary="promote the new version",
        do=lambda context: {"promoted_at": context.clock.now()},
        undo=PointOfNoReturn(why),
    )


def retire(region: RegionFacts) -> Step:
    """Lead the preview header to the old colour, now idle, and scale it to 0; its tasks finish what they have."""

    def do(context: StepContext) -> None:
        session = context.clients(region.region)
        for service in region.services:
            ensure_weights(session.elbv2, service.preview_rule, _to(service, other(service.new)))
            session.ecs.scale(region.cluster, service.colour(other(service.new)).ecs_service, 0)

    def verify(context: StepContext) -> str | None:
        names = {service.colour(other(service.new)).ecs_service: 0 for service in region.services}
        return other_counts(context, region, names)

    return Step(
        name="retire",
        region=region.region,
        summary="drain the old colour and scale it to 0",
        calls=calls_in(region, "elasticloadbalancing:ModifyRule", "ecs:UpdateService", "ecs:DescribeServices"),
        estimate_s=3.0,
        do=do,
        verify=verify,
        deadline_s=DRAIN_S,
    )


def migrate(region: RegionFacts) -> Step:
    """Run the migrations of the new image as a one-off task where the database is primary. They are never undone: each
    keeps the version before it working.
    """

    def do(context: StepContext) -> Output:
        ecs = context.clients(region.region).ecs
        revision = ensure_revision(ecs, region.migrate_family, None, region.image_uri, context.operation_id)
        return {"task": ensure_task(ecs, region, revision, f"{context.operation_id}/migrate")}

    def verify(context: StepContext) -> str | None:
        return unfinished(context, region, "migrate")

    def undo(context: StepContext) -> None:
        stop_tasks(context, region, "migrate")
        ensure_no_revision(context.clients(region.region).ecs, region.migrate_family, context.operation_id)

    return Step(
        name="migrate",
        region=region.region,
        summary="run the migrations of the new image",
        calls=calls_in(region, "ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:DescribeTasks"),
        estimate_s=5.0,
        do=do,
        verify=verify,
        deadline_s=TASK_S,
        undo=undo,
    )


def _to(service: ServiceFacts, colour: topology.Colour) -> dict[str, int]:
    return {service.colour(colour).target_group: FULL, service.colour(other(colour)).target_group: 0}
