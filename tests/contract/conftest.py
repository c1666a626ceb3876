"""The program's calls, collected once in a session for all that judge them."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from provisioner.aws import Aws
from tests.contract.exercise import Exercised, exercise


@pytest.fixture(scope="session")
def exercised(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Exercised]]:
    """Return what `exercise` finds for an environment: `production`, `staging`, or `estate` (the local one)."""

    @cache
    def of(name: str) -> Exercised:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Aws, "wait_for", lambda self, what, check, *, deadline_s: check() and None)  # asked once
            return exercise(request.getfixturevalue(name))

    yield of
