"""Tables and durations for people. rich is imported only when something is drawn."""

from collections.abc import Sequence
from typing import Final

WIDTH: Final = 100
"""How wide a table may be where no terminal says it."""


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as text: coloured and as wide as the terminal on one, plain and at most WIDTH wide elsewhere."""
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    grid = Table(*columns, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        grid.add_row(*row)
    real = Console()
    width = real.width if real.is_terminal else WIDTH
    console = Console(file=StringIO(), force_terminal=real.is_terminal, width=width, no_color=real.no_color)
    console.print(grid)
    file = console.file
    assert isinstance(file, StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().rstrip().splitlines()).strip("\n")


def mib(count: int | None) -> str:
    """Return a number of bytes as MiB."""
    return "unknown" if count is None else f"{count / 2**20:.0f} MiB"
