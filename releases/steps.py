"""The steps of releases, each for one region. They are told by facts; what they do may be repeated."""

from typing import TYPE_CHECKING, Final

from aws.autoscaling import Bounds
from estate import topology
from operations.concurrency import run_concurrently
from operations.step import Output, PointOfNoReturn, Refusal, Step, StepContext
from releases.ensure import (
    DRAIN_S,
    calls_in,
    ensure_no_revision,
    ensure_revision,
    ensure_weights,
    old_unhealthy,
    other_counts,
    same_weights,
    wait_for_counts,
)
from releases.model import ColourFacts, RegionFacts, ServiceFacts, other

if TYPE_CHECKING:
    from aws.session import Session

FULL: Final = 100


def register(region: RegionFacts) -> Step:
    """Register a revision of each family: the new image, and the colour that it will serve as."""

    def refuse(_context: StepContext) -> Refusal | None:
        for one in region.everything:
            if one.wanted < 1:
                return Refusal(
                    "nothing_wanted",
                    f"{one.name} in {region.region} is configured to run no tasks",
                    "set desired_count and failover_count to 1 or more",
                )
        return None

    def do(context: StepContext) -> Output:
        ecs = context.clients(region.region).ecs
        arns = run_concurrently(
            region.everything,
            lambda one: ensure_revision(
                ecs, one.family, one.container, region.image_uri, context.operation_id, COLOUR=one.new
            ),
        )
        return {one.name: arn for one, arn in zip(region.everything, arns, strict=True)}

    def undo(context: StepContext) -> None:
        ecs = context.clients(region.region).ecs
        run_concurrently(region.everything, lambda one: ensure_no_revision(ecs, one.family, context.operation_id))

    return Step(
        name="register",
        region=region.region,
        summary="register the new revisions",
        calls=calls_in(region, "ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"),
        estimate_s=0.5,
        refuse=refuse,
        do=do,
        undo=undo,
    )


def preview(region: RegionFacts) -> Step:
    """Route the preview header to the new colour of every service."""

    def do(context: StepContext) -> None:
        elbv2 = context.clients(region.region).elbv2
        run_concurrently(region.services, lambda one: ensure_weights(elbv2, _preview_rule(one), _to(one, one.new)))

    def undo(context: StepContext) -> None:
        elbv2 = context.clients(region.region).elbv2
        run_concurrently(region.services, lambda one: ensure_weights(elbv2, _preview_rule(one), one.preview_weights))

    return Step(
        name="preview",
        region=region.region,
        summary="route the preview header to the new version",
        calls=calls_in(region, "elasticloadbalancing:DescribeRules", "elasticloadbalancing:ModifyRule"),
        estimate_s=0.2,
        do=do,
        undo=undo,
    )


def scale(region: RegionFacts, *, revision_from: str | None) -> Step:
    """Bring the new colour to the count that is wanted, with the revision of step `revision_from` (None: its own).

    Until it serves alone autoscaling leaves it at least that: its CPU is idle before the switch.
    """

    def do(context: StepContext) -> Output:
        session = context.clients(region.region)
        revisions = context.outputs[f"{region.region}/{revision_from}"] if revision_from else {}

        def start(one: ServiceFacts) -> None:
            session.ecs.scale(region.cluster, one.target.ecs_service, one.wanted, revisions.get(one.name))
            session.autoscaling.set_bounds(region.cluster, one.target.ecs_service, _all_serving(one))

        run_concurrently(region.everything, start)
        return {"at": context.clock.now()}

    def undo(context: StepContext) -> None:
        session = context.clients(region.region)

        def stop(one: ServiceFacts) -> None:
            colour = one.target
            session.autoscaling.set_bounds(region.cluster, colour.ecs_service, _found(colour))
            session.ecs.scale(region.cluster, colour.ecs_service, colour.desired, colour.task_definition)

        run_concurrently(region.everything, stop)
        wait_for_counts(context, region, {one.target.ecs_service: one.target.desired for one in region.everything})

    counts = ", ".join(f"{one.name} {one.new} to {one.wanted}" for one in region.everything)
    return Step(
        name="scale",
        region=region.region,
        summary=f"scale {counts}",
        calls=calls_in(region, "ecs:UpdateService", "application-autoscaling:RegisterScalableTarget"),
        estimate_s=1.0,
        do=do,
        undo=undo,
    )


def switch(region: RegionFacts) -> Step:
    """Lead all production rules, and the one of `/traffic`, to the new colour of every service."""
    rules = [(service, rule) for service in region.services for rule in service.weights]

    def do(context: StepContext) -> None:
        elbv2 = context.clients(region.region).elbv2
        run_concurrently(rules, lambda pair: ensure_weights(elbv2, pair[1], _to(pair[0], pair[0].new)))

    def verify(context: StepContext) -> str | None:
        found = context.clients(region.region).elbv2.weights([rule for _, rule in rules])
        for service, rule in rules:
            if not same_weights(found[rule], _to(service, service.new)):
                return f"rule {rule} of {service.name} has {found[rule]}"
        return None

    def undo(context: StepContext) -> None:
        elbv2 = context.clients(region.region).elbv2
        run_concurrently(rules, lambda pair: ensure_weights(elbv2, pair[1], pair[0].weights[pair[1]]))

    return Step(
        name="switch",
        region=region.region,
        summary=f"switch {_pairs(region)}",
        calls=calls_in(region, "elasticloadbalancing:ModifyRule", "elasticloadbalancing:DescribeRules"),
        estimate_s=0.5,
        do=do,
        verify=verify,
        undo=undo,
    )


def _pairs(region: RegionFacts) -> str:
    """Return in words which services go from which colour to which."""
    by_pair: dict[tuple[str, str], list[str]] = {}
    for service in region.services:
        by_pair.setdefault((service.live or "nothing", service.new), []).append(service.name)
    return "; ".join(f"{', '.join(names)} from {old} to {new}" for (old, new), names in by_pair.items())


def promote(why: str) -> Step:
    """Decide: from here on the release only goes forward."""
    return Step(
        name="promote",
        summary="promote the new version",
        do=lambda context: {"promoted_at": context.clock.now()},
        undo=PointOfNoReturn(why),
    )


def retire(region: RegionFacts, *, ready_s: float) -> Step:
    """Route the preview header to the old colour, now idle, and scale it to 0; its tasks finish what they have. The new
    colour is autoscaling's from here on. The undo brings the old colour back, healthy, before traffic returns to it.
    """

    def do(context: StepContext) -> None:
        session = context.clients(region.region)
        run_concurrently(region.everything, lambda one: _end_old(session, region.cluster, one))

    def verify(context: StepContext) -> str | None:
        return other_counts(context, region, {one.previous.ecs_service: 0 for one in region.everything})

    def undo(context: StepContext) -> None:
        session = context.clients(region.region)
        run_concurrently(region.everything, lambda one: _bring_old_back(session, region.cluster, one))
        context.wait_for(
            lambda: old_unhealthy(context, region), deadline_s=ready_s, what=f"the old colour serves in {region.region}"
        )

    scaling = ("ecs:UpdateService", "ecs:DescribeServices", "application-autoscaling:RegisterScalableTarget")
    return Step(
        name="retire",
        region=region.region,
        summary="drain the old colour and scale it to 0",
        calls=calls_in(region, "elasticloadbalancing:ModifyRule", *scaling),
        estimate_s=3.0,
        do=do,
        verify=verify,
        deadline_s=DRAIN_S,
        undo=undo,
    )


def _end_old(session: "Session", cluster: str, one: ServiceFacts) -> None:
    if one.preview_rule is not None:
        ensure_weights(session.elbv2, one.preview_rule, _to(one, other(one.new)))
    session.autoscaling.set_bounds(cluster, one.previous.ecs_service, Bounds(0, 0))
    session.ecs.scale(cluster, one.previous.ecs_service, 0)
    session.autoscaling.set_bounds(cluster, one.target.ecs_service, Bounds(one.min_count, one.max_count))


def _bring_old_back(session: "Session", cluster: str, one: ServiceFacts) -> None:
    session.ecs.scale(cluster, one.previous.ecs_service, one.previous.desired)
    session.autoscaling.set_bounds(cluster, one.previous.ecs_service, _found(one.previous))
    session.autoscaling.set_bounds(cluster, one.target.ecs_service, _all_serving(one))
    if one.preview_rule is not None:
        ensure_weights(session.elbv2, one.preview_rule, _to(one, one.new))


def _all_serving(one: ServiceFacts) -> Bounds:
    """Return bounds within which autoscaling leaves the new colour all the tasks that are wanted."""
    return Bounds(one.wanted, max(one.wanted, one.max_count))


def _found(colour: ColourFacts) -> Bounds:
    """Return a colour's bounds as the release found them."""
    return Bounds(colour.min_count, colour.max_count)


def _to(service: ServiceFacts, colour: topology.Colour) -> dict[str, int]:
    full, empty = service.colour(colour).target_group, service.colour(other(colour)).target_group
    assert full is not None
    assert empty is not None
    return {full: FULL, empty: 0}


def _preview_rule(service: ServiceFacts) -> str:
    assert service.preview_rule is not None
    return service.preview_rule
