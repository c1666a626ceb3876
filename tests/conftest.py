"""Who runs what when there are two workers, and the estates that several files look at, each declared once a session."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from breiqctl import stacks
from estate.files import read_environment
from tests.unit.infra.kit import Declared, declare

HERE = Path(__file__).parent
REAL_PROCESSES, WHOLE_PATH = HERE / "local", HERE / "local" / "path"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker have the tests on real processes, those that take the time of requests last.

    The other worker has ended by then. Of the rest each file stays with one worker.
    """

    def turn(item: pytest.Item) -> int:
        return (item.path.is_relative_to(REAL_PROCESSES)) + (item.path.is_relative_to(WHOLE_PATH))

    real = sorted((item for item in items if turn(item)), key=turn)
    for item in real:
        item.add_marker(pytest.mark.xdist_group("real processes"))
    items[:] = real + [item for item in items if not turn(item)]


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
def planned(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], stacks.Plan]:
    """Return an environment's plan by its name, as if nothing stood."""
    empty = tmp_path_factory.mktemp("no-state")
    return cache(lambda name: stacks.plan(read_environment(name), endpoint_url=None, state_dir=empty))
