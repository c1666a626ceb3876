"""`status --watch`: redrawn in place on a terminal, a line each time elsewhere; an error does not end it, Ctrl-C does."""

import io
from typing import Any

import pytest

from breiqctl import watching
from breiqctl.context import Context
from breiqctl.status import regions as region_state
from estate.errors import BreiqError
from tests.unit.fakes.status import SERVED, Fake


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def watch(screen: io.StringIO, monkeypatch: pytest.MonkeyPatch, *, errors: int = 0) -> Context:
    """Watch three times, then press Ctrl-C; the second reading fails if asked to."""
    context, turns = Fake(), iter(range(3))

    def rest(_seconds: float) -> None:
        if next(turns) == 2:
            raise KeyboardInterrupt

    readings = iter([None, *([BreiqError("down", "refused", "no local cloud runs")] * errors), None, None])

    def read() -> dict[str, Any]:
        error = next(readings)
        if error is not None:
            raise error
        return region_state.document(context, lambda _context: SERVED)

    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with pytest.raises(KeyboardInterrupt):
        watching.watch(context, read, details=False, rest=rest)
    context.output.flush()
    return context


def test_without_a_terminal_each_reading_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    watch(screen, monkeypatch)
    lines = screen.getvalue().splitlines()
    assert len(lines) == 3
    assert all(" HEALTHY: us-east-1 serves and writes" in line for line in lines)
    assert "\x1b" not in screen.getvalue()


def test_on_a_terminal_it_is_redrawn_without_blanking(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    watch(screen, monkeypatch)
    assert screen.getvalue().count("HEALTHY: us-east-1") >= 3
    assert "\x1b[2J" not in screen.getvalue(), "the screen is never blank"
    assert screen.getvalue().rstrip().endswith("\x1b[?25h"), "the cursor is shown again"


@pytest.mark.parametrize("screen", [io.StringIO, Terminal])
def test_a_reading_that_fails_does_not_end_it(screen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = screen()
    watch(shown, monkeypatch, errors=1)
    assert shown.getvalue().count("HEALTHY") >= 3
    if screen is Terminal:
        assert "as before: no local cloud runs" in shown.getvalue()
