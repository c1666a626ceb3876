"""The steps of a failover that make the recovery region the writer: lease, wait, promotion."""

from typing import Any, Final

from dr.facts import FailoverFacts
from dr.lease import Lease, give_back, set_state, take
from dr.steps.common import TableOf, author, calls
from operations.step import PointOfNoReturn, Step, StepContext

PROMOTION_DEADLINE_S: Final = 1800.0
"""RDS takes minutes, with a reboot. Source: Amazon RDS User Guide, "Promoting a read replica"."""


def take_lease(facts: FailoverFacts, table: TableOf) -> Step:
    """Give the writer lease to the recovery region, closed for writes; reads move there."""

    def do(ctx: StepContext) -> dict[str, Any]:
        lease = take(table(ctx), facts.lease, facts.to_region, author(ctx))
        return {"epoch": lease.epoch, "holder": lease.holder, "traffic_region": lease.traffic_region}

    def undo(ctx: StepContext) -> None:
        give_back(table(ctx), facts.lease, facts.to_region, author(ctx))

    return Step(
        name="take lease",
        region=facts.to_region,
        summary=f"give the writer lease to {facts.to_region} (epoch {facts.lease.epoch + 1}); reads move there",
        calls=calls(facts, "dynamodb:UpdateItem"),
        do=do,
        undo=undo,
    )


def wait(facts: FailoverFacts) -> Step:
    """Wait until the old region can acknowledge nothing more (docs/design.md#the-wait)."""

    wait_s = facts.periods.wait_s

    def do(ctx: StepContext) -> dict[str, Any]:
        end = ctx.clock.monotonic() + wait_s  # in full after a resume too: a stopped process's clock proves nothing
        while (left := end - ctx.clock.monotonic()) > 0:
            ctx.clock.sleep(min(left, 1.0))
        return {"waited_s": wait_s}

    return Step(
        name="wait",
        region=facts.to_region,
        summary=f"wait {wait_s:g} s until {facts.from_region} can no longer accept writes",
        estimate_s=wait_s,
        do=do,
    )


def promote(facts: FailoverFacts, table: TableOf) -> Step:
    """Make the replica a primary: from here on the failover only goes forward."""

    def do(ctx: StepContext) -> dict[str, Any]:
        set_state(table(ctx), _own(ctx, facts), "promoting", author(ctx))
        rds = ctx.clients(facts.to_region).rds
        if rds.instance(facts.database_instance).replica_of is not None:
            rds.promote(facts.database_instance)
        return {"instance": facts.database_instance}

    def missing(ctx: StepContext) -> str | None:
        instance = ctx.clients(facts.to_region).rds.instance(facts.database_instance)
        if instance.replica_of is None and instance.status == "available":
            return None
        role = "a replica" if instance.replica_of else "a primary"
        return f"{facts.database_instance} is {instance.status}, and {role}"

    return Step(
        name="promote",
        region=facts.to_region,
        summary=f"promote {facts.database_instance} to primary",
        calls=calls(facts, "dynamodb:UpdateItem", "rds:PromoteReadReplica", "rds:DescribeDBInstances"),
        estimate_s=1 if facts.environment == "local" else 300,
        do=do,
        verify=missing,
        deadline_s=PROMOTION_DEADLINE_S,
        undo=PointOfNoReturn("the promotion of a replica cannot be undone: RDS cannot make it a replica again"),
    )


def open_lease(facts: FailoverFacts, table: TableOf) -> Step:
    """Open the lease for writes."""

    def do(ctx: StepContext) -> dict[str, Any]:
        lease = set_state(table(ctx), _own(ctx, facts), "open", author(ctx))
        return {"epoch": lease.epoch, "holder": lease.holder}

    return Step(
        name="open lease",
        region=facts.to_region,
        summary=f"allow writes in {facts.to_region}",
        calls=calls(facts, "dynamodb:UpdateItem"),
        do=do,
    )


def _own(ctx: StepContext, facts: FailoverFacts) -> Lease:
    """Return the lease as this operation took it."""
    return Lease(
        holder=facts.to_region,
        epoch=facts.lease.epoch + 1,
        state="taken",
        traffic_region=facts.to_region,
        operation=ctx.operation_id,
    )
