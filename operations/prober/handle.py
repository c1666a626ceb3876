"""The parent's side of a prober: start it, read what it saw so far, end it."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from operations.prober.config import ProberConfig
from operations.prober.sample import Sample, read_samples_of


class ProberError(Exception):
    """The prober's process ended by itself; the message has the last line of its log."""


class Prober:
    """A running prober. As a context manager it is stopped at the end, whatever happens inside."""

    def __init__(self, config: ProberConfig, process: "subprocess.Popen[bytes]", log: BinaryIO) -> None:
        self.config = config
        self._process = process
        self._log = log
        assert config.samples_fd is not None
        self._descriptor = config.samples_fd
        self._offset = 0
        self._samples: list[Sample] = []

    @property
    def seen(self) -> list[Sample]:
        """What was read so far, in the order in which it was due; reads nothing new, so that it never fails."""
        return sorted(self._samples, key=lambda sample: sample.at)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def new_samples(self) -> list[Sample]:
        """Return what was seen since the last call, in the order of the answers.

        Raises ProberError when the process has ended without being told to.
        """
        fresh, self._offset = read_samples_of(self._descriptor, self._offset)
        self._samples += fresh
        told_to_end = self._process.stdin is None or self._process.stdin.closed
        if not fresh and not told_to_end and self._process.poll() is not None:
            raise ProberError(f"the prober ended ({self._process.returncode}): {_last_line(self._log)}")
        return fresh

    def follow(self) -> Callable[[], list[Sample]]:
        """Return a function that gives the samples since its last call, to another thread too: it reads for itself."""
        descriptor, offset = self._descriptor, [0]

        def fresh() -> list[Sample]:
            found, offset[0] = read_samples_of(descriptor, offset[0])
            return found

        return fresh

    def samples(self) -> list[Sample]:
        """Return everything seen so far, in the order in which it was due."""
        self.new_samples()
        return self.seen

    def wait_for_good(
        self, *, reads: int, writes: int, timeout_s: float, sleep: Callable[[float], None] = time.sleep
    ) -> bool:
        """Return True as soon as so many requests of each kind succeeded since the start, False after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while True:
            self.new_samples()
            good = [sample.kind for sample in self._samples if sample.ok]
            if good.count("read") >= reads and good.count("write") >= writes:
                return True
            if time.monotonic() > deadline:
                return False
            sleep(0.1)

    def stop(self) -> list[Sample]:
        """End the prober after its last answers are in; return all samples in the order in which they were due.

        May be repeated. A process that does not end in time (its own timeout and 2 s) is killed.
        """
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(self.config.timeout_s + 2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return self.samples()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_prober(config: ProberConfig) -> Prober:
    """Start a prober in a process of its own, which ends when this one does. It needs no disk to be of use."""
    samples_fd = os.memfd_create("samples")
    config = msgspec.structs.replace(config, parent_pid=os.getpid(), samples_fd=samples_fd)
    log = tempfile.TemporaryFile(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)  # noqa: S108, SIM115
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "operations.prober"],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        pass_fds=[samples_fd],
        start_new_session=True,
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(config) + b"\n")
    process.stdin.flush()
    return Prober(config, process, log)


def _last_line(log: BinaryIO) -> str:
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no output"
