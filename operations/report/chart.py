"""The picture of a chapter: marks, steps, requests, latency and who served, over one time axis. Pure geometry."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from operations.report.axis import (
    Linear,
    Logarithmic,
    Tick,
    decade_ticks,
    linear_ticks,
    nice_ceiling,
    time_ticks,
)
from operations.report.curves import Slot, slots
from operations.report.data import Chapter, StepRow, Tone
from operations.report.text import seconds

WIDTH: Final = 960.0
LEFT: Final = 122.0
RIGHT: Final = 14.0
MARK_ROW: Final = 17.0
STEP_ROW: Final = 19.0
REQUESTS_HEIGHT: Final = 120.0
LATENCY_HEIGHT: Final = 104.0
SERVED_ROW: Final = 20.0
GAP: Final = 34.0
CHARACTER: Final = 7.2
"""About the width of a character at the chart's font size, to keep labels apart."""


class MarkLine(msgspec.Struct, frozen=True):
    """A vertical line with its label; `left` puts the text to the left of it."""

    x: float
    y: float
    label: str
    tone: Tone
    left: bool


class Bar(msgspec.Struct, frozen=True):
    """A step: a bar, and its text right (or left) of it."""

    x: float
    y: float
    width: float
    text_x: float
    left: bool
    label: str
    time: str
    outcome: str
    region_class: str


class Cell(msgspec.Struct, frozen=True):
    """One slot of one server: how much of the good answers it gave (opacity 0–1)."""

    x: float
    width: float
    opacity: float


class Server(msgspec.Struct, frozen=True):
    """A row of who served."""

    y: float
    label: str
    region_class: str
    cells: list[Cell]


class Panel(msgspec.Struct, frozen=True):
    """A plot's frame, ticks and the lines and areas in it (SVG path data by CSS class)."""

    title: str
    top: float
    bottom: float
    ticks: list[Tick]
    paths: list[tuple[str, str]]


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """All that the template draws."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    time: list[Tick]
    marks: list[MarkLine]
    steps_top: float | None
    bars: list[Bar]
    panels: list[Panel]
    served_top: float | None
    servers: list[Server]
    regions: list[tuple[str, str]]


def draw(chapter: Chapter) -> Chart | None:
    """Return the chapter's chart; None when it has neither samples nor steps."""
    curve = slots(chapter.samples, chapter.origin_at)
    scale = _time_scale(chapter, curve)
    if scale is None:
        return None
    regions = _regions(chapter, curve)
    marks, top = _marks(chapter, scale)
    steps_top = top + 16 if chapter.steps else None
    bars = _bars(chapter, top + 16, scale, regions)
    y = top + 16 + STEP_ROW * len(bars) if bars else top
    served_top: float | None = None
    panels: list[Panel] = []
    servers: list[Server] = []
    if curve:
        panels = [_requests(curve, scale, y + GAP)]
        panels.append(_latency(curve, scale, panels[0].bottom + GAP))
        served_top = panels[1].bottom + GAP
        servers = _servers(curve, scale, served_top, regions)
        y = served_top + SERVED_ROW * len(servers)
    return Chart(
        width=WIDTH,
        height=y + 30,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=top,
        bottom=y + 4,
        time=time_ticks(scale),
        marks=marks,
        steps_top=steps_top,
        bars=bars,
        panels=panels,
        served_top=served_top,
        servers=servers,
        regions=[(region, css) for region, css in regions.items() if region != "?"],
    )


def _time_scale(chapter: Chapter, curve: list[Slot]) -> Linear | None:
    offsets = [step.started_at - chapter.origin_at for step in chapter.steps]
    offsets += [step.started_at + step.duration_s - chapter.origin_at for step in chapter.steps]
    offsets += [mark.at - chapter.origin_at for mark in chapter.marks] if offsets or curve else []
    if curve:
        offsets += [curve[0].offset_s, curve[-1].offset_s + curve[-1].width_s]
    if not offsets:
        return None
    low, high = min(offsets), max(offsets)
    return Linear(low, max(high, low + 1.0), LEFT, WIDTH - RIGHT)


def _regions(chapter: Chapter, curve: list[Slot]) -> dict[str, str]:
    """Return a CSS class for each region: the first one is `r0`, the next `r1`."""
    served = sorted({region for slot in curve for region, _ in slot.served_by} - {"?"})
    seen = [*chapter.regions, *served, *(step.region for step in chapter.steps if step.region), "?"]
    return {region: f"r{min(index, 1)}" for index, region in enumerate(dict.fromkeys(seen))}


def _marks(chapter: Chapter, scale: Linear) -> tuple[list[MarkLine], float]:
    """Place each mark's label in the first row in which it does not touch another; return them and where rows end."""
    rows: list[float] = []
    lines = []
    for mark in sorted(chapter.marks, key=lambda mark: mark.at):
        offset = mark.at - chapter.origin_at
        label = f"{mark.name} {seconds(offset, signed=True)}" if offset else mark.name
        x, width = scale(offset), len(label) * CHARACTER + 10
        left = x + width > WIDTH
        begin = x - width if left else x
        row = next((index for index, end in enumerate(rows) if end <= begin), len(rows))
        rows[row : row + 1] = [begin + width]
        lines.append((x, row, label, mark.tone, left))
    return [MarkLine(x, 14 + row * MARK_ROW, text, tone, left) for x, row, text, tone, left in lines], 8 + len(
        rows
    ) * MARK_ROW


def _bars(chapter: Chapter, top: float, scale: Linear, regions: dict[str, str]) -> list[Bar]:
    return [
        _bar(step, top + STEP_ROW * index, scale, chapter.origin_at, regions)
        for index, step in enumerate(chapter.steps)
    ]


def _bar(step: StepRow, y: float, scale: Linear, origin_at: float, regions: dict[str, str]) -> Bar:
    x = scale(step.started_at - origin_at)
    end = scale(step.started_at - origin_at + step.duration_s)
    label, time = step.name, seconds(step.duration_s)
    left = end + (len(label) + len(time) + 3) * CHARACTER > WIDTH - RIGHT
    return Bar(
        x=x,
        y=y,
        width=round(max(end - x, 2.5), 1),
        text_x=x - 6 if left else max(end, x + 2.5) + 6,
        left=left,
        label=label,
        time=time,
        outcome=step.outcome,
        region_class=regions.get(step.region or "", "rx"),
    )


def _requests(curve: list[Slot], scale: Linear, top: float) -> Panel:
    bottom = top + REQUESTS_HEIGHT
    maximum = nice_ceiling(max((slot.good + slot.failed) / slot.width_s for slot in curve))
    y = Linear(0, maximum, bottom, top)
    good = [(slot, slot.good / slot.width_s) for slot in curve]
    total = [(slot, (slot.good + slot.failed) / slot.width_s) for slot in curve]
    return Panel(
        "Requests a second",
        top,
        bottom,
        linear_ticks(y),
        [("area failed", _steps_path(total, scale, y)), ("area good", _steps_path(good, scale, y))],
    )


def _steps_path(values: Sequence[tuple[Slot, float]], scale: Linear, y: Linear) -> str:
    points = []
    for slot, value in values:
        points += [(scale(slot.offset_s), y(value)), (scale(slot.offset_s + slot.width_s), y(value))]
    line = " ".join(f"L{px} {py}" for px, py in points)
    return f"M{points[0][0]} {y(0)} {line} L{points[-1][0]} {y(0)} Z"


def _latency(curve: list[Slot], scale: Linear, top: float) -> Panel:
    bottom = top + LATENCY_HEIGHT
    highest = max((slot.p95_ms or 0 for slot in curve), default=0)
    y = Logarithmic(1, 10.0 ** len(str(int(max(highest, 10)))), bottom, top)
    lines = [
        ("line p95", _line_path(((s, s.p95_ms) for s in curve), scale, y)),
        ("line p50", _line_path(((s, s.p50_ms) for s in curve), scale, y)),
    ]
    return Panel("Latency of good answers", top, bottom, decade_ticks(y), [line for line in lines if line[1]])


def _line_path(values: Iterable[tuple[Slot, float | None]], scale: Linear, y: Logarithmic) -> str:
    parts, pen_down = [], False
    for slot, value in values:
        if value is not None:
            x, end, height = scale(slot.offset_s), scale(slot.offset_s + slot.width_s), y(value)
            parts.append(f"{'L' if pen_down else 'M'}{x} {height} L{end} {height}")
        pen_down = value is not None
    return " ".join(parts)


def _servers(curve: list[Slot], scale: Linear, top: float, regions: dict[str, str]) -> list[Server]:
    names = sorted({server for slot in curve for server in slot.served_by}, key=lambda s: (regions[s[0]], s[1]))
    return [
        Server(top + index * SERVED_ROW, f"{region} {colour}", regions[region], _cells(curve, scale, (region, colour)))
        for index, (region, colour) in enumerate(names)
    ]


def _cells(curve: list[Slot], scale: Linear, server: tuple[str, str]) -> list[Cell]:
    """Return the slots in which the server answered; neighbours of one share are joined."""
    cells: list[Cell] = []
    for slot in curve:
        count = slot.served_by.get(server, 0)
        if not count:
            continue
        x, end = scale(slot.offset_s), scale(slot.offset_s + slot.width_s)
        opacity = round(0.25 + 0.75 * count / max(1, slot.good + slot.failed), 1)
        if cells and cells[-1].opacity == opacity and abs(cells[-1].x + cells[-1].width - x) < 0.2:
            cells[-1] = Cell(cells[-1].x, round(end - cells[-1].x, 1), opacity)
        else:
            cells.append(Cell(x, round(end - x, 1), opacity))
    return cells
