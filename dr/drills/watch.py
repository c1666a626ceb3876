"""What a drill reads off its prober while it runs: steady state, detection, recovery. Pure."""

from collections.abc import Sequence
from typing import Final

from dr.measure import measure
from operations.prober import Sample

STEADY_S: Final = 5.0
SETTLE_S: Final = 2.2
"""After this long every request that was due has been recorded: the prober's time-out, and a margin."""


def unsteady(samples: Sequence[Sample], now: float, *, region: str) -> str | None:
    """Return why this is no steady state, None when it is one.

    Steady means: for STEADY_S, reads and writes went out, each one was good, and `region` answered.
    """
    recent = [sample for sample in samples if now - STEADY_S - SETTLE_S <= sample.at <= now - SETTLE_S]
    for kind in ("read", "write"):
        own = [sample for sample in recent if sample.kind == kind]
        if not own or own[-1].at - own[0].at < STEADY_S * 0.9:
            return f"{kind}s have not been sent for {STEADY_S:g} s yet"
        bad = [sample for sample in own if not sample.ok]
        if bad:
            return f"{len(bad)} of the last {len(own)} {kind}s failed: {bad[-1].error}"
        strangers = {sample.region for sample in own} - {region}
        if strangers:
            return f"{kind}s were answered by {strangers.pop() or 'an unknown region'}, not by {region}"
    return None


def silence_s(samples: Sequence[Sample], now: float) -> float | None:
    """Return for how long there has been no successful answer, None when there never was one."""
    last = max((sample.answered_at for sample in samples if sample.ok), default=None)
    return None if last is None else now - last


def unrecovered(samples: Sequence[Sample], fault_at: float, now: float, *, watch_s: float) -> str | None:
    """Return what is still missing until recovery was watched for `watch_s`, None when nothing is."""
    found = measure(samples, fault_at)
    if found.rto_s is None:
        return "not yet 50 successful requests in a row over 5 s"
    if found.outage_reads_s is None or found.outage_writes_s is None:
        return "requests failed again"
    if now - fault_at - found.rto_s < watch_s:
        return f"recovered {now - fault_at - found.rto_s:.0f} s ago, watching for {watch_s:g} s"
    return None
