"""How a run of Pulumi's CLI ends: by itself, when asked to, when its operation has lost the lock, and with us."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stackops.pulumi_process import Surroundings, run

pytestmark = [pytest.mark.local, pytest.mark.timeout(60)]

DEADLINE_S = 20.0

CHILD = """
import os, signal, sys, time
presses = 0
def asked(number, frame):
    global presses
    presses += 1
    print(f"asked {presses}", flush=True)
    if presses >= int(sys.argv[1]):
        sys.exit(7)
signal.signal(signal.SIGINT, asked)
open(sys.argv[2], "w").write(str(os.getpid()))
print("error: resource x cannot be deleted", flush=True)
print("  because it is protected", flush=True)
while True:
    time.sleep(0.01)
"""


def child(folder: Path, presses: int) -> list[str]:
    """Return a command that ends after so many requests, and writes its process id into `pid`."""
    return [sys.executable, "-c", CHILD, str(presses), str(folder / "pid")]


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_it_runs_to_its_end_and_its_words_pass_through(tmp_path: Path) -> None:
    heard: list[str] = []
    command = ["sh", "-c", "echo one; echo two >&2; exit 3"]
    ran = run(command, environ=os.environ, folder=tmp_path, around=Surroundings(say=heard.append))
    assert (ran.code, heard) == (3, ["one", "two"])


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "no space"), ValueError("closed")])
def test_nobody_being_told_does_not_end_it(tmp_path: Path, error: Exception) -> None:
    def say(_: str) -> None:
        raise error

    ran = run(["sh", "-c", "seq 5000; exit 0"], environ=os.environ, folder=tmp_path, around=Surroundings(say=say))
    assert (ran.code, ran.lines[-1]) == (0, "5000")


@pytest.mark.parametrize("presses", [1, 2])
def test_an_interrupt_asks_it_and_waits_for_its_end(tmp_path: Path, presses: int) -> None:
    heard: list[str] = []
    pressed = iter([0, 0])

    def count() -> int:
        if not (tmp_path / "pid").exists() or next(pressed, None) is not None:
            return 0
        return presses

    with pytest.raises(KeyboardInterrupt):
        run(
            child(tmp_path, presses),
            environ=os.environ,
            folder=tmp_path,
            around=Surroundings(say=heard.append, pressed=count),
        )
    assert not lives(int((tmp_path / "pid").read_text()))
    assert "asked 1" in heard


def test_a_third_interrupt_kills_it(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(
            child(tmp_path, 99),
            environ=os.environ,
            folder=tmp_path,
            around=Surroundings(say=lambda _: None, pressed=lambda: 3 if (tmp_path / "pid").exists() else 0),
        )
    assert not lives(int((tmp_path / "pid").read_text()))


def test_a_lost_lock_asks_it_to_end(tmp_path: Path) -> None:
    heard: list[str] = []

    def still_ours() -> None:
        if (tmp_path / "pid").exists():
            raise RuntimeError("superseded")

    with pytest.raises(RuntimeError, match="superseded"):
        run(
            child(tmp_path, 1),
            environ=os.environ,
            folder=tmp_path,
            around=Surroundings(say=heard.append, still_ours=still_ours),
        )
    assert "asked 1" in heard


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_comes_to_an_end_with_us(tmp_path: Path, number: int) -> None:
    program = textwrap.dedent(f"""
        import os
        from pathlib import Path
        from stackops.pulumi_process import Surroundings, run
        run({child(tmp_path, 1)!r}, environ=os.environ, folder=Path({str(tmp_path)!r}), around=Surroundings(say=print))
    """)
    ours = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
    wait_until((tmp_path / "pid").exists)
    wait_until(lambda: bool((tmp_path / "pid").read_text()))
    ours.send_signal(number)
    ours.wait(DEADLINE_S)
    pid = int((tmp_path / "pid").read_text())
    wait_until(lambda: not lives(pid))


def test_it_comes_to_an_end_when_we_are_stopped(tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import os
        from pathlib import Path
        from stackops.pulumi_process import Surroundings, run
        run(
            {child(tmp_path, 1)!r}, environ=os.environ, folder=Path({str(tmp_path)!r}), around=Surroundings(say=print),
            silent_s=1.5,
        )
    """)
    ours = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
    try:
        wait_until((tmp_path / "pid").exists)
        wait_until(lambda: bool((tmp_path / "pid").read_text()))
        time.sleep(2.0)  # longer than it may hear nothing, and it hears from us
        pid = int((tmp_path / "pid").read_text())
        assert lives(pid)
        ours.send_signal(signal.SIGSTOP)
        wait_until(lambda: not lives(pid))
        ours.send_signal(signal.SIGCONT)
        assert ours.wait(DEADLINE_S) == 0
    finally:
        ours.kill()


def test_an_error_is_told_with_its_reason(tmp_path: Path) -> None:
    script = (
        "echo '  error: x cannot be deleted'; echo '  because it is protected'; echo '  error: update failed'; exit 1"
    )
    ran = run(["sh", "-c", script], environ=os.environ, folder=tmp_path, around=Surroundings(say=lambda _: None))
    assert ran.errors == ("error: x cannot be deleted because it is protected", "error: update failed")
