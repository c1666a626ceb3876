"""Who runs what when there are two workers, and the estates that several files look at, each declared once a session."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from breiqctl import stacks
from estate.files import read_environment
from tests.unit.infra.kit import Declared, declare

REAL_PROCESSES = Path(__file__).parent / "local"
WHOLE_PATH = ("test_states", "test_path", "test_crash", "test_stalled_writer")
"""The files of tests/local/path: what leaves the local cloud as `up` made it comes first."""


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in a hook of the same name
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker have the tests on real processes, those that take the time of requests last.

    The other worker has ended by then.
    """

    def turn(item: pytest.Item) -> int:
        return WHOLE_PATH.index(item.path.stem) if item.path.parent.name == "path" else -1

    real = sorted((item for item in items if item.path.is_relative_to(REAL_PROCESSES)), key=turn)
    for item in real:
        item.add_marker(pytest.mark.xdist_group("real processes"))
    items[:] = real + [item for item in items if not item.path.is_relative_to(REAL_PROCESSES)]


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
