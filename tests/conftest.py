"""Who runs what when there are two workers, and the estates that several files look at, each declared once a session."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

import stackops
from estate.files import read_environment
from tests.unit.infra.kit import Declared, declare

REAL_PROCESSES = "tests/local"
WHOLE_PATH = (
    "test_states",
    "test_two_engines",
    "test_path",
    "test_crash",
    "test_output_failures",
    "test_stopped_owner",
    "test_stalled_writer",
)
"""The files of tests/local/path: what leaves the local cloud as `up` made it comes first."""


class OneForRealProcesses(LoadScopeScheduling):
    """One worker has the tests on real processes, those that take the time of requests last: the other has ended then.

    Of the rest each file stays with one worker.
    """

    def _split_scope(self, nodeid: str) -> str:
        return REAL_PROCESSES if nodeid.startswith(REAL_PROCESSES) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneForRealProcesses:
    """Share the tests so among the workers of `make test`."""
    return OneForRealProcesses(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the whole path behind the others, in their order."""
    items.sort(key=lambda item: WHOLE_PATH.index(item.path.stem) if item.path.parent.name == "path" else -1)


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """Production, all four stacks."""
    return declare(read_environment("production"), tmp_path_factory.mktemp("production"))


@pytest.fixture(scope="session")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """Staging, all four stacks."""
    return declare(read_environment("staging"), tmp_path_factory.mktemp("staging"))


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """The local environment, all four stacks."""
    return declare(read_environment("local"), tmp_path_factory.mktemp("estate"))


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], stackops.Plan]:
    """Return an environment's plan by its name, as if nothing stood."""
    empty = tmp_path_factory.mktemp("no-state")
    return cache(lambda name: stackops.plan(read_environment(name), endpoint_url=None, state_dir=empty))
