"""A process that applies random programs to a cloud in a file, a child a time, so that a test may kill each of them.

Reads a number a line, prints the process id of the child that applies that program, and its exit code when it has ended.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.unit.provisioner.sky import Node, Nodes, Sky, program, sky_workspace

NODES = 8
PACE_S = 0.002
"""How long the cloud takes before and after each change: there are moments to be killed in."""


class FileSky(Sky):
    """A sky in a file, which is replaced at each change: whoever is killed has made the change, or has not."""

    def __init__(self, path: Path) -> None:
        held = json.loads(path.read_text()) if path.exists() else {"standing": {}, "serial": 0}
        super().__init__(held["standing"], held["serial"])
        self._path = path

    def change(self, what: Callable[[], None]) -> None:
        """Make a change, and keep it."""
        time.sleep(PACE_S)
        with self.lock:
            what()
            beside = self._path.with_suffix(".new")
            beside.write_text(json.dumps({"standing": self.standing, "serial": self.serial}))
            beside.rename(self._path)
        time.sleep(PACE_S)


def nodes_of(number: int) -> Nodes:
    """Return the program of a number: a few resources, some tied to others, in two regions."""
    chance = random.Random(number)
    nodes = {}
    for index in range(NODES):
        if index and chance.random() < 0.25:
            continue
        tie, ref = (chance.randrange(index) if index and chance.random() < 0.5 else None for _ in range(2))
        nodes[index] = Node(
            twin=index % 3 == 2,
            size=chance.randrange(3),
            kind=chance.randrange(2),
            tag=chance.randrange(2),
            tie=tie,
            ref=ref,
            region=chance.choice(["us-east-1", "us-east-1", "us-east-1", "us-west-2"]),
        )
    return nodes


def apply(folder: Path, number: int) -> None:
    """Apply the program of a number."""
    sky_workspace(folder, FileSky(folder / "sky.json")).apply("dev", program(nodes_of(number)), {})


def serve(folder: Path) -> None:
    """Apply what standard input asks for, each in a child that has all loaded already."""
    warm = folder / "warm"
    warm.mkdir()
    apply(warm, 0)
    _say("ready")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            apply(folder, int(line))
            os._exit(0)
        _say(child)
        _, status = os.waitpid(child, 0)
        _say(os.waitstatus_to_exitcode(status))


def _say(answer: object) -> None:
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
