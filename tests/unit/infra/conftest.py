"""Estates that several files look at: declared once."""

import pytest

from estate.files import read_environment
from tests.unit.infra.kit import Declared, declare


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """Production's foundation and regions."""
    environment = read_environment("production")
    return declare(environment, tmp_path_factory.mktemp("production"), ["foundation", *environment.creation_order])


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """The whole local environment, all four stacks."""
    return declare(read_environment("local"), tmp_path_factory.mktemp("estate"))


@pytest.fixture(scope="session")
def local_east(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """The local environment's foundation and first region."""
    return declare(read_environment("local"), tmp_path_factory.mktemp("local"), ["foundation", "us-east-1"])
