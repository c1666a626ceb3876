"""What the steps of a failover share: the table and the author of their writes, and how they name their calls."""

from collections.abc import Callable

from dr.facts import FailoverFacts
from dr.lease import Author
from operations.step import StepContext
from operations.table import Table

TableOf = Callable[[StepContext], Table]


def table_once(facts: FailoverFacts) -> TableOf:
    """Return a function that gives the operations table, whose client (a tenth of a second) is made once."""
    made: list[Table] = []

    def table(ctx: StepContext) -> Table:
        if not made:
            made.append(ctx.clients(facts.to_region).table(facts.operations_table))
        return made[0]

    return table


def author(ctx: StepContext) -> Author:
    """Return as whom this operation writes the lease."""
    return Author(ctx.operation_id, ctx.token)


def calls(facts: FailoverFacts, *names: str) -> tuple[str, ...]:
    """Return AWS calls with the region that they go to: the recovery region."""
    return tuple(f"{name}@{facts.to_region}" for name in names)
