"""The steps that watch traffic: the old version before the switch, and the new one during its bake."""

from dataclasses import replace
from typing import Final

import msgspec

from estate.errors import BreiqError
from operations.failures.evidence import Evidence
from operations.observer import Observer
from operations.prober.sample import Sample
from operations.step import Output, Refusal, Step, StepContext, StepFailed
from releases.causes import Explain, why_requests
from releases.ensure import calls_in, unhealthy
from releases.judgement import EARLY_FAILURES, GRACE_S, Baseline, hurt, is_of, look, look_back, measure, unfit
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

HURT_S: Final = 10.0
"""Users are hurt when of the requests of so many last seconds more failed than EARLY_FAILURES and EARLY_ERROR_RATIO."""

BASELINE: Final = "baseline"

HURT: Final = "users_hurt"
"""The code of a step that failed because requests of users did."""


def baseline(region: RegionFacts, *, bad_accepted: bool) -> Step:
    """Measure the old version by the prober's samples, before anything is changed: what the new one is compared with.

    It refuses to begin from one that is bad itself, unless that is accepted.
    """

    def do(context: StepContext) -> Output:
        observer = _observer(context)

        def missing() -> str | None:
            count = measure(observer.samples(), region.live).requests
            return None if count >= MIN_BASELINE else f"{count} of {MIN_BASELINE} requests seen"

        context.wait_for(missing, deadline_s=BASELINE_S, what="measure the current version")
        seen = measure(observer.samples(), region.live)
        if (problem := unfit(seen)) is not None and not bad_accepted:
            raise StepFailed(
                "bad_baseline",
                "the current version fails requests, so there is no baseline to compare with",
                cause=problem,
                remedy="breiqctl release rollback, or deploy anyway with --bad-traffic-accepted",
                touched=False,
            )
        return {**msgspec.to_builtins(seen), "at": context.clock.now()}

    return Step(
        name=BASELINE,
        region=region.region,
        summary="measure the current version",
        estimate_s=5.0,
        refuse=lambda _context: None if bad_accepted else _idle(region),
        do=do,
        undo=lambda _context: None,
    )


def _idle(region: RegionFacts) -> Refusal | None:
    """Refuse where a service of the version that serves is told to run no task: its users get errors already."""
    idle = [one.name for one in region.services if one.live is None]
    if not idle:
        return None
    return Refusal(
        "service_idle",
        f"{', '.join(idle)} in {region.region} runs no task, because its desired count is 0: its users get errors",
        "breiqctl release repair starts it again",
        waiver="--bad-traffic-accepted",
    )


def watched(step: Step, primary: RegionFacts) -> Step:
    """Return a step that fails as soon as users are hurt while its effect is waited for: a migration that holds a lock,
    tasks that starve their neighbours. What hurts them is undone at once, whatever the new version would have been.
    """
    own = step.verify

    def verify(context: StepContext) -> str | None:
        since = max(_begun(context, primary), context.clock.now() - HURT_S)
        recent = [one for one in _observer(context).samples() if since <= one.at]
        if not _was_bad(context, primary) and (problem := hurt(recent)) is not None:
            raise StepFailed(HURT, f"requests failed during {step.key}", cause=problem)
        return own(context) if own is not None else None

    return replace(step, verify=verify, explain=_either(step.explain, why_requests(primary)))


def _either(own: Explain | None, of_users: Explain) -> Explain:
    """Return the step's own explanation, but where users were hurt: then why their requests failed."""

    def explain(context: StepContext, error: BreiqError) -> Evidence | None:
        return of_users(context, error) if own is None or error.code == HURT else own(context, error)

    return explain


def bake(region: RegionFacts, *, bake_s: float) -> Step:
    """Watch the new version under real traffic: target health, errors, latency against the old one's.

    What is doubtful is watched for as long again, and then decided.
    """
    sick_since: float | None = None

    def do(context: StepContext) -> Output:
        back_s = 0.0 if _was_bad(context, region) else MOVED_S
        switched = context.clock.now() - back_s
        context.wait_for(
            lambda: _not_moved(context, region, since=switched),
            deadline_s=MOVE_DEADLINE_S,
            what="traffic moves to the new colour",
        )
        return {"since": context.clock.now() - back_s}

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
        return _undecided(context, region, bake_s=bake_s)

    return Step(
        name="bake",
        region=region.region,
        summary=f"watch the new version for {bake_s:g} s",
        calls=calls_in(region, "ecs:DescribeServices", "elasticloadbalancing:DescribeTargetHealth"),
        estimate_s=bake_s + GRACE_S,
        do=do,
        verify=verify,
        deadline_s=2 * bake_s + 60,
        explain=why_requests(region),
    )


def _not_moved(context: StepContext, region: RegionFacts, *, since: float) -> str | None:
    """Return how many of the last requests the old colour still answered; None when traffic has moved, or when so many
    failed that the new version is judged at once: users are waiting.
    """
    was_bad = _was_bad(context, region)
    seen = [one for one in _observer(context).samples() if one.at >= since]
    if not was_bad and sum(not one.ok for one in seen) >= EARLY_FAILURES:
        return None
    last = seen[-MOVED_REQUESTS:]
    behind = sum(_is_old(one, region) or (was_bad and not one.ok) for one in last)
    if len(last) == MOVED_REQUESTS and not behind:
        return None
    return f"{behind} of {len(last)} by the old colour"


def _undecided(context: StepContext, region: RegionFacts, *, bake_s: float) -> str | None:
    """Return why the requests do not decide yet; None when they say that the new version is good. Raises StepFailed
    `bad_version` when they say that it is bad.
    """
    since = _since(context, region)
    before = _baseline(context, region)
    samples = [one for one in _observer(context).samples() if one.at >= since and not _is_old(one, region)]
    elapsed = context.clock.now() - since
    verdict = look(samples, before, since=since, bake_s=bake_s, elapsed=elapsed)
    if verdict.good is False:
        raise StepFailed("bad_version", "the new version has failed the checks", cause=verdict.reason)
    return None if verdict.good else f"{elapsed:.0f} s: {verdict.reason}"


def last_look(region: RegionFacts) -> Step:
    """Judge all that the prober saw since the operation began, until the old version was gone and the last answers in.

    What went wrong only after the bake is seen here, and what failed before it; both roll back.
    """

    def do(context: StepContext) -> Output:
        return {"gone_at": context.clock.now()}

    def verify(context: StepContext) -> str | None:
        before, begun, now = _baseline(context, region), _begun(context, region), context.clock.now()
        seen = [one for one in _observer(context).samples() if one.at >= begun]
        verdict = look_back(seen, before, since=_since(context, region))
        if verdict.good is False:
            raise StepFailed("bad_version", "the release has failed the checks", cause=verdict.reason)
        left = float(context.outputs[f"{region.region}/last look"]["gone_at"]) + GRACE_S - now
        return f"the last answers are in after {left:.1f} s more" if left > 0 else None

    return Step(
        name="last look",
        region=region.region,
        summary="check all requests until the old version had stopped",
        estimate_s=GRACE_S,
        do=do,
        verify=verify,
        deadline_s=GRACE_S + 30,
        undo=lambda _context: None,
        explain=why_requests(region),
    )


def _begun(context: StepContext, region: RegionFacts) -> float:
    """Return when the old version had been measured, and the release began to change things."""
    return float(context.outputs[f"{region.region}/{BASELINE}"]["at"])


def _since(context: StepContext, region: RegionFacts) -> float:
    """Return when the bake began: since then the new version answers."""
    return float(context.outputs[f"{region.region}/bake"]["since"])


def _baseline(context: StepContext, region: RegionFacts) -> Baseline:
    found = context.outputs[f"{region.region}/{BASELINE}"]
    return Baseline(**{name: value for name, value in found.items() if name != "at"})


def _was_bad(context: StepContext, region: RegionFacts) -> bool:
    """Return whether the old version was bad, which was accepted: a failure then says nothing of steps or colours."""
    return unfit(_baseline(context, region)) is not None


def _is_old(sample: Sample, region: RegionFacts) -> bool:
    """Return whether the old colour of its service answered; what says nothing of who answered is not its."""
    return sample.colour is not None and is_of(sample, region.live)


def _observer(context: StepContext) -> Observer:
    if context.observer is None:
        raise StepFailed("no_prober", "no prober watches this release", touched=False)
    return context.observer
