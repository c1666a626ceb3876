"""Target health from checks."""

import msgspec
import pytest

from localcloud.services.elbv2.health import FAILED, PASSED, TIMED_OUT, Health, after, judged
from localcloud.services.elbv2.model import HealthCheck

CHECK = HealthCheck("HTTP", 0, "/health", 5, 2, 3, 2, "200")


def test_one_passed_check_makes_a_new_target_healthy() -> None:
    assert after(Health(), PASSED, CHECK).state == "healthy"


def test_a_target_is_unhealthy_after_the_threshold_with_the_last_reason() -> None:
    once = after(Health(state="healthy"), FAILED, CHECK)
    assert once.state == "healthy"
    twice = after(once, TIMED_OUT, CHECK)
    assert (twice.state, twice.reason) == ("unhealthy", "Target.Timeout")


def test_a_passed_check_between_failures_counts_from_the_start() -> None:
    health = after(after(Health(state="healthy"), FAILED, CHECK), PASSED, CHECK)
    assert after(health, FAILED, CHECK).state == "healthy"


def test_an_unhealthy_target_needs_the_healthy_threshold() -> None:
    health = Health(state="unhealthy", reason="Target.Timeout")
    for _ in range(2):
        health = after(health, PASSED, CHECK)
        assert health.state == "unhealthy"
    assert after(health, PASSED, CHECK).state == "healthy"


def test_a_threshold_of_one_decides_at_once() -> None:
    once = msgspec.structs.replace(CHECK, unhealthy_threshold=1)
    assert after(Health(), FAILED, once).state == "unhealthy"


@pytest.mark.parametrize(
    ("status", "matcher", "passed"),
    [(200, "200", True), (204, "200-299", True), (302, "200,302", True), (503, "200-299", False), (301, "200", False)],
)
def test_matchers(status: int, matcher: str, passed: bool) -> None:
    assert judged(status, matcher).passed is passed


def test_a_mismatch_names_the_code() -> None:
    verdict = judged(503, "200")
    assert (verdict.reason, verdict.refused) == ("Target.ResponseCodeMismatch", False)
    assert "[503]" in verdict.description
