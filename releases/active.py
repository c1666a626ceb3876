"""Which colour of a region's workers takes jobs: an item of the operations table that releases change."""

from typing import TYPE_CHECKING, Final

from aws.errors import ConditionFailed
from estate.files import read_writer_lease
from estate.topology import COLOURS, Colour
from operations.step import Step, StepContext, StepFailed
from operations.table import RegionalTable, Table
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
    item = table.get(KEYS["worker_colour"]["pk"], KEYS["worker_colour"]["sk"].format(region=region))
    return next((colour for colour in COLOURS if item is not None and item["colour"] == colour), None)


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
    return f"no worker of {new} in {region.region} has said that it is ready"


def activate(facts: "ReleaseFacts", region: RegionFacts) -> Step:
    """Let the workers of the new colour take the region's jobs. Their undo lets the old ones take them again."""
    old, new = region.workers[0].weighted, region.workers[0].new

    def table(context: StepContext) -> RegionalTable:
        return RegionalTable([context.clients(name).table(facts.operations_table) for name in facts.table_regions])

    def lead_to(context: StepContext, colour: Colour) -> None:
        own = table(context)
        before = active_colour(own, region.region)
        if before == colour:
            return
        key = KEYS["worker_colour"]
        try:
            own.update(
                key["pk"],
                key["sk"].format(region=region.region),
                {"colour": colour, "operation": context.operation_id},
                expect={"colour": before},
            )
        except ConditionFailed as error:
            if active_colour(own, region.region) != colour:
                raise StepFailed(
                    "workers_moved",
                    f"the active colour of the workers in {region.region} was changed by someone else",
                    remedy="breiqctl operation list",
                ) from error

    def do(context: StepContext) -> None:
        lead_to(context, new)

    def verify(context: StepContext) -> str | None:
        now = active_colour(table(context), region.region)
        return None if now == new else f"the active colour is {now}"

    def undo(context: StepContext) -> None:
        if active_colour(table(context), region.region) is not None:
            lead_to(context, old)

    return Step(
        name="activate",
        region=region.region,
        summary=f"let the workers of {new} take jobs",
        calls=tuple(f"dynamodb:{call}@{facts.table_regions[0]}" for call in ("GetItem", "UpdateItem")),
        estimate_s=0.2,
        do=do,
        verify=verify,
        deadline_s=10.0,
        undo=undo,
    )
