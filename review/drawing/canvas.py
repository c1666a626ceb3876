"""An SVG in the making: boxes, texts, lines, in layers. It remembers where each text lies, so that tests can look."""

from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape, quoteattr

FONT: Final = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
SMALLEST_PX: Final = 11

_NARROW: Final = dict.fromkeys("iljI.,:;'|!", 0.32) | dict.fromkeys("ftr()[]-/ ", 0.4)
_WIDE: Final = dict.fromkeys("mwMW@%", 0.98) | dict.fromkeys("ABCDEGHKNOPQRUVXY&", 0.77)
_USUAL: Final = 0.63
"""Widths of letters in em, of DejaVu Sans: the widest of what stands in for Arial."""


def width_of(text: str, size_px: float, *, bold: bool = False) -> float:
    """Return how wide a line of text is at most, in px, in Arial and in what stands in for it."""
    em = sum(_NARROW.get(letter, _WIDE.get(letter, _USUAL)) for letter in text)
    return em * size_px * (1.12 if bold else 1.0)


@dataclass(frozen=True)
class Box:
    """A rectangle in px."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The middle of its width."""
        return self.x + self.width / 2

    @property
    def centre(self) -> float:
        """The middle of its height."""
        return self.y + self.height / 2

    def overlaps(self, other: "Box") -> bool:
        """Return whether the two have an area in common."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def holds(self, other: "Box") -> bool:
        """Return whether the other one lies inside."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom


@dataclass(frozen=True)
class Written:
    """A line of text, and the room that it takes."""

    text: str
    box: Box
    size_px: float


@dataclass
class Canvas:
    """What is drawn. Layers, from below: ground, lines, boxes, texts."""

    width: float
    height: float
    ground: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    texts: list[Written] = field(default_factory=list)

    def rectangle(
        self,
        box: Box,
        *,
        fill: str,
        stroke: str = "none",
        radius: float = 8,
        dash: str = "",
        below: bool = False,
        stroke_px: float = 1.2,
        opacity: float = 1,
    ) -> None:
        """Draw a rectangle with round corners, on the ground or among the boxes."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        dashed += f' fill-opacity="{_n(opacity)}"' if opacity < 1 else ""
        (self.ground if below else self.boxes).append(
            f'<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}" '
            f'rx="{_n(radius)}" fill="{fill}" stroke="{stroke}" stroke-width="{_n(stroke_px)}"{dashed}/>'
        )

    def write(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size_px: float = 12,
        bold: bool = False,
        anchor: str = "start",
        fill: str = "#334155",
        halo: bool = False,
    ) -> None:
        """Write one line with its baseline at `y`; nothing for no text. `halo` keeps a line behind it away."""
        if not text:
            return
        width = width_of(text, size_px, bold=bold)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        self.texts.append(Written(text, Box(left, y - 0.78 * size_px, width, size_px), size_px))
        weight = ' font-weight="600"' if bold else ""
        shy = ' stroke="#ffffff" stroke-width="4" stroke-linejoin="round" paint-order="stroke"' if halo else ""
        self.words.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size_px)}" text-anchor="{anchor}" fill="{fill}"'
            f"{weight}{shy}>{escape(text)}</text>"
        )

    def path(
        self,
        points: list[tuple[float, float]],
        *,
        stroke: str,
        stroke_px: float = 2,
        dash: str = "",
        head: str = "",
        tail: str = "",
    ) -> None:
        """Draw a line through the points, its corners rounded; `head` and `tail` name arrow heads."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        ends = (f' marker-end="url(#{head})"' if head else "") + (f' marker-start="url(#{tail})"' if tail else "")
        self.lines.append(
            f'<path d="{_rounded(points)}" fill="none" stroke="{stroke}" stroke-width="{_n(stroke_px)}"{dashed}{ends}/>'
        )

    def svg(self, *, title: str, description: str, definitions: str = "") -> str:
        """Return the document."""
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(self.width)} {_n(self.height)}" '
            f'width="{_n(self.width)}" height="{_n(self.height)}" role="img" aria-labelledby="title description" '
            f"font-family={quoteattr(FONT)}>",
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="description">{escape(description)}</desc>',
            f"<defs>{definitions}</defs>",
            f'<rect width="{_n(self.width)}" height="{_n(self.height)}" fill="#ffffff"/>',
            *(f"<g>{''.join(layer)}</g>" for layer in (self.ground, self.lines, self.boxes, self.words)),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"


def _n(value: float) -> str:
    """A number as short as it can be written with two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _rounded(points: list[tuple[float, float]], radius: float = 8) -> str:
    """Return a path through the points with rounded corners."""
    parts = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        near = _towards(corner, before, radius)
        far = _towards(corner, after, radius)
        parts.append(f"L{_n(near[0])} {_n(near[1])}Q{_n(corner[0])} {_n(corner[1])} {_n(far[0])} {_n(far[1])}")
    parts.append(f"L{_n(points[-1][0])} {_n(points[-1][1])}")
    return "".join(parts)


def _towards(start: tuple[float, float], end: tuple[float, float], distance: float) -> tuple[float, float]:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1e-9)
    share = min(distance, length / 2) / length
    return start[0] + dx * share, start[1] + dy * share
