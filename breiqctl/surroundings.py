"""What a process is started with and must not matter: the interpreter's variables, a working directory that is gone."""

import os
from collections.abc import MutableMapping
from typing import Final

HARMLESS: Final = frozenset(
    {"PYTHONDONTWRITEBYTECODE", "PYTHONFAULTHANDLER", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED"}
)
"""Variables of the interpreter that change neither which code runs nor what it does."""


def settle(environ: MutableMapping[str, str] = os.environ) -> None:
    """Let no child run other modules, or the same without their assertions; stand in a folder that exists.

    `.venv/bin/breiqctl` runs isolated (-I), so that the same holds for this process from its first line on.
    """
    for name in [name for name in environ if name.startswith("PYTHON") and name not in HARMLESS]:
        del environ[name]
    try:
        os.getcwd()  # noqa: PTH109 - pathlib asks no less
    except FileNotFoundError:
        os.chdir("/")
