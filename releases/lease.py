"""The writer lease's birth: a fresh estate's first release says who may write."""

from typing import TYPE_CHECKING

from operations.step import Step, StepContext
from operations.writer_lease import Lease, create, find_lease
from releases.active import regional_table

if TYPE_CHECKING:
    from releases.model import ReleaseFacts


def create_lease(facts: "ReleaseFacts") -> Step:
    """Create the lease's item if there is none: the primary holds it, epoch 1, open, traffic there."""

    def do(context: StepContext) -> None:
        lease = Lease(
            holder=facts.primary,
            epoch=1,
            state="open",
            traffic_region=facts.primary,
            operation=context.operation_id,
            token=context.token,
        )
        if not create(regional_table(context, facts), lease):
            context.note("the writer lease exists already")

    def verify(context: StepContext) -> str | None:
        return None if find_lease(regional_table(context, facts)) else "the lease's item is not there"

    return Step(
        name="lease",
        summary=f"create the writer lease for {facts.primary}",
        calls=tuple(f"dynamodb:UpdateItem@{region}" for region in facts.table_regions[:1]),
        estimate_s=0.2,
        do=do,
        verify=verify,
        deadline_s=10.0,
    )
