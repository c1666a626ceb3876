"""What a plan does first, so that each value is free when another takes it; or why no order works."""

from collections.abc import Sequence
from dataclasses import replace

from provisioner.decide.order import Order
from provisioner.decide.results import Release
from provisioner.decide.unique import unique_of
from provisioner.errors import Change
from provisioner.execution.run import Run
from provisioner.state.state import Resource


def put_in_order(run: Run, standing: Sequence[tuple[Resource, str]]) -> tuple[Release, ...]:
    """Return what is done before the program runs, in its order. `standing` is what the state held before the dry run.

    Raises InputsError for what cannot be done in any order. What is to be made again, and was to be updated, is planned
    as such from now on.
    """
    planned = {run.former.get(urn, urn): one for urn, one in run.planned.items()}
    order = Order(standing, planned, run.setting.handlers)
    order.find(deleted_first=run.deleted_first, beside=run.beside)
    for one in order.refused:
        run.refuse(one.urn, one.source, one.reason)
    run.raise_failure()
    for urn in (urn for one in order.releases if one.kind == "again" for urn in one.urns):
        _plan_again(run, planned[urn].urn)
    return tuple(order.releases)


def _plan_again(run: Run, urn: str) -> None:
    one = run.planned[urn]
    if one.action != "update":
        return
    unique = unique_of(run.setting.handlers[one.type])
    because = tuple(name for name in unique.values if name in one.changed) if unique else ()
    run.planned[urn] = replace(one, action="replace", because=because)
    run.changes.update = [change for change in run.changes.update if change.urn != urn]
    run.changes.replace.append(Change(urn, one.changed))
    if one.protect:
        run.protected.append(urn)
