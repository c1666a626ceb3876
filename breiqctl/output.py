"""What breiqctl writes to its terminal. Writing it never fails, never blocks the work, and decides nothing.

A reader that went away (`| head`), a full disk (`2>/dev/full`), a closed descriptor, a terminal that cannot show a
letter or that is halted (Ctrl-S): progress is lost then, and nothing else. Progress is written by a thread of its own,
since an operation must not stand still because its reader does.
"""

import contextlib
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

import click

from breiqctl.screen import Screen, View, can_draw

FLUSH_S: Final = 2.0
"""How long the end of a command waits for progress that is not written yet."""

REDRAW_S: Final = 0.5
"""How often a view is drawn again."""

_CLOSED: Final = (BrokenPipeError,)
"""The reader has had enough: that is its choice, and no failure."""


def open_standard_streams() -> None:
    """Make descriptors 0 to 2 exist and take any letter. One that is closed would be given to the next file opened."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115, PTH123 - lives as long as the process
        elif hasattr(stream, "reconfigure"):
            with contextlib.suppress(OSError, ValueError):
                stream.reconfigure(errors="backslashreplace")


class Output:
    """stdout for the answer, stderr for progress. `lost` is why the answer could not be written, None when it was."""

    def __init__(self) -> None:
        self.lost: OSError | ValueError | None = None
        self._lines: queue.SimpleQueue[str | View | threading.Event] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._screen: Screen | None = None
        self.has_tree = False

    def say(self, text: str) -> None:
        """Write a line to stderr soon."""
        self._put(text)

    def show(self, view: View) -> None:
        """Draw a view below all lines, again and again until the next flush, where stderr is a terminal.

        `has_tree` says whether it is.
        """
        self.has_tree = can_draw(sys.stderr)
        if self.has_tree:
            self._put(view)

    def _put(self, item: str | View) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_lines, name="progress", daemon=True)
            self._thread.start()
        self._lines.put(item)

    def fitted(self, text: str, spare: int) -> str:
        """Return a text in lines of stderr's terminal, so much shorter than it."""
        return _fitted(text, sys.stderr, spare)

    def flush(self) -> None:
        """Return when all lines were written, or after FLUSH_S. A view stays as it was drawn last."""
        if self._thread is not None:
            written = threading.Event()
            self._lines.put(written)
            written.wait(FLUSH_S)

    def answer(self, text: str, *, verbatim: bool = True) -> None:
        """Write the command's result to stdout, after all progress. Sets `lost` when that fails."""
        self.flush()
        error = _write(text if verbatim else _fitted(text, sys.stdout), to_stderr=False)
        if error is not None and not isinstance(error, _CLOSED):
            self.lost = error

    def _write_lines(self) -> None:
        while True:
            try:
                item = self._lines.get(timeout=REDRAW_S if self._screen is not None else None)
            except queue.Empty:
                self._draw(lambda screen: screen.draw())
                continue
            if isinstance(item, threading.Event):
                self._draw(lambda screen: screen.close())
                self._screen = None
                item.set()
            elif isinstance(item, str):
                self._write_line(_fitted(item, sys.stderr))
            else:
                self._begin(item)

    def _begin(self, view: View) -> None:
        if self._screen is not None:
            self._screen.view = view
            return
        try:
            self._screen = Screen(sys.stderr, view)
        except Exception:  # noqa: BLE001 - without a tree the lines remain
            self._give_up()

    def _write_line(self, text: str) -> None:
        if self._screen is None:
            _write(text, to_stderr=True)
        else:
            self._draw(lambda screen: screen.line(text))

    def _draw(self, action: Callable[[Screen], None]) -> None:
        """Draw; a terminal on which that fails gets lines from then on, as far as it takes them."""
        if self._screen is None:
            return
        try:
            action(self._screen)
        except (Exception, SystemExit):  # noqa: BLE001 - rich ends the process where the reader is gone
            self._give_up()

    def _give_up(self) -> None:
        self._screen, self.has_tree = None, False
        settle_streams()


def _fitted(text: str, stream: Any, spare: int = 0) -> str:
    """Return a text in lines of the terminal's width, as it is where the stream is none, or that cannot be told."""
    try:
        if not stream.isatty():
            return text
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError, AttributeError):
        return text
    from breiqctl.views.wrap import wrapped

    return wrapped(text, columns - spare) if columns > spare else text


def _write(text: str, *, to_stderr: bool) -> OSError | ValueError | None:
    """Write a line; return why it could not be. The stream then leads nowhere: not even Python's last flush fails."""
    try:
        click.echo(text, err=to_stderr)
        (sys.stderr if to_stderr else sys.stdout).flush()
    except (OSError, ValueError) as error:
        _lead_nowhere(2 if to_stderr else 1)
        return error
    return None


def settle_streams() -> None:
    """Write what a drawing has left in a stream; one that takes nothing any more leads nowhere from now on.

    Otherwise Python would try again at its end, and exit with 120 whatever the command's code is.
    """
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):
            _lead_nowhere(number)


def _lead_nowhere(number: int) -> None:
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
