"""How much may be lost: the bound that beats of both regions give, and when it is unknown."""

import pytest

from dr.beats import Beat
from dr.lag import compute_lag
from dr.lease import Periods, periods
from tests.unit.dr.stages import EAST, WEST

PERIODS = Periods(lease_s=10, transaction_limit_s=2, beat_s=2)


def beat(region: str, beat_at: float, noted_at: float) -> Beat:
    return Beat(epoch=1, region=region, beat_at=beat_at, noted_at=noted_at)


@pytest.mark.parametrize(
    ("primary", "replica", "now", "bound"),
    [
        (beat(EAST, 100, 100), beat(WEST, 100, 100), 100, 2.0),  # all in step: a beat
        (beat(EAST, 100, 100), beat(WEST, 99.5, 100), 101, 3.5),  # half a second behind, a second of silence
        (beat(EAST, 100, 100), beat(WEST, 100, 499), 500, 15.0),  # it does not grow with the outage
        (beat(EAST, 100, 100), beat(WEST, 40, 100), 100, 62.0),  # the link was cut a minute ago
        (beat(EAST, 100, 100), beat(WEST, 101, 101), 100, 2.0),  # a replica noted later than its primary
    ],
)
def test_the_bound_is_what_decision_4_says(primary: Beat, replica: Beat, now: float, bound: float) -> None:
    lag = compute_lag(primary, replica, holder=EAST, periods=PERIODS, now=now)
    assert lag.rpo_bound_s == bound and lag.limit_s is not None and lag.limit_s >= bound


def test_a_missing_foreign_old_or_future_beat_makes_the_lag_unknown() -> None:
    good = beat(WEST, 100, 100)
    for primary, replica in (
        (None, good),
        (beat(WEST, 100, 100), good),
        (beat(EAST, 100, 100), None),
        (beat(EAST, 100, 100), beat(WEST, 100, 89)),  # the standby's tasks are silent, or there is no standby any more
        (beat(EAST, 100, 103), good),  # noted in the future: a clock is wrong
        (beat(EAST, 100, 100), beat(WEST, 100, 103)),
    ):
        lag = compute_lag(primary, replica, holder=EAST, periods=PERIODS, now=100)
        assert lag.rpo_bound_s is None and lag.unknown


def test_the_periods_are_the_shared_documents() -> None:
    assert periods() == PERIODS and periods().wait_s == 13
