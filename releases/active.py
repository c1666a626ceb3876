"""Which colour of a region's workers takes jobs: an item of the operations table that releases change."""

from typing import TYPE_CHECKING, Final

from aws.dynamodb import Item, Value
from estate.files import read_writer_lease
from estate.topology import COLOURS, Colour
from operations.fencing import change_item
from operations.step import Step, StepContext
from operations.table import RegionalTable, Table
from operations.writer_lease import Author
from releases.model import RegionFacts

if TYPE_CHECKING:
    from releases.model import ReleaseFacts

KEYS: Final[dict[str, dict[str, str]]] = read_writer_lease()["items"]

FRESH_S: Final = 10.0
"""A worker notes a beat each two seconds while it is ready."""

CLOCKS_S: Final = 1.0
"""How far the clocks of a task and of this machine may be apart."""


def active_colour(table: Table, region: str) -> Colour | None:
    """Return the colour whose workers take a region's jobs; None before any release."""
    return colour_of(table.get(*_key(region)))


def colour_of(item: Item | None) -> Colour | None:
    """Return the colour that an item names; None where there is no item."""
    return next((colour for colour in COLOURS if item is not None and item.get("colour") == colour), None)


def _key(region: str) -> tuple[str, str]:
    return KEYS["worker_colour"]["pk"], KEYS["worker_colour"]["sk"].format(region=region)


def worker_silent_s(table: Table, region: str, colour: str, now: float) -> float | None:
    """Return how long ago a worker of a colour last reported that it is ready; None when none ever has."""
    key = KEYS["worker_beat"]
    beat = table.get(key["pk"], key["sk"].format(region=region, colour=colour))
    return None if beat is None else max(0.0, now - float(beat["noted_at"]))


def silent(context: StepContext, region: RegionFacts) -> str | None:
    """Return None when workers of the new colour have noted a beat since they were started, and just now."""
    if not region.workers:
        return None
    new, now = region.workers[0].new, context.clock.now()
    key = KEYS["worker_beat"]
    own = context.clients(region.region).table(region.operations_table)
    beat = own.get(key["pk"], key["sk"].format(region=region.region, colour=new))
    started_at = float(context.outputs.get(f"{region.region}/scale", {}).get("at", 0.0))
    if beat is not None and float(beat["noted_at"]) >= max(started_at - CLOCKS_S, now - FRESH_S):
        return None
    return f"no worker of {new} in {region.region} has reported that it is ready"


def regional_table(context: StepContext, facts: "ReleaseFacts") -> RegionalTable:
    """Return the operations table, by the first of the release's regions that answers."""
    return RegionalTable([context.clients(name).table(facts.operations_table) for name in facts.table_regions])


def activate(facts: "ReleaseFacts", region: RegionFacts) -> Step:
    """Start job processing in the workers of the new colour. The undo starts it in the old ones again."""
    old, new = region.workers[0].weighted, region.workers[0].new

    def lead_to(context: StepContext, colour: Colour) -> None:
        values: dict[str, Value] = {"colour": colour, "operation": context.operation_id}
        by = Author(context.operation_id, context.token)
        change_item(regional_table(context, facts), _key(region.region), by, lambda _seen: values)

    def do(context: StepContext) -> None:
        lead_to(context, new)

    def verify(context: StepContext) -> str | None:
        now = active_colour(regional_table(context, facts), region.region)
        return None if now == new else f"the active colour is {now}"

    def undo(context: StepContext) -> None:
        lead_to(context, old)  # in any case: it leaves a mark on which a late `do` fails

    return Step(
        name="activate",
        region=region.region,
        summary=f"start job processing on the new version ({new})",
        calls=tuple(f"dynamodb:{call}@{facts.table_regions[0]}" for call in ("GetItem", "UpdateItem")),
        estimate_s=0.2,
        do=do,
        verify=verify,
        deadline_s=10.0,
        undo=undo,
    )
