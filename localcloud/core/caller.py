"""The process that starts an instance: it is told once what came of it, and until then the instance ends with it."""

import asyncio
import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Caller:
    """Holds the lease, a pipe whose other end the caller has (None: there is none), and standard output."""

    def __init__(self, lease_fd: int | None, log: Path) -> None:
        self._lease_fd, self._log = lease_fd, log

    def watch(self, on_end: Callable[[], None]) -> None:
        """Call `on_end` when the caller has ended."""

        def read() -> None:
            assert self._lease_fd is not None
            if os.read(self._lease_fd, 64) == b"":
                self.release()
                on_end()

        if self._lease_fd is not None:
            asyncio.get_running_loop().add_reader(self._lease_fd, read)

    def release(self) -> None:
        """From now on the caller's end means nothing."""
        if self._lease_fd is not None:
            asyncio.get_running_loop().remove_reader(self._lease_fd)
            os.close(self._lease_fd)
            self._lease_fd = None

    def say(self, document: dict[str, Any]) -> None:
        """Print one line for the caller; afterwards both outputs are the log's."""
        with contextlib.suppress(OSError):
            os.write(1, json.dumps(document).encode() + b"\n")
        own = os.open(self._log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        os.dup2(own, 1)
        os.dup2(own, 2)
        os.close(own)
