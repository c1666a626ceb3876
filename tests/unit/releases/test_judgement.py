"""The verdict over a bake, as data: samples in, good, bad or undecided out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.percentile import percentile
from operations.prober import Sample
from releases.judgement import Baseline, is_of, judge, look, measure

OLD = Baseline(requests=100, failed=0, p95_ms={"read": 10.0, "write": 20.0}, p50_ms={"read": 5.0, "write": 10.0})


def new(requests: int = 200, failed: int = 0, read: float = 11.0, write: float = 21.0, median: float = 5.0) -> Baseline:
    return Baseline(
        requests=requests, failed=failed, p95_ms={"read": read, "write": write}, p50_ms={"read": median, "write": 10.0}
    )


@pytest.mark.parametrize(
    ("seen", "complete", "good"),
    [
        (new(), True, True),
        (new(), False, None),
        (new(requests=99), True, False),  # inconclusive
        (new(requests=0), True, False),
        (new(failed=1), True, True),  # one in two hundred
        (new(failed=3), True, False),
        (new(requests=20, failed=4), False, None),  # not yet
        (new(requests=20, failed=5), False, False),  # at once
        (new(requests=400, failed=5), False, None),
        (new(read=100), True, False),
        (new(read=100), False, None),  # p95 alone is never early
        (new(read=100, median=50), False, False),
        (new(requests=120, median=50), False, None),  # the first answers of a fresh version are slower
        (new(requests=120, median=50), True, False),
        (new(median=14), True, True),  # 2.8 times
        (new(requests=120, read=100), True, False),
        (new(read=24), True, True),  # 2.4 times
        (new(write=61), True, False),
        (Baseline(requests=200, failed=0, p95_ms={}, p50_ms={}), True, False),
    ],
)
def test_verdicts(seen: Baseline, complete: bool, good: bool | None) -> None:
    assert judge(OLD, seen, complete=complete).good is good


def test_three_times_a_few_milliseconds_is_noise() -> None:
    fast = Baseline(requests=100, failed=0, p95_ms={"read": 2.0}, p50_ms={"read": 1.0})
    for p95_ms, p50_ms, good in ((12.0, 5.0, True), (20.0, 5.0, False), (12.0, 10.0, False)):
        seen = Baseline(requests=200, failed=0, p95_ms={"read": p95_ms}, p50_ms={"read": p50_ms})
        assert judge(fast, seen, complete=True).good is good


def test_a_p95_that_rose_alone_is_doubtful() -> None:
    assert judge(OLD, new(read=100), complete=True).doubtful
    assert not judge(OLD, new(median=50), complete=True).doubtful


def test_an_old_version_that_fails_too_excuses_as_much_as_the_ceiling() -> None:
    sick = Baseline(requests=100, failed=10, p95_ms={"read": 10.0}, p50_ms={"read": 5.0})
    assert judge(sick, new(failed=4), complete=True).good is True
    assert judge(sick, new(failed=5), complete=True).good is False
    assert judge(sick, new(failed=20), complete=True).good is False


def test_an_old_version_that_is_slow_excuses_as_much_as_the_ceiling() -> None:
    slow = Baseline(requests=100, failed=0, p95_ms={"read": 1900.0}, p50_ms={"read": 1500.0})
    now = Baseline(requests=200, failed=0, p95_ms={"read": 1900.0}, p50_ms={"read": 1800.0})
    assert judge(slow, now, complete=True).good is False


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1))
def test_p95_is_a_value_with_at_least_95_percent_at_or_below(values: list[float]) -> None:
    found = percentile(values, 0.95)
    assert found in values
    assert sum(value <= found for value in values) >= 0.95 * len(values)


def test_failures_without_a_colour_count() -> None:
    samples = [
        Sample(at=1, kind="read", ok=False, latency_ms=2000, error="timeout"),
        Sample(at=1, kind="read", ok=False, latency_ms=5, status=500, colour="green", error="500"),
        Sample(at=1, kind="read", ok=True, latency_ms=5, status=200, colour="blue"),
    ]
    assert measure(samples, {"video": "green"}).failed == 2
    assert measure(samples, {"video": "blue"}).requests == 2


def test_too_few_requests_are_waited_for_once() -> None:
    def seen(count: int) -> list[Sample]:
        return [
            Sample(at=n * 0.2, kind="read" if n % 2 else "write", ok=True, latency_ms=5, status=200)
            for n in range(count)
        ]

    assert look(seen(50), OLD, since=0, bake_s=10, elapsed=13).good is None
    assert look(seen(100), OLD, since=0, bake_s=10, elapsed=23).good is True
    assert look(seen(60), OLD, since=0, bake_s=10, elapsed=23).good is False


def probes(path: str, *good: bool) -> list[Sample]:
    return [
        Sample(at=n, kind="read", ok=ok, latency_ms=5, status=200 if ok else 500, path=path, service="search")
        for n, ok in enumerate(good)
    ]


@pytest.mark.parametrize(
    ("good", "failing"),
    [
        ((False, False), True),
        ((True, True, True, True, False, False, False), True),
        ((True, False), False),
        ((True, True, True, True, False, False), False),
        ((True, False, False, False, True), False),
        ((False,), False),
    ],
)
def test_one_service_of_many_that_does_not_answer_fails_a_release(good: tuple[bool, ...], failing: bool) -> None:
    fine = [
        Sample(at=n, kind="write" if n % 2 else "read", ok=True, latency_ms=5, status=200, colour="green")
        for n in range(400)
    ]
    new = measure([*fine, *probes("/api/search/health", *good)], None)
    assert bool(new.failing) is failing
    assert (judge(OLD, new, complete=True).good is False) is failing


def test_services_may_be_live_in_different_colours() -> None:
    live = {"video": "blue", "search": "green"}
    samples = [
        Sample(at=1, kind="read", ok=True, latency_ms=5, status=200, colour=colour, service=service)
        for service, colour in (("video", "blue"), ("video", "green"), ("search", "green"), (None, "blue"))
    ]
    assert [is_of(sample, live) for sample in samples] == [True, False, True, True]
