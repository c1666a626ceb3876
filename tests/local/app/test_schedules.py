"""A few of the random schedules of `tests/local/app/schedules.py` on real processes; `--runs 200` runs many."""

from collections.abc import Iterator

import pytest

from tests.local.app.harness import running_stack
from tests.local.app.schedules import Schedules, shorten
from tests.local.app.throttling import throttle_before

pytestmark = [pytest.mark.local, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def schedules() -> Iterator[Schedules]:
    with running_stack() as stack, throttle_before(stack.aws_url) as throttle:
        shorten(stack)
        assert stack.migrate().returncode == 0
        yield Schedules(stack, throttle)


@pytest.mark.parametrize("seed", [5])
def test_no_promise_breaks_in_foul_weather(schedules: Schedules, seed: int) -> None:
    result = schedules.run(seed)
    assert result.problem is None, result
    assert result.acknowledged > 5, result
