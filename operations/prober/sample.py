"""One request as a user would have felt it, and the file that samples are appended to."""

import os
from pathlib import Path
from typing import Literal

import msgspec

Kind = Literal["read", "write"]

READ_PATH = "/api/videos?limit=20"
WRITE_PATH = "/api/videos"
"""What a read and a write ask, where it is no service's probe path."""

DROPPED = "dropped: no free slot"
"""The error of an arrival that found no free slot: it was never sent."""


class Sample(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One arrival.

    `at` is when it was due (unix seconds); `latency_ms` counts from then, so lateness of the prober itself (`late_ms`)
    is part of it. `service`, `colour`, `region` and `version` are what the answer's headers said (None: no answer, or
    none said); `path` is what was asked where it was a service's probe path. A write carries its `sequence`, and its
    `id` once acknowledged. `error` is None exactly when `ok`.
    """

    at: float
    kind: Kind
    ok: bool
    latency_ms: float
    late_ms: float = 0.0
    status: int | None = None
    service: str | None = None
    path: str | None = None
    colour: str | None = None
    region: str | None = None
    version: str | None = None
    error: str | None = None
    sequence: int | None = None
    id: str | None = None
    new_connection: bool = False

    @property
    def answered_at(self) -> float:
        """When the answer was complete, or given up (unix seconds)."""
        return self.at + self.latency_ms / 1000


def write_title(run_id: str, sequence: int) -> str:
    """Return the title of a test write: unique over all runs."""
    return f"prober {run_id} {sequence:06d}"


_decoder = msgspec.json.Decoder(Sample)


def read_samples(path: Path, offset: int = 0) -> tuple[list[Sample], int]:
    """Return the samples from byte `offset` on, and the offset to go on from.

    A last line that is not complete yet stays for the next call. A file that does not exist yet has no samples.
    """
    try:
        with path.open("rb") as file:
            return read_samples_of(file.fileno(), offset)
    except FileNotFoundError:
        return [], offset


def read_samples_of(descriptor: int, offset: int) -> tuple[list[Sample], int]:
    """Return the samples of an open file from byte `offset` on, as `read_samples` does; its position stays."""
    data = os.pread(descriptor, max(0, os.fstat(descriptor).st_size - offset), offset)
    complete = data[: data.rfind(b"\n") + 1]
    return [_decoder.decode(line) for line in complete.splitlines()], offset + len(complete)
