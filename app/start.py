"""How the app's long-lived programs begin: with their settings, or by saying all that is wrong with them."""

import os
import sys

from app.settings import Settings, SettingsError, read_settings


def settings_of(command: str) -> Settings | None:
    """Return this process's settings; None where they are wrong, which is said on stderr, a line a problem."""
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        for problem in error.problems:
            print(f"app {command}: {problem}", file=sys.stderr)  # noqa: T201
        return None
