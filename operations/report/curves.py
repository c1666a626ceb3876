"""Samples as curves: what each moment of a run looked like. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from operations.percentile import percentile
from operations.prober import Sample

WIDTHS_S: Final = (1, 2, 5, 10, 30, 60, 300)
MOST_SLOTS: Final = 240


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the arrivals that were due in one slot of the run, `offset_s` from the origin, `width_s` long.

    Latencies are of good answers, None when there were none. `served_by` counts good answers by (region, colour).
    """

    offset_s: int
    width_s: int
    good: int
    failed: int
    p50_ms: float | None
    p95_ms: float | None
    served_by: dict[tuple[str, str], int]


def slots(samples: Sequence[Sample], origin_at: float) -> list[Slot]:
    """Return one slot a second from the first sample to the last (wider ones for long runs), empty ones too."""
    if not samples:
        return []
    span_s = max(s.at for s in samples) - min(s.at for s in samples)
    width = next((w for w in WIDTHS_S if span_s / w <= MOST_SLOTS), WIDTHS_S[-1])
    buckets: dict[int, list[Sample]] = {}
    for sample in samples:
        buckets.setdefault(math.floor((sample.at - origin_at) / width), []).append(sample)
    return [_slot(index * width, width, buckets.get(index, [])) for index in range(min(buckets), max(buckets) + 1)]


def _slot(offset_s: int, width_s: int, samples: list[Sample]) -> Slot:
    good = [sample for sample in samples if sample.ok]
    latencies = [sample.latency_ms for sample in good]
    served = Counter((sample.region or "?", sample.colour or "?") for sample in good)
    return Slot(
        offset_s=offset_s,
        width_s=width_s,
        good=len(good),
        failed=len(samples) - len(good),
        p50_ms=percentile(latencies, 0.5),
        p95_ms=percentile(latencies, 0.95),
        served_by=dict(served),
    )


def errors_by_text(samples: Iterable[Sample]) -> list[tuple[str, str, int]]:
    """Return (kind, error, count) of failed samples, the most frequent first."""
    counts = Counter((sample.kind, sample.error or "unknown") for sample in samples if not sample.ok)
    return [(kind, error, count) for (kind, error), count in counts.most_common()]
