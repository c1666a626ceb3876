"""Where everything stands: the edge above, two regions side by side and mirrored, what passes between them."""

from collections.abc import Sequence
from itertools import pairwise

from review.drawing.arrows import draw_arrow, draw_replication, draw_traffic
from review.drawing.canvas import Box, Canvas, width_of
from review.drawing.edge import EstatePicture, regions_of
from review.drawing.icons import ICONS
from review.drawing.picture import Card, RegionPicture
from review.drawing.places import (
    BAND_GAP,
    BAND_TITLE,
    CARD,
    CHANNEL,
    CHIP,
    CHIPS_A_ROW,
    EDGE_HEIGHT,
    EDGE_Y,
    HEADER,
    MARGIN,
    PAD,
    PANEL,
    PANEL_Y,
    SIDE_ZONE,
    WIDTH,
    ZONE_HEADER,
    Placed,
    Rows,
)
from review.drawing.style import COPY, FAINT, INK, REQUEST, RULE, TEXT, TONES, Tone


def lay_out(picture: EstatePicture) -> Canvas:
    """Return the drawing of an estate."""
    left, right = regions_of(picture)
    rows = Rows(
        chips=max(-(-len(region.services) // CHIPS_A_ROW) for region in (left, right)) or 1,
        beside=2,
    )
    height = PANEL_Y + rows.panel_height + 118
    canvas = Canvas(WIDTH, height)
    _title(canvas, picture)
    edge = _edge(canvas, picture)
    west = _region(canvas, left, rows, Box(MARGIN, PANEL_Y, PANEL, rows.panel_height), inner="right")
    east = _region(canvas, right, rows, Box(WIDTH - MARGIN - PANEL, PANEL_Y, PANEL, rows.panel_height), inner="left")
    draw_traffic(canvas, picture, edge, {left.name: west, right.name: east})
    draw_replication(canvas, picture, (left, west), (right, east))
    _legend(canvas, picture, height - 92)
    return canvas


def _title(canvas: Canvas, picture: EstatePicture) -> None:
    canvas.write(f"Breiq, {picture.environment}", MARGIN, 44, size_px=28, bold=True, fill=INK)
    regions = " and ".join(region.name for region in regions_of(picture))
    canvas.write(
        f"{regions}, side by side. Drawn from the plan: {picture.resources} resources in {picture.stacks} stacks.",
        MARGIN,
        68,
        size_px=14,
        fill=FAINT,
    )


def _card(canvas: Canvas, box: Box, card: Card, tone: Tone, *, size_px: float = 13) -> None:
    """Draw a card: an icon, the title, its lines under it."""
    canvas.rectangle(box, fill="#ffffff", stroke=tone.strong)
    canvas.boxes.append(
        f'<g transform="translate({box.x + 10:.2f} {box.y + 10:.2f})" fill="{tone.strong}">{ICONS[card.icon]}</g>'
    )
    x, room = box.x + 38, box.width - 46
    canvas.write(fitted(card.title, size_px, room, bold=True), x, box.y + 20, size_px=size_px, bold=True, fill=INK)
    for number, line in enumerate(card.lines):
        canvas.write(fitted(line, 11.5, room), x, box.y + 37 + 16 * number, size_px=11.5, fill=TEXT)


def fitted(text: str, size_px: float, room: float, *, bold: bool = False) -> str:
    """Return the text, shortened with an ellipsis where it would not fit."""
    if width_of(text, size_px, bold=bold) <= room:
        return text
    while text and width_of(text + "…", size_px, bold=bold) > room:
        text = text[:-1]
    return text.rstrip(" ,") + "…"


def _edge(canvas: Canvas, picture: EstatePicture) -> dict[str, Box]:
    """Draw users, firewall, distribution and names from left to right; return their boxes."""
    band, tone = Box(MARGIN, EDGE_Y, WIDTH - 2 * MARGIN, EDGE_HEIGHT), TONES["edge"]
    canvas.rectangle(band, fill=tone.ground, stroke=RULE, radius=12, below=True)
    canvas.write("Edge (global)", band.x + PAD, band.y + 19, bold=True, fill=tone.strong)
    y, boxes = band.y + 32, {}
    cards = (
        ("users", Card("users", "Users", (picture.site,)), 150.0),
        ("firewall", picture.firewall, 190.0),
        ("distribution", picture.distribution, 250.0),
        ("names", picture.names, 250.0),
        ("guards", picture.guards, 400.0),
    )
    x = band.x + PAD
    for name, card, width in cards:
        if card is None:
            continue
        if name == "names":
            x = max(x, WIDTH / 2 - width / 2)
        if name == "guards":
            x = band.right - PAD - width
        boxes[name] = Box(x, y, width, CARD + 4)
        _card(canvas, boxes[name], card, tone)
        x = boxes[name].right + 56
    chain = [boxes[name] for name in ("users", "firewall", "distribution", "names") if name in boxes]
    for one, other in pairwise(chain):
        draw_arrow(canvas, [(one.right, one.centre), (other.x, other.centre)])
    return boxes


def _region(canvas: Canvas, region: RegionPicture, rows: Rows, panel: Box, *, inner: str) -> Placed:
    """Draw a region; `inner` is its side that looks to the other one."""
    canvas.rectangle(panel, fill="#ffffff", stroke="#94a3b8", radius=14, below=True, stroke_px=1.6)
    canvas.write(region.name, panel.x + PAD + 4, panel.y + 30, size_px=20, bold=True, fill=INK)
    beyond = panel.x + PAD + 4 + width_of(region.name, 20, bold=True) + 14
    canvas.write(f"VPC {region.cidr}", beyond, panel.y + 29, size_px=13, fill=FAINT)
    role = "born as primary" if region.primary else "born as replica"
    canvas.write(role, panel.right - PAD - 4, panel.y + 29, size_px=13, anchor="end", fill=FAINT)
    content_x = panel.x + PAD + (CHANNEL if inner == "right" else 0)
    content = Box(content_x, panel.y + HEADER, panel.width - 2 * PAD - CHANNEL, rows.network_height)
    canvas.rectangle(content, fill="#fbfdff", stroke="#94a3b8", radius=10, dash="7 5", below=True)
    bands = _bands(canvas, region, rows, content)
    _zones(canvas, region, content)
    balancer = _public(canvas, region, bands["public"])
    _chips(canvas, region, bands["task"])
    _row(canvas, region.stores, bands["private"], TONES["private"])
    databases = region.databases if inner == "left" else tuple(reversed(region.databases))
    placed = _row(
        canvas, databases, bands["database"], TONES["database"], weights=[1.5 if one.wide else 1 for one in databases]
    )
    beside = Box(content.x, content.bottom + BAND_GAP, content.width, rows.beside_height)
    canvas.rectangle(beside, fill=TONES["beside"].ground, stroke=RULE, radius=10, below=True)
    canvas.write("Regional services", beside.x + 12, beside.y + 19, bold=True, fill=TONES["beside"].strong)
    bucket, table = _services_beside(canvas, region, beside, inner=inner)
    database = placed[0 if inner == "left" else -1] if placed else bands["database"]
    return Placed(panel, balancer, bands["task"], bands["private"], bands["database"], beside, database, bucket, table)


def _zones(canvas: Canvas, region: RegionPicture, content: Box) -> None:
    """Draw the zones as columns through all tiers."""
    for zone, column in _columns(region, content).items():
        canvas.rectangle(column, fill="#475569", radius=8, below=True, opacity=0.07)
        canvas.write(zone, column.middle, content.y + 20, size_px=12, bold=True, anchor="middle", fill=FAINT)


def _columns(region: RegionPicture, content: Box) -> dict[str, Box]:
    """Return each zone's column; one with private subnets alone is narrow."""
    side = len(region.side_zones)
    count = max(len(region.zones) - side, 1)
    wide = (content.width - 12 * (len(region.zones) + 1) - side * SIDE_ZONE) / count
    columns, x = {}, content.x + 12
    for zone in region.zones:
        columns[zone] = Box(x, content.y + 4, SIDE_ZONE if zone in region.side_zones else wide, content.height - 10)
        x = columns[zone].right + 12
    return columns


def _bands(canvas: Canvas, region: RegionPicture, rows: Rows, content: Box) -> dict[str, Box]:
    """Draw the tiers over the zones that they have subnets in, with the subnets' ranges; return their boxes."""
    columns = _columns(region, content)
    y, bands = content.y + ZONE_HEADER, {}
    for tier, name in (
        ("public", "Public"),
        ("task", "Tasks (ECS on Fargate)"),
        ("private", "Private: cache and search"),
        ("database", "Database"),
    ):
        height = rows.task_height if tier == "task" else rows.band_height
        over = [columns[zone] for zone in region.zones_of(tier)] or [content]
        band, tone = Box(over[0].x - 6, y, over[-1].right - over[0].x + 12, height), TONES[tier]
        canvas.rectangle(band, fill=tone.ground, stroke=tone.strong, radius=10, below=True, stroke_px=0.8)
        canvas.write(name, band.x + 12, band.y + 19, bold=True, fill=tone.strong)
        ranges = "   ".join(region.cidrs(tier))
        canvas.write(ranges, band.right - 12, band.y + 19, size_px=11, anchor="end", fill=FAINT)
        bands[tier] = band
        y += height + BAND_GAP
    return bands


def _public(canvas: Canvas, region: RegionPicture, band: Box) -> Box:
    """Draw a NAT gateway a zone, and the load balancer between them; return the load balancer's box."""
    tone, y = TONES["public"], band.y + BAND_TITLE
    width = 152.0
    gateways: list[Box] = []
    places = [band.x + 12, band.right - 12 - width]
    for zone, x in zip(region.nat_zones, places, strict=False):
        gateways.append(Box(x, y, width, CARD))
        _card(canvas, gateways[-1], Card("gate", "NAT gateway", (zone,)), tone)
    left = gateways[0].right if gateways else band.x
    right = gateways[1].x if len(gateways) > 1 else band.right
    balancer = Box(left + 14, y, right - left - 28, CARD)
    _card(canvas, balancer, region.balancer, tone)
    return balancer


def _chips(canvas: Canvas, region: RegionPicture, band: Box) -> None:
    """Draw the services in rows."""
    columns = min(max(len(region.services), 1), CHIPS_A_ROW)
    width = (band.width - 24 - 10 * (columns - 1)) / columns
    for number, card in enumerate(region.services):
        row, column = divmod(number, columns)
        box = Box(band.x + 12 + column * (width + 10), band.y + BAND_TITLE + row * (CHIP + 10), width, CHIP)
        _card(canvas, box, card, TONES["task"])


def _row(canvas: Canvas, cards: tuple[Card, ...], band: Box, tone: Tone, *, weights: Sequence[float] = ()) -> list[Box]:
    """Draw cards side by side over the whole width of a tier, each as wide as its weight has it."""
    parts = weights or [1.0] * len(cards)
    room, x, boxes = band.width - 24 - 12 * (len(cards) - 1), band.x + 12, []
    for card, part in zip(cards, parts, strict=True):
        boxes.append(Box(x, band.y + BAND_TITLE, room * part / sum(parts), CARD))
        _card(canvas, boxes[-1], card, tone)
        x = boxes[-1].right + 12
    return boxes


def _services_beside(canvas: Canvas, region: RegionPicture, band: Box, *, inner: str) -> tuple[Box | None, Box | None]:
    """Draw the regional services in two rows; bucket and table stand at the inner side, where they are replicated."""
    width = (band.width - 24 - 24) / 3
    columns = [band.x + 12 + n * (width + 12) for n in range(3)]
    outer = columns[:2] if inner == "right" else columns[1:]
    inmost = columns[2] if inner == "right" else columns[0]
    for number, card in enumerate(region.beside):
        row, column = divmod(number, 2)
        box = Box(outer[column], band.y + BAND_TITLE + row * (CARD + 10), width, CARD)
        _card(canvas, box, card, TONES["beside"])
    found: list[Box | None] = []
    for row, (card_or_none, tone) in enumerate(((region.bucket, "bucket"), (region.table, "table"))):
        box = Box(inmost, band.y + BAND_TITLE + row * (CARD + 10), width, CARD)
        if card_or_none:
            _card(canvas, box, card_or_none, TONES[tone])
        found.append(box if card_or_none else None)
    return found[0], found[1]


def _legend(canvas: Canvas, picture: EstatePicture, y: float) -> None:
    """Explain lines and colours at the foot, and say what is in the plan but not in the picture."""
    canvas.rectangle(Box(MARGIN, y, WIDTH - 2 * MARGIN, 70), fill="#f8fafc", stroke=RULE, radius=12, below=True)
    x: float = MARGIN + PAD
    for label, colour, width, dash, head in (
        ("request", REQUEST, 1.8, "", "to-request"),
        ("request, when the primary record is unhealthy", REQUEST, 1.8, "6 5", "to-request"),
        ("copied to the other region", COPY, 2.6, "", "to-copy"),
    ):
        canvas.path([(x, y + 24), (x + 44, y + 24)], stroke=colour, stroke_px=width, dash=dash, head=head)
        canvas.write(label, x + 54, y + 28, fill=TEXT)
        x += 54 + width_of(label, 12) + 24
    x = MARGIN + PAD
    for name, tier in (
        ("edge", "edge"),
        ("public subnets", "public"),
        ("tasks", "task"),
        ("private subnets", "private"),
        ("database subnets", "database"),
        ("objects", "bucket"),
        ("other regional services", "beside"),
    ):
        canvas.rectangle(Box(x, y + 42, 16, 16), fill=TONES[tier].ground, stroke=TONES[tier].strong, radius=4)
        canvas.write(name, x + 24, y + 54, fill=TEXT)
        x += 24 + width_of(name, 12) + 20
    room = WIDTH - MARGIN - PAD - x - 20
    right = WIDTH - MARGIN - PAD
    if picture.not_drawn:
        canvas.write("In the plan, not in the picture", right, y + 28, size_px=12, bold=True, anchor="end", fill=FAINT)
        canvas.write(fitted(picture.not_drawn, 11, room), right, y + 54, size_px=11, anchor="end", fill=FAINT)
