"""What was applied from which sources: doing it again is quick."""

import hashlib
import itertools
import json
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Final

from estate.config import Environment
from estate.files import ENVIRONMENTS, ROOT
from provisioner.decide.results import Answer, StackResult
from stackops.workspace import waves

PROGRAM_ROOMS: Final = ("estate", "components", "infra", "provisioner")
"""The rooms whose sources decide what an apply does."""


class Memo:
    """Remembers that a stack was applied from just these sources and states: the program need not run again.

    It compares all that decides what the program declares, except what AWS says: whoever recalls it asks for the
    `answers` again, and looks for drift.
    """

    def __init__(self, environment: Environment, stack: str, state_dir: Path) -> None:
        self._environment, self._stack, self._state_dir = environment, stack, state_dir
        self._path = state_dir / f"{stack}.applied"

    def recall(self) -> StackResult | None:
        """Return the result "unchanged", or None when anything differs, or nothing is remembered."""
        started = time.monotonic()
        if not self._path.exists():
            return None
        memory = json.loads(self._path.read_text())
        if "answers" not in memory or memory["fingerprint"] != self._fingerprint():
            return None
        answers = tuple(Answer(**one) for one in memory["answers"])
        seconds = round(time.monotonic() - started, 3)
        return StackResult(self._stack, 0, memory["resources"], 0, seconds, answers=answers)

    def remember(self, result: StackResult) -> None:
        """Write down what was just applied."""
        memory = {
            "fingerprint": self._fingerprint(),
            "resources": result.resources,
            "answers": [asdict(one) for one in result.answers],
        }
        self._path.write_text(json.dumps(memory))

    def forget(self) -> None:
        """Remember nothing of the stack."""
        self._path.unlink(missing_ok=True)

    def _fingerprint(self) -> str:
        digest = hashlib.sha256(version("pulumi-aws").encode())
        sources = [path for room in PROGRAM_ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
        sources += sorted((ROOT / "estate").glob("*.json"))
        earlier = itertools.takewhile(lambda wave: self._stack not in wave, waves(self._environment))
        states = [self._state_dir / f"{name}.json" for name in (*itertools.chain(*earlier), self._stack)]
        for path in (*sources, ENVIRONMENTS / f"{self._environment.environment}.yaml", *states):
            digest.update(path.read_bytes() if path.exists() else b"absent")
        return digest.hexdigest()
