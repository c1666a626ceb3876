"""What keeps parts of an instance from their work: who cannot go on, why, since when, and whether to wait any longer.

A controller tries again after every failure, and most failures pass: something else was not there yet. One that nobody
can fix from inside (a right, a full disk, a port, a missing file) is given up sooner. Pure: the clock is passed in.
"""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from localcloud.core.errors import RefusedError

LOG_TAIL_BYTES: Final = 4096

PATIENCE_S: Final = 90.0
LASTING_PATIENCE_S: Final = 15.0
"""So long a failure that does not pass by itself may last: a loaded machine may still be wrong about it."""

QUICK_S: Final = 10.0
QUICK_ENDS: Final = 5
"""A program that ended so many times, each within `QUICK_S` of its start, will not stay up."""

LASTING: Final = frozenset(
    {
        *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP),
        *(errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOEXEC),
        *(errno.EADDRINUSE, errno.EADDRNOTAVAIL),
    }
)

Key = tuple[str | None, str]


@dataclass(frozen=True)
class Trouble:
    """`name` cannot do its work in `region` (None: what belongs to none) since `since_s` of the clock."""

    region: str | None
    name: str
    problem: str
    lasting: bool
    since_s: float

    def is_hopeless(self, now_s: float) -> bool:
        """Whether it has lasted so long that it will not pass."""
        return now_s - self.since_s >= (LASTING_PATIENCE_S if self.lasting else PATIENCE_S)


def is_lasting(error: BaseException) -> bool:
    """Whether a failure does not pass by itself. One of a group counts."""
    if isinstance(error, BaseExceptionGroup):
        return any(map(is_lasting, error.exceptions))
    if isinstance(error, RefusedError):
        return error.code == "cannot_start"
    if isinstance(error, FileNotFoundError):  # a socket's absence passes: its server is on its way
        return error.filename is not None and not str(error.filename).endswith(".sock")
    if isinstance(error, OSError):
        return error.errno in LASTING
    return any(os.strerror(code) in str(error) for code in LASTING)  # what a program said, which has no number


def in_words(error: BaseException) -> str:
    """Return what failed: the innermost of a group, with its type where its text alone says little."""
    if isinstance(error, BaseExceptionGroup):
        return in_words(error.exceptions[0])
    text = " ".join(str(error).split())
    return text if isinstance(error, RefusedError) and text else f"{type(error).__name__}: {text}"


class Troubles:
    """What is wrong now in an instance, as its controllers and programs show it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: dict[Key, Trouble] = {}
        self._ends: dict[Key, int] = {}

    def failed(self, region: str | None, name: str, problem: str, *, lasting: bool) -> None:
        """Note that a part failed; since when, is known from its first failure after it last succeeded."""
        before = self._known.get((region, name))
        since_s = before.since_s if before else self._clock()
        self._known[region, name] = Trouble(region, name, problem, lasting, since_s)

    def succeeded(self, region: str | None, name: str) -> None:
        """Note that a part does its work."""
        self._known.pop((region, name), None)

    def ended(self, region: str | None, name: str, exit_code: int, ran_s: float, last_words: Callable[[], str]) -> None:
        """Note that a program ended. One that a signal ended was ended on purpose."""
        key = (region, name)
        if exit_code <= 0 or ran_s > QUICK_S:
            self._ends.pop(key, None)
            self.succeeded(region, name)
            return
        self._ends[key] = self._ends.get(key, 0) + 1
        if self._ends[key] >= QUICK_ENDS:
            problem = f"it ended {self._ends[key]} times at once, the last time with {exit_code}: {last_words()}"
            self._known[key] = Trouble(region, name, problem, True, self._clock() - LASTING_PATIENCE_S)

    def documents(self) -> list[dict[str, Any]]:
        """Return what is wrong now, the longest first."""
        now_s = self._clock()
        return [
            {
                "region": one.region,
                "name": one.name,
                "problem": one.problem,
                "lasts_s": round(now_s - one.since_s, 1),
                "hopeless": one.is_hopeless(now_s),
            }
            for one in sorted(self._known.values(), key=lambda one: one.since_s)
        ]


def last_line(log_file: Path) -> str:
    """Return the last line that a program wrote to its log."""
    try:
        with log_file.open("rb") as stream:
            stream.seek(max(0, log_file.stat().st_size - LOG_TAIL_BYTES))
            lines = stream.read().decode(errors="replace").strip().splitlines()
    except OSError as error:
        return f"its log cannot be read ({error.strerror})"
    return lines[-1] if lines else "it wrote nothing"
