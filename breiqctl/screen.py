"""The end of a terminal, where a tree is redrawn in place below the lines that stay. Used by one thread alone."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass

View = Callable[[int], list[str]]
"""Returns the lines to be shown now, for a width."""


class Screen:
    """Draws a view on a terminal. Whatever it raises is its caller's to take."""

    def __init__(self, stream: Any, view: View) -> None:
        from rich.console import Console
        from rich.live import Live

        self.view = view
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._live: Live = Live(
            console=self._console,
            auto_refresh=False,
            vertical_overflow="crop",
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def draw(self) -> None:
        """Draw the view as it is now, over what was drawn before."""
        from rich.text import Text

        text = "\n".join(self.view(self._console.width))
        self._live.update(Text(text, no_wrap=True, overflow="crop"), refresh=True)

    def line(self, text: str) -> None:
        """Write a line that stays, above the view."""
        from rich.text import Text

        self._console.print(Text(text, no_wrap=True, overflow="ignore"), crop=False)

    def close(self) -> None:
        """Draw a last time, and leave it there."""
        self.draw()
        self._live.stop()


def can_draw(stream: Any) -> bool:
    """Whether a stream is a terminal on which lines can be drawn over."""
    import os

    try:
        return bool(stream.isatty()) and os.environ.get("TERM", "dumb") not in ("dumb", "unknown", "")
    except (AttributeError, OSError, ValueError):
        return False
