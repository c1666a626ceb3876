"""The lines between what is drawn: requests, and what is copied between the regions."""

from review.drawing.canvas import Box, Canvas
from review.drawing.edge import EstatePicture
from review.drawing.picture import RegionPicture
from review.drawing.places import EDGE_HEIGHT, EDGE_Y, PAD, PANEL_Y, WIDTH, Placed
from review.drawing.style import COPY, INK, REQUEST, TEXT, TONES


def draw_traffic(canvas: Canvas, picture: EstatePicture, edge: dict[str, Box], placed: dict[str, Placed]) -> None:
    """Draw how requests go: to the load balancers, to the tasks, to stores and services."""
    names = edge["names"]
    y = EDGE_Y + EDGE_HEIGHT + 26
    for region, share, dash, role in (
        (picture.primary_target, -0.25, "", "PRIMARY"),
        (picture.secondary_target, 0.25, "6 5", "SECONDARY"),
    ):
        if region not in placed:
            continue
        to = placed[region].balancer
        x = names.middle + share * names.width
        draw_arrow(canvas, [(x, names.bottom), (x, y), (to.middle, y), (to.middle, to.y)], dash=dash)
        beside = to.middle + (60 if x > to.middle else -60)
        canvas.write(role, beside, y - 7, size_px=11, bold=True, anchor="middle", fill=TEXT, halo=True)
    for part in placed.values():
        _inside(canvas, part)
    for region in picture.media_regions:
        if region in placed and placed[region].bucket and "distribution" in edge:
            _media(canvas, edge["distribution"], placed[region])
    if picture.media_regions:
        for number, line in enumerate(("files that are", "only read")):
            canvas.write(line, WIDTH / 2, PANEL_Y + 20 + 14 * number, size_px=11, anchor="middle", fill=TEXT)


def _media(canvas: Canvas, distribution: Box, part: Placed) -> None:
    """Draw the files that the edge takes from a bucket itself, through the room between the regions."""
    bucket = part.bucket
    assert bucket is not None
    on_left = part.panel.middle < WIDTH / 2
    x, y = distribution.x + 0.75 * distribution.width, EDGE_Y + EDGE_HEIGHT + 46
    way = part.panel.right + 26 if on_left else part.panel.x - 26
    end = (bucket.right if on_left else bucket.x, bucket.y + 14)
    draw_arrow(canvas, [(x, distribution.bottom), (x, y), (way, y), (way, end[1]), end])


def _inside(canvas: Canvas, part: Placed) -> None:
    """Draw the requests inside a region."""
    draw_arrow(canvas, [(part.balancer.middle, part.balancer.bottom), (part.balancer.middle, part.tasks.y)])
    draw_arrow(canvas, [(part.tasks.middle, part.tasks.bottom), (part.tasks.middle, part.private.y)])
    outer_left = part.panel.middle < WIDTH / 2
    bus = part.panel.x + PAD + 8 if outer_left else part.panel.right - PAD - 8
    for target in (part.database, part.beside):
        start = part.tasks.x if outer_left else part.tasks.right
        end = target.x if outer_left else target.right
        draw_arrow(
            canvas, [(start, part.tasks.centre), (bus, part.tasks.centre), (bus, target.centre), (end, target.centre)]
        )


def draw_replication(
    canvas: Canvas, picture: EstatePicture, left: tuple[RegionPicture, Placed], right: tuple[RegionPicture, Placed]
) -> None:
    """Draw what is replicated between the regions."""
    (west, one), (east, other) = left, right
    if picture.replicated_database:
        forward = picture.replicated_database == (west.name, east.name)
        _copied(
            canvas, one.inner_database, other.inner_database, ("streaming", "replication"), both=False, forward=forward
        )
    if one.bucket and other.bucket and picture.replicated_objects:
        both = len(picture.replicated_objects) == 2
        label = ("objects both ways" if both else "objects", "in 15 min (RTC)" if picture.timed_objects else "")
        _copied(canvas, one.bucket, other.bucket, label, both=both, below=True)
    if one.table and other.table and picture.shared_table:
        _copied(canvas, one.table, other.table, ("written in both",), both=True)
        if picture.witness:
            _witness(canvas, picture.witness, one.table)


def _copied(
    canvas: Canvas,
    one: Box,
    other: Box,
    label: tuple[str, ...],
    *,
    both: bool,
    forward: bool = True,
    below: bool = False,
) -> None:
    """Draw what is copied from one box to the other, with a label over or under the line."""
    y = one.centre
    start, end = (one.right, other.x) if forward else (other.x, one.right)
    canvas.path([(start, y), (end, y)], stroke=COPY, stroke_px=2.6, head="to-copy", tail="to-copy" if both else "")
    lines = [line for line in label if line]
    for number, line in enumerate(lines):
        baseline = y + 18 + 14 * number if below else y - 9 - 14 * (len(lines) - 1 - number)
        canvas.write(line, WIDTH / 2, baseline, size_px=11.5, bold=True, anchor="middle", fill="#92400e", halo=True)


def _witness(canvas: Canvas, region: str, one: Box) -> None:
    """Draw the operations table's witness in a third region, under the line between its replicas."""
    box = Box(WIDTH / 2 - 62, one.bottom - 14, 124, 50)
    canvas.path([(WIDTH / 2, one.centre), (WIDTH / 2, box.y)], stroke=COPY, stroke_px=1.8, dash="4 4", head="to-copy")
    canvas.rectangle(box, fill="#ffffff", stroke=TONES["table"].strong, dash="5 4")
    canvas.write("Witness", box.middle, box.y + 20, size_px=13, bold=True, anchor="middle", fill=INK)
    canvas.write(region, box.middle, box.y + 38, size_px=11.5, anchor="middle", fill=TEXT)


def draw_arrow(canvas: Canvas, points: list[tuple[float, float]], *, dash: str = "") -> None:
    """Draw the way of requests through these points."""
    canvas.path(points, stroke=REQUEST, stroke_px=1.8, dash=dash, head="to-request")
