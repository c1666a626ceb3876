"""RTO and outage from samples, as docs/design.md#rto-and-rpo defines them. Pure: nothing here looks at a clock.

A *good run* is 50 good requests of one kind in a row, over at least 5 s between the first and the last due time.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from operations.prober import Sample

RUN_REQUESTS: Final = 50
RUN_S: Final = 5.0


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """One outage of one kind of request: from when the first failed request was due until the first good run's first
    answer (unix seconds). `ended_at` None: no good run followed."""

    began_at: float
    ended_at: float | None


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """What users felt after a fault. None means "not observed"; 0 means that no request failed."""

    reads_s: float | None
    writes_s: float | None
    outage_reads_s: float | None
    outage_writes_s: float | None

    @property
    def rto_s(self) -> float | None:
        """The longer of reads and writes."""
        if self.reads_s is None or self.writes_s is None:
            return None
        return max(self.reads_s, self.writes_s)


def measure(samples: Iterable[Sample], fault_at: float) -> Recovery:
    """Return what users felt after `fault_at`, reads and writes apart.

    The time of recovery runs from the fault to the answer of the first request of the first good run (0 when that was
    the first request of all). An outage runs from a failure to the next good run; all of them add up.
    """
    after = sorted((sample for sample in samples if sample.at >= fault_at), key=lambda sample: sample.at)
    reads = [sample for sample in after if sample.kind == "read"]
    writes = [sample for sample in after if sample.kind == "write"]
    return Recovery(
        reads_s=_recovered_after(reads, fault_at),
        writes_s=_recovered_after(writes, fault_at),
        outage_reads_s=_outage_s(reads),
        outage_writes_s=_outage_s(writes),
    )


def outages(samples: Sequence[Sample]) -> list[Outage]:
    """Return the outages in samples of one kind, ordered by due time. Only the last one may be without an end."""
    found: list[Outage] = []
    index = 0
    while (failure := _next(samples, index, ok=False)) is not None:
        recovery = first_good_run(samples, failure)
        ended = None if recovery is None else samples[recovery].answered_at
        found.append(Outage(began_at=samples[failure].at, ended_at=ended))
        if recovery is None:
            break
        index = recovery
    return found


def first_good_run(samples: Sequence[Sample], start: int = 0) -> int | None:
    """Return the index of the first request, from `start` on, that begins a good run; None when there is none."""
    begin: int | None = None
    for index in range(start, len(samples)):
        if not samples[index].ok:
            begin = None
            continue
        begin = index if begin is None else begin
        if index - begin + 1 >= RUN_REQUESTS and samples[index].at - samples[begin].at >= RUN_S:
            return begin
    return None


def _next(samples: Sequence[Sample], start: int, *, ok: bool) -> int | None:
    return next((index for index in range(start, len(samples)) if samples[index].ok == ok), None)


def _recovered_after(samples: Sequence[Sample], fault_at: float) -> float | None:
    begin = first_good_run(samples)
    if begin is None:
        return None
    return samples[begin].answered_at - fault_at if begin else 0.0


def _outage_s(samples: Sequence[Sample]) -> float | None:
    if not samples:
        return None
    total = 0.0
    for outage in outages(samples):
        if outage.ended_at is None:
            return None
        total += outage.ended_at - outage.began_at
    return total
