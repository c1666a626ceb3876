"""The steps of a failover that change nothing: the gates, the lag again, and whether the region serves in the end."""

from typing import Any, Final

from dr.beats import read_beats, read_primary_beat
from dr.facts import FailoverFacts, FailoverParams
from dr.gates import ask_gates, first_refusal, lag_gate, lag_now, standby_gate
from dr.steps.common import TableOf, calls
from operations.step import Step, StepContext, StepFailed

WRITES_THAT_PROVE_IT: Final = 20
"""So many writes acknowledged by the recovery region, within WATCH_S, are as good as a beat that says so."""

WATCH_S: Final = 3.0
WATCH_DEADLINE_S: Final = 60.0


def gates(params: FailoverParams, facts: FailoverFacts, table: TableOf) -> Step:
    """Ask all gates before anything is changed, and note how much may be lost."""

    def do(ctx: StepContext) -> dict[str, Any]:
        lag = lag_now(facts, table(ctx), ctx.clock.now())
        return {"lag_s": lag.lag_s, "rpo_bound_s": lag.rpo_bound_s, "limit_s": lag.limit_s}

    return Step(
        name="gates",
        region=facts.to_region,
        summary="check replica lag, replica, images, capacity and secrets",
        calls=calls(
            facts,
            "dynamodb:GetItem",
            "rds:DescribeDBInstances",
            "ecr:BatchGetImage",
            "ecr:BatchCheckLayerAvailability",
            "ecs:DescribeServices",
            "secretsmanager:DescribeSecret",
        ),
        estimate_s=1,
        refuse=lambda ctx: first_refusal(params, facts, ctx, table(ctx)),
        checks=lambda ctx: ask_gates(params, facts, ctx, table(ctx)),
        do=do,
    )


def lag_again(params: FailoverParams, facts: FailoverFacts, table: TableOf) -> Step:
    """Ask again, right before the promotion, what may have changed during the wait."""

    def do(ctx: StepContext) -> dict[str, Any]:
        now = ctx.clock.now()
        lag = lag_now(facts, table(ctx), now)
        standby = standby_gate(facts, read_beats(table(ctx), facts.to_region), ctx.clients(facts.to_region), now)
        refusal = standby or lag_gate(params, lag)
        if refusal is not None:
            raise StepFailed(refusal.code, refusal.reason, remedy=refusal.remedy, touched=False)
        return {"lag_s": lag.lag_s, "rpo_bound_s": lag.rpo_bound_s}

    return Step(
        name="lag again",
        region=facts.to_region,
        summary="check again that the replica can be promoted and the possible data loss is within the limit",
        calls=calls(facts, "dynamodb:GetItem", "rds:DescribeDBInstances"),
        do=do,
    )


def verify(facts: FailoverFacts, table: TableOf) -> Step:
    """Wait until the recovery region's renewer, or its users, show that it accepts writes."""

    def missing(ctx: StepContext) -> str | None:
        beat = read_primary_beat(table(ctx))
        if beat is not None and beat.region == facts.to_region and beat.epoch > facts.lease.epoch:
            return None
        if _acknowledged(ctx, facts.to_region) >= WRITES_THAT_PROVE_IT:
            ctx.note("the beat could not be read, but writes of users succeed", region=facts.to_region)
            return None
        return (
            f"no beat of {facts.to_region}'s renewer under epoch {facts.lease.epoch + 1} yet, and no successful writes"
        )

    return Step(
        name="verify",
        region=facts.to_region,
        summary=f"check that the database in {facts.to_region} accepts writes",
        calls=calls(facts, "dynamodb:GetItem"),
        estimate_s=2,
        verify=missing,
        deadline_s=120,
    )


def _acknowledged(ctx: StepContext, region: str) -> int:
    """Return how many writes a region acknowledged in the last WATCH_S, by the prober."""
    if ctx.observer is None:
        return 0
    recent = [one for one in ctx.observer.samples() if one.at >= ctx.clock.now() - WATCH_S]
    return sum(one.ok and one.kind == "write" and one.region == region for one in recent)


def watch(facts: FailoverFacts) -> Step:
    """Wait until all answers of the last WATCH_S are good, and the recovery region's."""

    def missing(ctx: StepContext) -> str | None:
        if ctx.observer is None:
            raise StepFailed("no_prober", "no prober watches this failover")
        recent = [s for s in ctx.observer.samples() if ctx.clock.now() - WATCH_S <= s.at <= ctx.clock.now() - 0.5]
        for kind in ("read", "write"):
            answers = [sample for sample in recent if sample.kind == kind]
            good = sum(sample.ok and sample.region == facts.to_region for sample in answers)
            if not answers or good < len(answers):
                return f"{good} of {len(answers)} {kind}s of the last {WATCH_S:g} s were answered by {facts.to_region}"
        return None

    return Step(
        name="watch",
        region=facts.to_region,
        summary=f"check that {facts.to_region} answers reads and writes through the public address",
        estimate_s=WATCH_S,
        verify=missing,
        deadline_s=WATCH_DEADLINE_S,
    )
