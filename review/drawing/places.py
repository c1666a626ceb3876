"""Sizes of the drawing, in pixels, and where the drawn parts of a region are."""

from dataclasses import dataclass
from typing import Final

from review.drawing.canvas import Box

WIDTH: Final = 1680
MARGIN: Final = 28
GAP: Final = 168
"""The room between the regions, for what is replicated."""
PANEL: Final = (WIDTH - 2 * MARGIN - GAP) / 2
CHANNEL: Final = 34
"""The room at a region's outer side, where requests go from the tasks to databases and services."""
PAD: Final = 14

EDGE_Y: Final = 84
EDGE_HEIGHT: Final = 112
PANEL_Y: Final = EDGE_Y + EDGE_HEIGHT + 64
HEADER: Final = 46
ZONE_HEADER: Final = 26
BAND_GAP: Final = 16
BAND_TITLE: Final = 28
CARD: Final = 66
CHIP: Final = 62
CHIPS_A_ROW: Final = 3
SIDE_ZONE: Final = 104
"""The width of a zone that has private subnets alone."""


@dataclass(frozen=True)
class Rows:
    """The heights that both regions share, so that their tiers stand at one height."""

    chips: int
    beside: int

    @property
    def task_height(self) -> float:
        """The height of the tier of tasks."""
        return BAND_TITLE + self.chips * CHIP + (self.chips - 1) * 10 + PAD

    @property
    def band_height(self) -> float:
        """The height of the other tiers."""
        return BAND_TITLE + CARD + PAD

    @property
    def network_height(self) -> float:
        """The height of a network: its zones' names and four tiers."""
        return ZONE_HEADER + 3 * self.band_height + self.task_height + 4 * BAND_GAP

    @property
    def beside_height(self) -> float:
        """The height of what stands beside the network."""
        return BAND_TITLE + self.beside * CARD + (self.beside - 1) * 10 + PAD

    @property
    def panel_height(self) -> float:
        """The height of a region."""
        return HEADER + self.network_height + BAND_GAP + self.beside_height + PAD


@dataclass
class Placed:
    """Where the drawn parts of a region are, for the lines between them."""

    panel: Box
    balancer: Box
    tasks: Box
    private: Box
    database: Box
    beside: Box
    inner_database: Box
    bucket: Box | None = None
    table: Box | None = None
