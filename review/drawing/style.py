"""Colours and line kinds of the drawing. Texts have a contrast of at least 4.5 on what they stand on."""

from dataclasses import dataclass
from typing import Final

INK: Final = "#0f172a"
TEXT: Final = "#334155"
FAINT: Final = "#526077"
RULE: Final = "#cbd5e1"


@dataclass(frozen=True)
class Tone:
    """A family of colours: its icon and edge, its ground, and text on that ground."""

    strong: str
    ground: str


TONES: Final = {
    "edge": Tone("#7c3aed", "#f5f3ff"),
    "public": Tone("#0369a1", "#f0f9ff"),
    "task": Tone("#b4380b", "#fff7ed"),
    "private": Tone("#0f766e", "#f0fdfa"),
    "database": Tone("#1d4ed8", "#eff6ff"),
    "beside": Tone("#475569", "#f8fafc"),
    "bucket": Tone("#166b38", "#f0fdf4"),
    "table": Tone("#1d4ed8", "#eff6ff"),
}

REQUEST: Final = "#334155"
COPY: Final = "#b45309"
"""The colour of what is replicated between the regions."""


def arrow_heads() -> str:
    """Return the definitions of the arrow heads: `to-request`, `to-copy`."""
    return "".join(
        f'<marker id="to-{name}" viewBox="0 0 10 10" refX="8.5" refY="5" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
        f'<path d="M0 .5L10 5L0 9.5z" fill="{colour}"/></marker>'
        for name, colour in (("request", REQUEST), ("copy", COPY))
    )
