"""What probes make of a health check."""

import msgspec
import pytest

from localcloud.services.route53.checker import Observation, Status, after, healthy
from localcloud.services.route53.model import HealthCheck

CHECK = HealthCheck("c", "HTTPS", name="a.test", failure_threshold=3)
INVERTED = msgspec.structs.replace(CHECK, inverted=True)
UP, DOWN = Observation(passed=True, report="Success"), Observation(passed=False, report="Failure")


def test_the_first_probe_decides() -> None:
    assert not after(Status(), DOWN, CHECK).up
    assert after(Status(), UP, CHECK).up


def test_a_status_changes_after_the_threshold() -> None:
    status = Status(up=True, known=True)
    for _ in range(2):
        status = after(status, DOWN, CHECK)
        assert status.up
    assert not after(status, DOWN, CHECK).up


def test_a_probe_that_agrees_starts_the_count_again() -> None:
    status = Status(up=True, known=True)
    for seen in (DOWN, DOWN, UP, DOWN, DOWN):
        status = after(status, seen, CHECK)
    assert status.up


def test_before_any_probe_a_check_is_healthy_and_an_inverted_one_is_not() -> None:
    assert healthy(CHECK, {}, {})
    assert not healthy(INVERTED, {}, {})


def test_inversion() -> None:
    assert not healthy(INVERTED, {"c": Status(up=True, known=True)}, {})
    assert healthy(INVERTED, {"c": Status(up=False, known=True)}, {})


@pytest.mark.parametrize(("threshold", "expected"), [(1, True), (2, False)])
def test_a_calculated_check_counts_its_children(threshold: int, expected: bool) -> None:
    other = msgspec.structs.replace(CHECK, id="d")
    both = HealthCheck("e", "CALCULATED", children=["c", "d"], health_threshold=threshold)
    statuses = {"c": Status(up=True, known=True), "d": Status(up=False, known=True)}
    assert healthy(both, statuses, {"c": CHECK, "d": other}) is expected
