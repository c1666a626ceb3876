"""Failover: the primary is lost; the service moves to the recovery region and says how much it may lose.

    gates → scale → take lease ── reads move → wait → lag again → promote ═ no return ═> open lease → verify → watch
               ↑ undo: count back  ↑ undo: lease back, higher epoch

Only the recovery region's control planes are asked. The old region can acknowledge nothing after its lease ended; what
it had in flight is bounded by the transaction limit. Both have passed before the promotion (docs/design.md#the-wait).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from aws.errors import Denied
from dr.facts import FailoverFacts, FailoverParams
from dr.failover_report import failover_report
from dr.result import failover_document
from dr.steps import checks, takeover
from dr.steps.common import table_once
from dr.steps.scale import scale
from operations.kind import Kind, Watching
from operations.step import Step

if TYPE_CHECKING:
    from aws.session import Session


def plan(params: FailoverParams, facts: FailoverFacts) -> list[Step]:
    """Return the steps of a failover to `facts.to_region`."""
    table = table_once(facts)
    return [
        checks.gates(params, facts, table),
        scale(facts),
        takeover.take_lease(facts, table),
        takeover.wait(facts),
        checks.lag_again(params, facts, table),
        takeover.promote(facts, table),
        takeover.open_lease(facts, table),
        checks.verify(facts, table),
        checks.watch(facts),
    ]


def only(region: str, clients: "Callable[[str], Session]") -> "Callable[[str], Session]":
    """Return `clients` for one region; asking it for another one raises Denied `foreign_region`."""

    def restricted(asked: str) -> "Session":
        if asked != region:
            raise Denied(
                "foreign_region",
                "permanent",
                f"a failover to {region} does not call AWS APIs in {asked}",
                call="any",
                region=asked,
            )
        return clients(asked)

    return restricted


FAILOVER: Final = Kind(
    name="failover",
    params=FailoverParams,
    facts=FailoverFacts,
    plan=plan,
    emergency=True,
    watching=Watching(),
    document=failover_document,
    report=failover_report,
)
