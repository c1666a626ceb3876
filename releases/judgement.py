"""Whether a new version is good, from samples of real traffic. Pure: samples in, a verdict out.

The rules: errors, and the 95th percentile of latency against the old version's, over at least 100 requests. What cannot
be told counts as failed (inconclusive): the release is rolled back. The median is compared too: a version that is slow
for everyone shows there even when the old one's p95 was measured in a busy moment; a p95 that rose alone may be such a
moment itself, so it is doubtful, and looked at again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from estate.topology import Colour
from operations.percentile import percentile
from operations.prober.sample import Sample

GRACE_S: Final = 2.2
"""After the end of a bake, until the last answers are in (the prober's time-out is 2 s)."""

MIN_REQUESTS: Final = 100
"""Fewer requests decide nothing."""

MIN_REQUESTS_OF_KIND: Final = 40
"""Reads and writes are compared apart where both versions answered at least so many."""

MAX_ERROR_RATIO: Final = 0.01
"""More failed requests than this, and more than the old version had, fail the release at the end of its bake."""

EARLY_FAILURES: Final = 5
"""So many failed requests, at more than EARLY_ERROR_RATIO, fail it at once: users are waiting."""

EARLY_ERROR_RATIO: Final = 0.05

TAIL_S: Final = 5.0
"""The last seconds of a release are looked at apart: errors that begin late are few of all requests."""

EARLY_REQUESTS: Final = 200
"""Latency is judged before the end of the bake only over so many: the first answers of a fresh version are slower."""

MAX_SLOWDOWN: Final = 3.0
"""p95, or the median, above this multiple of the old version's fails the release."""

NOISE_MS: Final = 15.0
"""Slower by less than this is noise, whatever the multiple: a p95 of 3 ms is tripled by one busy moment."""

MEDIAN_NOISE_MS: Final = 8.0

MAX_COMPARED_MS: Final = 500.0
"""An old version slower than this excuses nothing: the new one is compared with at most that. Source: the slowest of
section 9.1's response times (an upload's p95).
"""


Live = Mapping[str, Colour | None]
"""Which colour of each service serves, by the service's name."""

SILENT_REQUESTS: Final = 2
FAILING_REQUESTS: Final = 3
"""A service fails the release at once when it answered none of so many requests to its own path, or when the last so
many failed (they take some seconds): a share of all requests would not show one service of seven.
"""


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """The old version, measured right before the switch. `p95_ms` by kind (`read`, `write`) where there were enough.

    Requests to services' own paths count among requests and failures; their latency is another thing than the list's,
    and is left out. `failing` names the paths of services that do not answer well.
    """

    requests: int
    failed: int
    p95_ms: dict[str, float]
    p50_ms: dict[str, float]
    failing: list[str] = []


@dataclass(frozen=True)
class Verdict:
    """`good` is None while nothing is decided. `reason` is one sentence for people. `doubtful`: worth a second look."""

    good: bool | None
    reason: str
    doubtful: bool = False


def is_of(sample: Sample, live: Live) -> bool:
    """Return whether the colours `live` may have answered; a sample that says nothing of who answered may be anyone's.

    A service that does not say its name is compared with all of them.
    """
    if sample.colour is None:
        return True
    if sample.service is None or sample.service not in live:
        return sample.colour in live.values()
    return sample.colour == live[sample.service]


def measure(samples: Sequence[Sample], live: Live | None) -> Baseline:
    """Return what the samples say of the colours `live` (None: of all). Failed ones without a colour count too."""
    own = [sample for sample in samples if live is None or is_of(sample, live)]
    good = {kind: [s.latency_ms for s in own if s.ok and s.kind == kind and not s.path] for kind in ("read", "write")}
    enough = {kind: values for kind, values in good.items() if len(values) >= MIN_REQUESTS_OF_KIND}
    return Baseline(
        requests=len(own),
        failed=sum(not sample.ok for sample in own),
        p95_ms={kind: percentile(values, 0.95) or 0.0 for kind, values in enough.items()},
        p50_ms={kind: percentile(values, 0.5) or 0.0 for kind, values in enough.items()},
        failing=_failing(own),
    )


def _failing(samples: Sequence[Sample]) -> list[str]:
    answers: dict[str, list[bool]] = {}
    for sample in samples:
        if sample.path is not None:
            answers.setdefault(sample.path, []).append(sample.ok)
    return sorted(
        path
        for path, good in answers.items()
        if len(good) >= (FAILING_REQUESTS if any(good) else SILENT_REQUESTS) and not any(good[-FAILING_REQUESTS:])
    )


def hurt(samples: Sequence[Sample]) -> str | None:
    """Return in words how users are hurt by what these samples met, None when they are not."""
    failed = [one for one in samples if not one.ok]
    if len(failed) < EARLY_FAILURES or len(failed) <= EARLY_ERROR_RATIO * len(samples):
        return None
    return f"{len(failed)} of the last {len(samples)} requests failed: {failed[-1].error}"


def unfit(baseline: Baseline) -> str | None:
    """Return why a version is too bad to be compared with, None when it is not: an absolute ceiling."""
    if _ratio(baseline) > MAX_ERROR_RATIO:
        return f"{baseline.failed} of {baseline.requests} requests failed"
    if baseline.failing:
        return f"{', '.join(baseline.failing)}: too many requests fail"
    return None


def look_back(samples: Sequence[Sample], baseline: Baseline, *, since: float) -> Verdict:
    """Return the verdict over a whole release, when the old version is gone: errors from its first step on, and the new
    version's since `since` (Unix seconds). Latency was judged by the bake, beside which nothing else ran.
    """
    whole, new = measure(samples, None), measure([one for one in samples if one.at >= since], None)
    judged = [(new, "by the new version")]
    if unfit(baseline) is None:  # else that was accepted: what failed before the switch was the old version's
        judged.append((whole, "during the release"))
    for seen, words in judged:
        if seen.failed >= EARLY_FAILURES and _ratio(seen) > _allowed(baseline):
            return Verdict(False, f"{seen.failed} of {seen.requests} requests failed {words}")
    bad = hurt([one for one in samples if one.at >= samples[-1].at - TAIL_S]) if samples else None
    if bad:
        return Verdict(False, bad)
    failing = sorted(set(new.failing) - set(baseline.failing))
    if failing:
        return Verdict(False, f"{', '.join(failing)}: too many requests fail")
    return Verdict(True, f"{whole.requests} requests, {whole.failed} failed")


def judge(baseline: Baseline, new: Baseline, *, complete: bool) -> Verdict:
    """Return the verdict over a bake. `complete` says that it is over: then nothing stays undecided."""
    bad = _plainly_bad(baseline, new, complete=complete)
    if bad:
        return Verdict(False, bad)
    return _at_the_end(baseline, new) if complete else Verdict(None, "the bake continues")


def look(samples: Sequence[Sample], baseline: Baseline, *, since: float, bake_s: float, elapsed: float) -> Verdict:
    """Return the verdict of a bake that began at `since` (Unix seconds), `elapsed` seconds ago.

    What is doubtful at its end is watched for as long again: a p95 is then judged by the second half alone, and too few
    requests by both.
    """
    first = measure([one for one in samples if one.at < since + bake_s], None)
    verdict = judge(baseline, first, complete=elapsed >= bake_s + GRACE_S)
    if not verdict.doubtful:
        return verdict
    begin = since if first.requests < MIN_REQUESTS else since + bake_s
    second = measure([one for one in samples if begin <= one.at < since + 2 * bake_s], None)
    return judge(baseline, second, complete=elapsed >= 2 * bake_s + GRACE_S)


def _plainly_bad(baseline: Baseline, new: Baseline, *, complete: bool) -> str:
    """Return why the release fails at once: users are waiting. Empty when it does not."""
    if new.failed >= EARLY_FAILURES and _ratio(new) > EARLY_ERROR_RATIO:
        return f"{new.failed} of {new.requests} requests failed"
    failing = sorted(set(new.failing) - set(baseline.failing))
    if failing:
        return f"{', '.join(failing)}: too many requests fail"
    if new.requests >= (MIN_REQUESTS if complete else EARLY_REQUESTS):
        return _slower("median", baseline.p50_ms, new.p50_ms, MEDIAN_NOISE_MS)
    return ""


def _at_the_end(baseline: Baseline, new: Baseline) -> Verdict:
    if _ratio(new) > _allowed(baseline):
        return Verdict(False, f"{new.failed} of {new.requests} requests failed")
    missing = _missing(baseline, new)
    if missing:
        return Verdict(False, f"inconclusive: {missing}", doubtful=True)
    slow = _slower("p95", baseline.p95_ms, new.p95_ms, NOISE_MS)
    if slow:
        return Verdict(False, slow, doubtful=True)
    return Verdict(True, f"{new.requests} requests, {new.failed} failed; {_p95s(new)}")


def _allowed(baseline: Baseline) -> float:
    """Return the share of requests that may fail: twice what failed before, of which no more than a ceiling counts."""
    return max(MAX_ERROR_RATIO, 2 * min(_ratio(baseline), MAX_ERROR_RATIO))


def _ratio(seen: Baseline) -> float:
    return seen.failed / seen.requests if seen.requests else 0.0


def _slower(name: str, old: dict[str, float], new: dict[str, float], noise_ms: float) -> str:
    for kind, value in new.items():
        before = min(old[kind], MAX_COMPARED_MS) if kind in old else None
        if before is not None and value > MAX_SLOWDOWN * before and value - before > noise_ms:
            return f"the {name} of {kind}s is {value:.0f} ms; the old version's was {before:.0f} ms"
    return ""


def _missing(baseline: Baseline, new: Baseline) -> str:
    if new.requests < MIN_REQUESTS:
        return f"only {new.requests} requests in the bake, {MIN_REQUESTS} are needed"
    comparable = new.p95_ms.keys() & (baseline.p95_ms.keys() or new.p95_ms.keys())
    if not comparable:  # a version that answered nothing well has no latency: the new one's is enough then
        return "too few successful answers to compare latency"
    return ""


def _p95s(measured: Baseline) -> str:
    return ", ".join(f"p95 of {kind}s {value:.0f} ms" for kind, value in sorted(measured.p95_ms.items()))
