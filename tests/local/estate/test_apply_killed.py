"""An apply is killed at random moments by SIGKILL; the next one always ends it: nothing doubled, nothing lost."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.local.estate.applying import FileSky, nodes_of
from tests.unit.provisioner.sky import check_truth

pytestmark = [pytest.mark.local, pytest.mark.timeout(180)]
ROOT = Path(__file__).parents[3]
KILLS = 50
MOST_TRIES = 100


class Applier:
    """The process that applies."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.local.estate.applying", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._read() == "ready"

    def apply(self, number: int, *, kill_after_s: float | None = None) -> tuple[int, float]:
        """Apply a program, or kill that after a while. Return the child's exit code and how long it ran (seconds)."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        child, started = int(self._read()), time.monotonic()
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            with suppress(ProcessLookupError):  # it had ended
                os.kill(child, signal.SIGKILL)
        return int(self._read()), time.monotonic() - started

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@pytest.fixture
def applier(tmp_path: Path) -> Iterator[Applier]:
    running = Applier(tmp_path)
    yield running
    running.close()


def test_fifty_kills_at_random_moments_lose_and_double_nothing(tmp_path: Path, applier: Applier) -> None:
    chance, kills, number = random.Random(50), 0, 1
    _, usual_s = applier.apply(number)
    while kills < KILLS:
        number += 1
        assert number < MOST_TRIES, f"only {kills} of {number} runs were killed before they ended"
        code, _ = applier.apply(number, kill_after_s=chance.uniform(0, usual_s))
        kills += code == -signal.SIGKILL

        code, took_s = applier.apply(number)

        assert code == 0
        check_truth(tmp_path, FileSky(tmp_path / "sky.json"), nodes_of(number))
        usual_s = 0.7 * usual_s + 0.3 * took_s
