"""What an earlier run was killed while doing: found by the operations that its state says are begun."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from provisioner.execution.run import Adopted, Run
from provisioner.state.state import Resource

THREADS: Final = 16
"""Interrupted creations completed at the same time."""


def adopt(run: Run) -> dict[str, Adopted]:
    """Complete what was being created: before anything else, so that all that stands is in the state.

    Returns by URN what has been "create"d or "replace"d so. Where nothing was left, the operation stays begun.
    """
    begun = [one for kind, one in run.state.interrupted if kind == "creating" and run.targets.may_delete(one)]
    if run.setting.clients is None or not begun:
        return {}

    def complete(one: Resource) -> Adopted | None:
        old = run.state.get(one.urn)
        stood = old is not None and not old.external
        return None if run.steps.recover(one, old) is None else "replace" if stood else "create"

    with ThreadPoolExecutor(THREADS, "adopt") as pool:
        results = list(pool.map(complete, begun))
    return {one.urn: action for one, action in zip(begun, results, strict=True) if action}


def settle(run: Run) -> None:
    """See to what the program does not want: what was being created is to be deleted, if anything is there.

    Of an update or a deletion the resource itself is; a reading or an import has touched nothing.
    """
    for kind, begun in run.state.interrupted:
        if begun.delete or begun.urn in run.visited or not run.targets.may_delete(begun):
            continue
        left = run.steps.find_left(begun, run.state.get(begun.urn)) if kind == "creating" else None
        if left is not None:
            run.state.doom(left)
        elif kind not in ("updating", "deleting"):
            run.state.forget_operation(begun)
