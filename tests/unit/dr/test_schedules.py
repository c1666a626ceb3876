"""5,000 random schedules of stops, failing notes, a throttled table, a cut link and paused replay, with a ledger."""

import pytest

from app.aws.operations_table import Beat
from tests.unit.dr.simulated import Outcome, simulate

SCHEDULES, PARTS = 5000, 5


def beyond(outcome: Outcome) -> bool:
    """Whether more was lost than was stated: at the decision, and where the wait ended."""
    killed = outcome.killed_at is not None
    stated = outcome.lag.rpo_bound_s if killed else outcome.lag.limit_s
    again = outcome.lag_again.rpo_bound_s if killed else outcome.lag_again.limit_s
    return any(bound is not None and outcome.lost_s > bound for bound in (stated, again))


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_acknowledged_outside_the_lease_and_nothing_lost_beyond_the_stated_bound(part: int) -> None:
    known = lost = acknowledged = 0
    for seed in range(part, SCHEDULES, PARTS):
        outcome = simulate(seed)
        assert outcome.late == [], f"seed {seed}"
        assert not beyond(outcome), f"seed {seed}: lost {outcome.lost_s:.1f} s, stated {outcome.lag}"
        known += outcome.lag.limit_s is not None
        lost += bool(outcome.lost)
        acknowledged += len(outcome.acknowledged)
    runs = SCHEDULES // PARTS
    assert known > runs / 2 and lost > runs / 5 and acknowledged > 5 * runs, "these schedules show something"


def test_the_simulation_would_notice_a_fence_that_does_not_wait_for_its_note() -> None:
    def careless(_noted: Beat | None, clock: float, extension_s: float) -> float:
        return clock + extension_s

    assert any(beyond(simulate(seed, careless)) for seed in range(300))
