"""Scales of a chart: from seconds, requests and milliseconds to pixels, with ticks that people like. Pure."""

import math
from typing import Final

import msgspec

TIME_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
MOST_TICKS: Final = 12


class Tick(msgspec.Struct, frozen=True):
    """A labelled place on an axis, in pixels."""

    place: float
    label: str


class Linear(msgspec.Struct, frozen=True):
    """Maps low…high to first…last pixels; what lies outside is clamped."""

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        """Return where `value` lies, in pixels."""
        share = (min(max(value, self.low), self.high) - self.low) / ((self.high - self.low) or 1.0)
        return round(self.first + share * (self.last - self.first), 1)


class Logarithmic(msgspec.Struct, frozen=True):
    """Maps low…high (both positive) to first…last pixels by their logarithm; what lies outside is clamped."""

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        """Return where `value` lies, in pixels."""
        plain = Linear(math.log10(self.low), math.log10(self.high), self.first, self.last)
        return plain(math.log10(max(value, self.low)))


def time_ticks(scale: Linear) -> list[Tick]:
    """Return ticks at round offsets, labelled `+10 s` or, for long runs, `+5 min`."""
    span = scale.high - scale.low
    step = next((s for s in TIME_STEPS_S if span / s <= MOST_TICKS), TIME_STEPS_S[-1])
    first = math.ceil(scale.low / step) * step
    offsets = range(first, math.floor(scale.high) + 1, step)
    return [Tick(scale(offset), _time_label(offset, step)) for offset in offsets]


def _time_label(offset_s: int, step_s: int) -> str:
    sign = "+" if offset_s > 0 else "−" if offset_s < 0 else ""
    if step_s >= 60:
        return f"{sign}{abs(offset_s) // 60} min"
    return f"{sign}{abs(offset_s)} s"


def nice_ceiling(value: float) -> float:
    """Return the smallest of 1, 2, 2.5, 5, 10 × a power of ten that is not below `value`; 1 for none."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= value * 0.999)


def linear_ticks(scale: Linear, count: int = 2) -> list[Tick]:
    """Return `count` + 1 evenly spaced ticks."""
    values = [scale.low + (scale.high - scale.low) * index / count for index in range(count + 1)]
    return [Tick(scale(value), f"{value:g}") for value in values]


def decade_ticks(scale: Logarithmic) -> list[Tick]:
    """Return a tick for each power of ten, in milliseconds or seconds."""
    exponents = range(math.ceil(math.log10(scale.low)), math.floor(math.log10(scale.high) + 1e-9) + 1)
    return [Tick(scale(10.0**e), f"{10**e} ms" if e < 3 else f"{10 ** (e - 3)} s") for e in exponents]
