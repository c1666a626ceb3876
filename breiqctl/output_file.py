"""The option `-o`: a file that can be written, which is seen before the work and not after it."""

import os
from pathlib import Path
from typing import Any

import click


class OutputFile(click.Path):
    """A file that is there and may be written, or that its folder may get."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False, writable=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path. Fails as usage when its folder is not there, or takes no file."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        folder = path.parent
        if not folder.is_dir():
            self.fail(f"{folder} is no folder.", param, ctx)
        if not os.access(folder, os.W_OK):
            self.fail(f"{folder} may not be written.", param, ctx)
        return path
