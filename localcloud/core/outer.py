"""Processes as the machine sees them, from inside the PID namespace: through the /proc that was opened before."""

import os
from pathlib import Path


class OuterProcesses:
    """`descriptor` is the machine's /proc, opened as a folder by the process that made the namespace."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def started_at(self, pid: int) -> str | None:
        """Return when a process of the machine started (clock ticks, as text), None when it does not run."""
        text = self._read(f"{pid}/stat")
        if text is None:
            return None
        fields = text.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]

    def machine_pids(self) -> dict[int, int]:
        """Return, for each process of this namespace, the number that the machine knows it by."""
        own = Path("/proc/self/ns/pid").readlink()
        found = {}
        for name in os.listdir(self._descriptor):  # noqa: PTH208 - a descriptor, not a path
            if name.isdigit() and self._namespace(name) == str(own):
                numbers = [
                    line for line in (self._read(f"{name}/status") or "").splitlines() if line.startswith("NSpid:")
                ]
                if numbers:
                    found[int(numbers[0].split()[-1])] = int(name)
        return found

    def _namespace(self, name: str) -> str | None:
        try:
            return os.readlink(f"{name}/ns/pid", dir_fd=self._descriptor)
        except OSError:
            return None

    def _read(self, path: str) -> str | None:
        try:
            descriptor = os.open(path, os.O_RDONLY, dir_fd=self._descriptor)
            with os.fdopen(descriptor) as file:
                return file.read()
        except OSError:
            return None
