"""All kinds of operations that this breiqctl knows: what resume, abort and repair find in a journal."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from breiqctl.context import Context
    from operations.kind import Registry


def registry(context: "Context") -> "Registry":
    """Return all kinds, as a command's context runs them."""
    from breiqctl.drilling import drill_environment_of
    from breiqctl.estate.operation import kinds
    from dr.drills.region_loss import drill_kind
    from dr.failover import FAILOVER
    from operations.kind import Registry
    from releases.kinds import DEPLOY, FIRST, ROLLBACK
    from releases.repair import REPAIR

    drill = drill_kind(cache(lambda: drill_environment_of(context)))
    return Registry([DEPLOY, ROLLBACK, FIRST, REPAIR, FAILOVER, *kinds(context), drill])
