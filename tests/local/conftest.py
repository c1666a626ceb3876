"""Fixtures of tests on real processes."""

from collections.abc import Callable, Iterator

import pytest

from tests.local.running_cloud import RunningCloud


@pytest.fixture(scope="session")
def instance() -> Iterator[RunningCloud]:
    """One local cloud for all tests of a session: `endpoints`, `ask(op, …)`, `client(service, region)`, `processes()`."""
    cloud = RunningCloud()
    assert cloud.said.get("ok"), cloud.said
    yield cloud
    cloud.down()


@pytest.fixture
def new_instance() -> Iterator[Callable[..., RunningCloud]]:
    """Start local clouds of a test's own; all are gone after it."""
    started: list[RunningCloud] = []

    def start(*settings: str) -> RunningCloud:
        started.append(RunningCloud(*settings))
        return started[-1]

    yield start
    for cloud in started:
        cloud.down()
