"""Estates that several files look at: each is declared once in a session."""

import pytest

from estate.files import read_environment
from tests.unit.infra.kit import Declared, declare


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
