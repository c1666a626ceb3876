"""One run of Pulumi's CLI: its words pass through, an interrupt asks it to come to an end, and it ends with us."""

import ctypes
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Final

REMEMBERED: Final = 400
"""So many of its last lines are kept: the summary and the errors stand there."""

_PR_SET_PDEATHSIG: Final = 1


POLL_S: Final = 0.5
ASK_EACH_S: Final = 1.0


@dataclass(frozen=True)
class Ran:
    """How a run ended: its exit code, and its last lines."""

    code: int
    lines: tuple[str, ...]

    @property
    def errors(self) -> tuple[str, ...]:
        """What it said of errors, in order, each once, with the line that goes on from it."""
        texts = [line.strip() for line in self.lines]
        pairs = zip(texts, [*texts[1:], ""], strict=True)
        found = [f"{one} {rest}" if rest.startswith("because") else one for one, rest in pairs if one[:6] == "error:"]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a run shares with its command: where its words go, how often that was interrupted (`pressed`; those that are
    raised apart), and what raises when its operation may make no further call (`still_ours`).
    """

    say: Callable[[str], None]
    pressed: Callable[[], int] = lambda: 0
    still_ours: Callable[[], None] = lambda: None


def run(command: Sequence[str], *, environ: Mapping[str, str], folder: Path, around: Surroundings) -> Ran:
    """Run a command to its end. Its output is told line by line; that nobody can be told any more does not end it.

    The first interrupt asks it to finish what it has begun (SIGINT), the second to stop at once, the third kills it; so
    does the loss of the operation's lock, the first. It has a process group of its own, so that a terminal's Ctrl-C
    reaches it through us alone; when we die, it is asked to come to an end too. Raises KeyboardInterrupt, or what
    `still_ours` raised, once it has ended.
    """
    process = subprocess.Popen(
        command,
        env=dict(environ),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509 - one call of the system, before exec
    )
    assert process.stdout is not None
    lines: deque[str] = deque(maxlen=REMEMBERED)
    reader = Thread(target=_pass_on, args=(process.stdout, lines, around.say), name="pulumi-output", daemon=True)
    reader.start()
    try:
        _wait(process, around)
    finally:
        reader.join(timeout=5.0)  # its last words count most; what it has left behind may hold the pipe open
    return Ran(process.returncode, tuple(lines))


def _wait(process: "subprocess.Popen[str]", around: Surroundings) -> None:
    """Return when the process has ended by itself. Raises what made us ask it to, once it has."""
    raised = asked = 0
    lost: Exception | None = None
    look_at = time.monotonic() + ASK_EACH_S
    while True:
        try:
            process.wait(POLL_S)
            break
        except subprocess.TimeoutExpired:
            if lost is None and time.monotonic() >= look_at:
                lost, look_at = _lost(around), time.monotonic() + ASK_EACH_S
        except KeyboardInterrupt:
            raised += 1
        if asked < max(raised, around.pressed(), 1 if lost else 0):
            asked += 1  # one at a time: two signals of one number that wait are one
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT if asked <= 2 else signal.SIGKILL)
    if lost is not None:
        raise lost
    if asked or around.pressed():
        raise KeyboardInterrupt


def _lost(around: Surroundings) -> Exception | None:
    try:
        around.still_ours()
    except Exception as error:  # noqa: BLE001 - it is raised when the process has ended
        return error
    return None


def _pass_on(stream: IO[str], lines: "deque[str]", say: Callable[[str], None]) -> None:
    for line in stream:
        text = line.rstrip("\n")
        lines.append(text)
        with suppress(OSError, ValueError):
            say(text)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
