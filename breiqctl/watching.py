"""`status --watch`: the screen is redrawn in place; where there is no terminal, a line each time."""

import sys
import time
from collections.abc import Callable
from typing import Any, Final, NoReturn

from breiqctl.context import Context
from breiqctl.views.status import one_line, render
from breiqctl.views.wrap import wrapped
from estate.errors import BreiqError

PERIOD_S: Final = 2.0

Read = Callable[[], dict[str, Any]]


def watch(context: Context, read: Read, *, details: bool, rest: Callable[[float], None] = time.sleep) -> NoReturn:
    """Show what `read` returns again and again, until Ctrl-C (KeyboardInterrupt).

    What cannot be read at first ends it; later it is shown, and tried again. Raises BreiqError.
    """
    document = read()
    if context.json or not (sys.stdout and sys.stdout.isatty()):
        _in_lines(context, document, read, rest)
    _on_a_terminal(document, read, rest, details=details)


def _in_lines(context: Context, document: dict[str, Any], read: Read, rest: Callable[[float], None]) -> NoReturn:
    while True:
        context.answer(document, lambda found: f"{_clock()} {one_line(found)}")
        rest(PERIOD_S)
        document = _again(read, document, lambda text: context.say(f"{_clock()} {text}"))


def _on_a_terminal(document: dict[str, Any], read: Read, rest: Callable[[float], None], *, details: bool) -> NoReturn:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console, note = Console(highlight=False), ""
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            foot = f"{note or _clock()}; every {PERIOD_S:g} s, Ctrl-C ends"
            text = wrapped(f"{render(document, details=details)}\n\n{foot}", console.width)
            live.update(Text.from_ansi(text, no_wrap=True), refresh=True)
            rest(PERIOD_S)
            errors: list[str] = []
            document = _again(read, document, errors.append)
            note = f"{_clock()} as before: {errors[0]}" if errors else ""


def _again(read: Read, before: dict[str, Any], tell: Callable[[str], None]) -> dict[str, Any]:
    """Return what is read now; what was read before where that fails, which is told."""
    try:
        return read()
    except BreiqError as error:
        tell(f"{error.message}: {error.cause}" if error.cause else error.message)
        return before


def _clock() -> str:
    return time.strftime("%H:%M:%S", time.gmtime())
