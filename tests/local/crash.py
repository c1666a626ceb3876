"""Runs breiqctl and kills it (SIGKILL) right before or right after its n-th journal write; or counts the writes.

    python -m tests.local.crash 7 before deploy --blue-green good --yes
    python -m tests.local.crash count FILE deploy --blue-green good --yes

A journal write is any of the engine's own: lock (not its beats), journal, index. Nothing in breiqctl knows of this.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aws.dynamodb import Table
from breiqctl.cli import run

DEPLOY_WRITES = 70
"""Journal writes of a deploy: lock, plan, journal, index; three a step, twenty steps, less where one only decides; end,
index, lock."""

FAILOVER_WRITES = 34
"""The same of a failover, with nine steps."""


def is_journal_write(pk: str, values: Any) -> bool:
    if pk == "lock":
        return set(values) != {"beat"}
    return pk == "operations" or pk.startswith("operation#")


def wrap(around: Callable[[int, Callable[[], None]], None]) -> None:
    """Make every journal write of this process go through `around(number, write)`."""
    real = Table.update
    count = 0

    def update(self: Table, pk: str, sk: str, values: Any, **more: Any) -> None:
        nonlocal count
        if not is_journal_write(pk, values):
            real(self, pk, sk, values, **more)
            return
        count += 1
        around(count, lambda: real(self, pk, sk, values, **more))

    Table.update = update  # type: ignore[method-assign]


def killer(number: int, when: str) -> Callable[[int, Callable[[], None]], None]:
    def around(position: int, write: Callable[[], None]) -> None:
        if position == number and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        write()
        if position == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return around


def counter(file: Path) -> Callable[[int, Callable[[], None]], None]:
    def around(position: int, write: Callable[[], None]) -> None:
        write()
        file.write_text(str(position))

    return around


def main() -> int:
    what, argument, *arguments = sys.argv[1:]
    wrap(counter(Path(argument)) if what == "count" else killer(int(what), argument))
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
