from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dr.measure import RUN_REQUESTS, RUN_S, first_good_run, measure, outages
from operations.prober import Sample

FAULT = 1000.0


def sample(at: float, ok: bool, kind: str = "read", latency_ms: float = 10.0) -> Sample:
    return Sample(at=at, kind=kind, ok=ok, latency_ms=latency_ms, error=None if ok else "x")  # type: ignore[arg-type]


def stream(good: Sequence[bool], kind: str = "read", rate: float = 20.0, start: float = FAULT) -> list[Sample]:
    return [sample(start + index / rate, ok, kind) for index, ok in enumerate(good)]


def test_the_longer_of_reads_and_writes_is_the_rto() -> None:
    samples = stream([False] * 160 + [True] * 200) + stream([False] * 340 + [True] * 200, "write")
    found = measure(samples, FAULT)
    assert found.reads_s == pytest.approx(8.01)
    assert found.writes_s == found.rto_s == pytest.approx(17.01)
    assert found.outage_writes_s == pytest.approx(17.01)


def test_fifty_requests_are_not_enough_when_they_took_less_than_five_seconds() -> None:
    flicker = [False] * 10 + [True] * 60 + [False] + [True] * 200
    assert measure(stream(flicker), FAULT).reads_s == pytest.approx(71 / 20 + 0.01)


def test_five_seconds_are_not_enough_without_fifty_requests() -> None:
    assert first_good_run(stream([True] * 49, rate=1)) is None
    assert first_good_run(stream([True] * 50, rate=1)) == 0


def test_no_failure_is_zero_and_no_recovery_is_not_observed() -> None:
    fine = stream([True] * 200) + stream([True] * 200, "write")
    assert measure(fine, FAULT).rto_s == 0 and measure(fine, FAULT).outage_reads_s == 0
    down = stream([True] * 200) + stream([False] * 200, "write")
    assert measure(down, FAULT).rto_s is None and measure(down, FAULT).outage_writes_s is None
    assert measure([], FAULT).rto_s is None


def test_a_stray_failure_after_the_run_is_an_outage_and_no_recovery() -> None:
    found = measure(stream([False] * 20 + [True] * 120 + [False] + [True] * 120), FAULT)
    assert found.reads_s == pytest.approx(1.01)
    assert found.outage_reads_s == pytest.approx(1.01 + 0.06)


def test_what_happened_before_the_fault_does_not_count() -> None:
    before = stream([False] * 20, start=FAULT - 1)
    assert measure(before + stream([True] * 200), FAULT).reads_s == 0


def test_a_second_outage_adds_to_what_users_felt() -> None:
    found = outages(stream([True] * 5 + [False] * 20 + [True] * 120 + [False] * 20 + [True] * 120))
    assert len(found) == 2
    total = measure(stream([False] * 20 + [True] * 120 + [False] * 20 + [True] * 120), FAULT).outage_reads_s
    assert total == pytest.approx(2.02)


relaxed = settings(deadline=None, max_examples=60)

streams = st.lists(st.tuples(st.booleans(), st.integers(1, 150)), min_size=1, max_size=12).map(
    lambda runs: [ok for ok, length in runs for _ in range(length)]
)


@relaxed
@given(streams)
def test_a_good_run_is_what_the_contract_says(good: list[bool]) -> None:
    samples = stream(good)
    start = first_good_run(samples)
    candidates = []
    for index in range(len(good)):
        length = next((n for n, ok in enumerate(good[index:]) if not ok), len(good) - index)
        if length >= RUN_REQUESTS and samples[index + length - 1].at - samples[index].at >= RUN_S:
            candidates.append(index)
    assert start == (candidates[0] if candidates else None)


@relaxed
@given(streams)
def test_recovery_never_comes_before_the_first_failure_and_outage_never_exceeds_it(good: list[bool]) -> None:
    found = measure(stream(good), FAULT)
    if found.reads_s and found.outage_reads_s is not None and len(outages(stream(good))) == 1:
        assert found.outage_reads_s <= found.reads_s + 1e-9
        assert found.reads_s >= good.index(False) / 20


@relaxed
@given(streams, st.floats(0.1, 30))
def test_failing_longer_never_recovers_sooner(good: list[bool], more_s: float) -> None:
    samples = stream(good)
    worse = [sample(s.at, s.ok and s.at > FAULT + more_s) for s in samples]
    one, other = measure(samples, FAULT).reads_s, measure(worse, FAULT).reads_s
    assert other is None or one is None or other >= one - 1e-9


@relaxed
@given(streams, st.randoms())
def test_the_order_of_the_file_does_not_matter(good: list[bool], chance: object) -> None:
    samples = stream(good)
    shuffled = list(samples)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert measure(samples, FAULT) == measure(shuffled, FAULT)
