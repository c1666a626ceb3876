"""Puts back what somebody changed by hand: the colour of the last release runs, and all listener rules lead to it.

each region: tasks ↑ undo: none again → new tasks for those without a target → the right colour is healthy
             → weights back ↑ undo: as they were found
"""

from typing import TYPE_CHECKING, Final

import msgspec

from estate.config import Environment
from estate.errors import BreiqError
from estate.topology import Colour
from operations.concurrency import run_concurrently
from operations.journal import read_header
from operations.kind import Kind
from operations.manifest import complete_estate, read_manifest
from operations.step import Step, StepContext
from operations.table import Table
from releases.ensure import ensure_weights, same_weights
from releases.facts import Clients
from releases.model import RegionFacts, ReleaseFacts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws.ecs import Service
    from aws.session import Session
    from estate.manifest import ServiceManifest
    from operations.outcome import Summary

HEALTHY_S: Final = 30.0
"""How long a colour may take to be healthy before traffic is led to it."""

RELEASES: Final = ("deploy", "rollback", "first-release")
"""The kinds of operations after which all rules lead to one colour that they know."""


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked: to lead all rules to the colours that `release` (an operation's id) ended with."""

    release: str


class RuleFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that leads elsewhere: what it was found with, and what it should have. Target group ARN → weight."""

    rule: str
    service: str
    colour: Colour
    target_group: str
    found: dict[str, int]
    wanted: dict[str, int]


class CountFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An ECS service that should serve, or work, and is told to run no task; `wanted` is what its region configures."""

    ecs_service: str
    wanted: int


class TargetFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An ECS service that runs more tasks than the load balancer knows: `registered` of `running`."""

    ecs_service: str
    target_group: str
    registered: int
    running: int


class RegionRepair(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be put back in a region: rules that lead elsewhere, idle colours, tasks without a target."""

    cluster: str
    rules: list[RuleFacts]
    counts: list[CountFacts]
    targets: list[TargetFacts] = []


class RepairFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be put back, by region."""

    regions: dict[str, RegionRepair]


def last_release(table: Table, history: "Sequence[Summary]") -> tuple[str, ReleaseFacts]:
    """Return the last release that ended well, and what it knew. Raises BreiqError `nothing_released` (refused)."""
    for one in history:
        header = read_header(table, one.operation_id) if one.kind in RELEASES and one.status == "done" else None
        if header is not None and header.plan:
            return one.operation_id, msgspec.convert(header.plan["facts"], ReleaseFacts)
    raise BreiqError(
        "nothing_released",
        "refused",
        "no release has succeeded here: the correct target of the rules is unknown",
        remedy="breiqctl release list shows what was tried",
    )


def read_facts(clients: Clients, environment: Environment, released: ReleaseFacts) -> RepairFacts:
    """Return what is no longer as the last release left it. Writes nothing."""
    return RepairFacts(regions={name: _region(clients, environment, released, name) for name in released.regions})


def _region(clients: Clients, environment: Environment, released: ReleaseFacts, name: str) -> RegionRepair:
    session, before = clients(name), released.regions[name]
    manifest = read_manifest(environment, session).region
    with complete_estate(environment, name):
        running = session.ecs.describe(manifest.cluster, [one.target.ecs_service for one in before.everything])
        rules = _astray(session, manifest.services, before)
        targets = _unknown_tasks(session, manifest.services, before, running)
    counts = [
        CountFacts(ecs_service=one.target.ecs_service, wanted=one.wanted)
        for one in before.everything
        if running[one.target.ecs_service].desired == 0
    ]
    return RegionRepair(cluster=manifest.cluster, rules=rules, counts=counts, targets=targets)


def _unknown_tasks(
    session: "Session",
    services: "Mapping[str, ServiceManifest]",
    released: RegionFacts,
    running: "Mapping[str, Service]",
) -> list[TargetFacts]:
    """Return the services that are steady, and of whose tasks some were taken out of the target group by hand."""
    found = []
    for before in released.services:
        if before.name not in services:
            continue
        group = getattr(services[before.name], before.new).target_group_arn
        service = running[before.target.ecs_service]
        targets = [one for one in session.elbv2.targets(group) if one.state != "draining"]
        if service.running == service.desired > len(targets):
            found.append(
                TargetFacts(
                    ecs_service=service.name, target_group=group, registered=len(targets), running=service.running
                )
            )
    return found


def _astray(session: "Session", services: "Mapping[str, ServiceManifest]", released: RegionFacts) -> list[RuleFacts]:
    found = []
    for before in released.services:
        service = services.get(before.name)
        if service is None:
            continue
        groups = {"blue": service.blue.target_group_arn, "green": service.green.target_group_arn}
        right = groups[before.new]
        for rule, weights in session.elbv2.weights(service.rule_arns).items():
            wanted = {group: 100 if group == right else 0 for group in groups.values()}
            if not same_weights(weights, wanted):
                found.append(
                    RuleFacts(
                        rule=rule,
                        service=before.name,
                        colour=before.new,
                        target_group=right,
                        found=dict(weights),
                        wanted=wanted,
                    )
                )
    return found


def plan(repair: Repair, facts: RepairFacts) -> list[Step]:
    """Return the steps of each region that has something to be put back: tasks first, then the traffic."""
    steps = []
    for region, found in facts.regions.items():
        steps += [_start(region, found)] if found.counts else []
        steps += [_replace_tasks(region, found)] if found.targets else []
        steps += [_put_back(region, found.rules, repair)] if found.rules else []
    return steps


def _start(region: str, found: RegionRepair) -> Step:
    def do(context: StepContext) -> None:
        ecs = context.clients(region).ecs
        run_concurrently(found.counts, lambda one: ecs.scale(found.cluster, one.ecs_service, one.wanted))

    def verify(context: StepContext) -> str | None:
        running = context.clients(region).ecs.describe(found.cluster, [one.ecs_service for one in found.counts])
        behind = [one for one in found.counts if running[one.ecs_service].running < one.wanted]
        return f"{behind[0].ecs_service} runs {running[behind[0].ecs_service].running} tasks" if behind else None

    def undo(context: StepContext) -> None:
        ecs = context.clients(region).ecs
        run_concurrently(found.counts, lambda one: ecs.scale(found.cluster, one.ecs_service, 0))

    return Step(
        name="start",
        region=region,
        summary=f"run {', '.join(f'{one.wanted} of {one.ecs_service}' for one in found.counts)}",
        calls=tuple(f"ecs:{call}@{region}" for call in ("UpdateService", "DescribeServices")),
        estimate_s=10.0,
        do=do,
        verify=verify,
        deadline_s=120.0,
        undo=undo,
    )


def _replace_tasks(region: str, found: RegionRepair) -> Step:
    def do(context: StepContext) -> None:
        ecs = context.clients(region).ecs
        run_concurrently(found.targets, lambda one: ecs.redeploy(found.cluster, one.ecs_service))

    def verify(context: StepContext) -> str | None:
        for one in found.targets:
            healthy = sum(
                target.state == "healthy" for target in context.clients(region).elbv2.targets(one.target_group)
            )
            if healthy < one.running:
                return f"{one.ecs_service} has {healthy} of {one.running} healthy targets"
        return None

    return Step(
        name="replace tasks",
        region=region,
        summary="replace the tasks that the load balancer does not know: "
        + ", ".join(f"{one.ecs_service} ({one.registered} of {one.running} registered)" for one in found.targets),
        calls=tuple(f"{call}@{region}" for call in ("ecs:UpdateService", "elasticloadbalancing:DescribeTargetHealth")),
        estimate_s=20.0,
        do=do,
        verify=verify,
        deadline_s=180.0,
        undo=lambda _context: None,
    )


def _put_back(region: str, rules: list[RuleFacts], repair: Repair) -> Step:
    def unhealthy(context: StepContext) -> str | None:
        for one in rules:
            targets = context.clients(region).elbv2.targets(one.target_group)
            if not any(target.state == "healthy" for target in targets):
                return f"{one.service} {one.colour} in {region} has no healthy target: no traffic is led there"
        return None

    def do(context: StepContext) -> None:
        elbv2 = context.clients(region).elbv2
        context.wait_for(lambda: unhealthy(context), deadline_s=HEALTHY_S, what="the right colour is healthy")
        run_concurrently(rules, lambda one: ensure_weights(elbv2, one.rule, one.wanted))

    def verify(context: StepContext) -> str | None:
        now = context.clients(region).elbv2.weights([one.rule for one in rules])
        astray = [one.rule for one in rules if not same_weights(now[one.rule], one.wanted)]
        return f"rule {astray[0]} has {now[astray[0]]}" if astray else None

    def undo(context: StepContext) -> None:
        elbv2 = context.clients(region).elbv2
        run_concurrently(rules, lambda one: ensure_weights(elbv2, one.rule, one.found))

    names = ", ".join(sorted({f"{one.service} to {one.colour}" for one in rules}))
    return Step(
        name="put back",
        region=region,
        summary=f"point {names} to the colour that {repair.release} released",
        calls=tuple(f"elasticloadbalancing:{call}@{region}" for call in ("DescribeRules", "ModifyRule")),
        estimate_s=0.5,
        do=do,
        verify=verify,
        undo=undo,
    )


REPAIR: Final = Kind(name="repair", params=Repair, facts=RepairFacts, plan=plan)
