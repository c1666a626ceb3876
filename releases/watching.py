"""The steps that watch traffic: the old version before the switch, and the new one during its bake."""

from typing import Final

from operations.observer import Observer
from operations.step import Output, Step, StepContext, StepFailed
from releases.ensure import calls_in, unhealthy
from releases.judgement import EARLY_FAILURES, GRACE_S, Baseline, look, measure
from releases.model import RegionFacts

SICK_S: Final = 3.0
"""A new version that is not healthy for so long in its bake has failed; while it is not, nothing is promoted."""

MOVED_S: Final = 1.0
MOVED_REQUESTS: Final = 10
MOVE_DEADLINE_S: Final = 60.0
"""A bake begins when the last requests, that many, were no more answered by the old colour: a rule takes its time."""

BASELINE_S: Final = 30.0
MIN_BASELINE: Final = 100
"""Requests of the old version that must have been seen, and how long the release waits for them."""


def baseline(region: RegionFacts) -> Step:
    """Measure the old version by the prober's samples: what the new one will be compared with."""

    def do(context: StepContext) -> Output:
        observer = _observer(context)
        colour = region.services[0].live

        def missing() -> str | None:
            count = measure(observer.samples(), colour).requests
            return None if count >= MIN_BASELINE else f"{count} of {MIN_BASELINE} requests seen"

        context.wait_for(missing, deadline_s=BASELINE_S, what="measure the version that serves now")
        found = measure(observer.samples(), colour)
        return {"requests": found.requests, "failed": found.failed, "p95_ms": found.p95_ms, "p50_ms": found.p50_ms}

    return Step(
        name="baseline",
        region=region.region,
        summary="measure the version that serves now",
        estimate_s=1.0,
        do=do,
    )


def bake(region: RegionFacts, *, bake_s: float) -> Step:
    """Watch the new version under real traffic: target health, errors, latency against the old one's.

    What is doubtful is watched for as long again, and then decided.
    """
    old = region.services[0].live
    sick_since: float | None = None

    def do(context: StepContext) -> Output:
        observer = _observer(context)
        switched = context.clock.now() - MOVED_S

        def missing() -> str | None:
            seen = [one for one in observer.samples() if one.at >= switched]
            if sum(not one.ok for one in seen) >= EARLY_FAILURES:
                return None  # users are waiting: it is judged now
            last = [one.colour for one in seen[-MOVED_REQUESTS:]]
            return (
                None
                if len(last) == MOVED_REQUESTS and old not in last
                else f"{last.count(old)} of {len(last)} by {old}"
            )

        context.wait_for(missing, deadline_s=MOVE_DEADLINE_S, what="traffic moves to the new colour")
        return {"since": context.clock.now() - MOVED_S}

    def verify(context: StepContext) -> str | None:
        nonlocal sick_since
        sick = unhealthy(context, region)
        if sick is None:
            sick_since = None
        else:
            sick_since = sick_since or context.clock.monotonic()
            if context.clock.monotonic() - sick_since >= SICK_S:
                raise StepFailed("unhealthy", "the new version did not stay healthy", cause=sick)
            return sick
        since = float(context.outputs[f"{region.region}/bake"]["since"])
        before = Baseline(**context.outputs[f"{region.region}/baseline"])
        samples = [one for one in _observer(context).samples() if one.at >= since and one.colour != old]
        elapsed = context.clock.now() - since
        verdict = look(samples, before, since=since, bake_s=bake_s, elapsed=elapsed)
        if verdict.good is False:
            raise StepFailed("bad_version", "the new version is not good", cause=verdict.reason)
        return None if verdict.good else f"{elapsed:.0f} s: {verdict.reason}"

    return Step(
        name="bake",
        region=region.region,
        summary=f"watch the new version for {bake_s:g} s",
        calls=calls_in(region, "ecs:DescribeServices", "elasticloadbalancing:DescribeTargetHealth"),
        estimate_s=bake_s + GRACE_S,
        do=do,
        verify=verify,
        deadline_s=2 * bake_s + 60,
    )


def _observer(context: StepContext) -> Observer:
    if context.observer is None:
        raise StepFailed("no_prober", "no prober watches this release", touched=False)
    return context.observer
