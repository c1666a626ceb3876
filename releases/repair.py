"""Puts listener rules back that somebody changed by hand: all lead to the colour of the last release again.

each region: the right colour is healthy → weights back ↑ undo: as they were found
"""

from typing import TYPE_CHECKING, Final

import msgspec

from estate.config import Environment
from estate.errors import BreiqError
from estate.topology import Colour
from operations.engine import Kind
from operations.journal import read_header
from operations.manifest import read_manifest
from operations.step import Refusal, Step, StepContext
from operations.table import Table
from operations.together import together
from releases.ensure import ensure_weights, same_weights
from releases.facts import Clients
from releases.model import ReleaseFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.outcome import Summary

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


class RepairFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that lead elsewhere, by region."""

    regions: dict[str, list[RuleFacts]]


def last_release(table: Table, history: "Sequence[Summary]") -> tuple[str, ReleaseFacts]:
    """Return the last release that ended well, and what it knew. Raises BreiqError `nothing_released` (refused)."""
    for one in history:
        header = read_header(table, one.operation_id) if one.kind in RELEASES and one.status == "done" else None
        if header is not None:
            return one.operation_id, msgspec.convert(header.plan["facts"], ReleaseFacts)
    raise BreiqError(
        "nothing_released",
        "refused",
        "no release has ended well here: nothing says where the rules should lead",
        remedy="breiqctl release list shows what was tried",
    )


def read_facts(clients: Clients, environment: Environment, released: ReleaseFacts) -> RepairFacts:
    """Return the rules that lead elsewhere than the last release left them. Writes nothing."""
    return RepairFacts(regions={name: _astray(clients, environment, released, name) for name in released.regions})


def _astray(clients: Clients, environment: Environment, released: ReleaseFacts, region: str) -> list[RuleFacts]:
    session = clients(region)
    services = read_manifest(environment, session).region.services
    found = []
    for before in released.regions[region].services:
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
    """Return the steps, one a region that has a rule to be put back."""
    return [_put_back(region, rules, repair) for region, rules in facts.regions.items() if rules]


def _put_back(region: str, rules: list[RuleFacts], repair: Repair) -> Step:
    def refuse(context: StepContext) -> Refusal | None:
        for one in rules:
            targets = context.clients(region).elbv2.targets(one.target_group)
            if not any(target.state == "healthy" for target in targets):
                return Refusal(
                    "colour_not_healthy",
                    f"{one.service} {one.colour} in {region} has no healthy target: traffic must not be led there",
                    "breiqctl deploy --blue-green IMAGE --bad-traffic-accepted, once the weights lead to one colour",
                )
        return None

    def do(context: StepContext) -> None:
        elbv2 = context.clients(region).elbv2
        together(rules, lambda one: ensure_weights(elbv2, one.rule, one.wanted))

    def verify(context: StepContext) -> str | None:
        now = context.clients(region).elbv2.weights([one.rule for one in rules])
        astray = [one.rule for one in rules if not same_weights(now[one.rule], one.wanted)]
        return f"rule {astray[0]} has {now[astray[0]]}" if astray else None

    def undo(context: StepContext) -> None:
        elbv2 = context.clients(region).elbv2
        together(rules, lambda one: ensure_weights(elbv2, one.rule, one.found))

    names = ", ".join(sorted({f"{one.service} to {one.colour}" for one in rules}))
    return Step(
        name="put back",
        region=region,
        summary=f"lead {names}, as {repair.release} left it",
        calls=tuple(f"elasticloadbalancing:{call}@{region}" for call in ("DescribeRules", "ModifyRule")),
        estimate_s=0.5,
        refuse=refuse,
        do=do,
        verify=verify,
        undo=undo,
    )


REPAIR: Final = Kind(name="repair", params=Repair, facts=RepairFacts, plan=plan)
