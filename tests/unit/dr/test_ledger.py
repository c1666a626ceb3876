from hypothesis import given
from hypothesis import strategies as st

from dr.ledger import Entry, Fate, balance, entries
from operations.prober import Sample

KILL = 1000.0


def entry(sequence: int, at: float, region: str = "us-east-1") -> Entry:
    return Entry(
        sequence=sequence, id=str(sequence), title=f"t{sequence}", sent_at=at - 0.01, acknowledged_at=at, region=region
    )


WRITTEN = [entry(i, KILL - 5 + i / 20) for i in range(100)] + [
    entry(i, KILL + i / 20, "us-west-2") for i in range(340, 400)
]


def fates(missing: set[int], unknown: set[int] = frozenset()) -> dict[str, Fate]:  # type: ignore[assignment]
    def fate(sequence: int) -> Fate:
        return "missing" if sequence in missing else "unknown" if sequence in unknown else "present"

    return {e.id: fate(e.sequence) for e in WRITTEN}


def close(missing: set[int], unknown: set[int] = frozenset(), bound: float | None = 4.0):  # type: ignore[no-untyped-def,assignment]
    return balance(WRITTEN, fates(missing, unknown), old_primary="us-east-1", fault_at=KILL, bound_s=bound)


def test_nothing_missing_is_an_rpo_of_zero() -> None:
    ledger = close(set())
    assert ledger.rpo_s == ledger.lost_span_s == 0 and ledger.acknowledged == 160 and ledger.lost_older_than_bound == 0


def test_rpo_runs_to_the_last_acknowledgement_by_the_old_primary() -> None:
    ledger = close({90, 95})
    assert round(ledger.rpo_s, 3) == 0.45  # 90 was acknowledged 9 × 50 ms before 99
    assert round(ledger.lost_span_s, 3) == 0.25
    assert [lost.id for lost in ledger.lost] == ["90", "95"]


def test_a_write_lost_from_before_the_bound_is_counted() -> None:
    assert close({10, 90}).lost_older_than_bound == 1
    assert close({10, 90}, bound=None).lost_older_than_bound is None


def test_what_is_unknown_is_no_guess() -> None:
    ledger = close({90}, {91})
    assert ledger.rpo_s is None and ledger.unknown == 1 and len(ledger.lost) == 1


def test_a_write_lost_in_the_new_region_does_not_make_the_rpo_negative() -> None:
    assert close({399}).rpo_s == 0


def test_only_acknowledged_writes_are_entries_in_order_of_acknowledgement() -> None:
    samples = [
        Sample(at=2, kind="write", ok=True, latency_ms=900, sequence=1, id="b", region="r"),
        Sample(at=2.5, kind="write", ok=True, latency_ms=100, sequence=2, id="c", region="r"),
        Sample(at=3, kind="write", ok=False, latency_ms=5, sequence=3),
        Sample(at=3, kind="read", ok=True, latency_ms=5),
    ]
    found = entries(samples, "k3")
    assert [e.id for e in found] == ["c", "b"]
    assert found[0].title == "prober k3 000002"


@given(st.sets(st.sampled_from(range(100))))
def test_the_span_is_part_of_the_rpo(missing: set[int]) -> None:
    ledger = close(missing)
    assert 0 <= ledger.lost_span_s <= ledger.rpo_s
    assert len(ledger.lost) == len(missing)
