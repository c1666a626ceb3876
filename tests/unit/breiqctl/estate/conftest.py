"""What tests on the states of an estate begin with."""

from pathlib import Path

import pytest

from tests.unit.breiqctl.estate.two_regions import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)
