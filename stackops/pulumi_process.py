"""One run of Pulumi's CLI: its words pass through, an interrupt asks it to come to an end, and it ends with us."""

import ctypes
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Final

from operations.lock import BEAT_S, EXPIRY_S

REMEMBERED: Final = 400
"""So many of its last lines are kept: the summary and the errors stand there."""

_PR_SET_PDEATHSIG: Final = 1


POLL_S: Final = 0.5
ASK_EACH_S: Final = 1.0
SILENT_S: Final = EXPIRY_S - BEAT_S
"""After so long without a word of ours it is asked to come to an end: then another process may take the lock."""

_WATCH: Final = """
import os, select, signal, sys
while select.select([0], [], [], float(sys.argv[2]))[0]:
    if not os.read(0, 4096):
        sys.exit()
os.kill(int(sys.argv[1]), signal.SIGINT)
"""
"""What asks it in our place when we are stopped: a process of its own, which hears from us as long as we run."""


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


def run(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    folder: Path,
    around: Surroundings,
    silent_s: float = SILENT_S,
) -> Ran:
    """Run a command to its end. Its output is told line by line; that nobody can be told any more does not end it.

    The first interrupt asks it to finish what it has begun (SIGINT), the second to stop at once, the third kills it; so
    does the loss of the operation's lock, the first. It has a process group of its own, so that a terminal's Ctrl-C
    reaches it through us alone; when we die, or are stopped for `silent_s`, it is asked to come to an end too. Raises
    KeyboardInterrupt, or what `still_ours` raised, once it has ended.
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
        with _watched(process.pid, silent_s) as tell:
            _wait(process, around, tell)
    finally:
        reader.join(timeout=5.0)  # its last words count most; what it has left behind may hold the pipe open
    return Ran(process.returncode, tuple(lines))


@contextmanager
def _watched(pid: int, silent_s: float) -> Iterator[Callable[[], None]]:
    """Give what must be called often inside a `with`: when it is not for `silent_s`, the process is asked to end."""
    command = [sys.executable, "-I", "-S", "-c", _WATCH, str(pid), str(silent_s)]
    watch = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    assert watch.stdin is not None
    words = watch.stdin

    def tell() -> None:
        with suppress(OSError):  # it has asked, and ended
            words.write(b".")
            words.flush()

    try:
        yield tell
    finally:
        with suppress(OSError):
            words.close()
        watch.wait()


def _wait(process: "subprocess.Popen[str]", around: Surroundings, tell: Callable[[], None]) -> None:
    """Return when the process has ended; `tell` is called until then. Raises what made us ask it to come to its end."""
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
            tell()
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
    with stream:
        for line in stream:
            text = line.rstrip("\n")
            lines.append(text)
            with suppress(OSError, ValueError):
                say(text)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
