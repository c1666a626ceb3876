"""Lets a resource of AWS be the one that the state has under a URN, or that the program declares anew."""

from collections.abc import Callable
from dataclasses import replace

from provisioner.decide.compare import Drift
from provisioner.decide.decision import unknown_inputs
from provisioner.decide.drift import brought_up_to_date, observe, provider_tags
from provisioner.decide.records import record
from provisioner.errors import StateError
from provisioner.execution.run import Run
from provisioner.state.state import Resource, now


def take_over(run: Run, urn: str, resource_id: str, rehearse: Callable[[], Run]) -> tuple[Drift, ...]:
    """Save in the run's state that this resource of AWS is the one of that URN; return in what it differs from that.

    `rehearse` gives a dry run of the program, for what the state does not have. Raises StateError when nothing declares
    the URN, or AWS has nothing of that id.
    """
    state, handlers = run.state, run.setting.handlers
    held = state.get(urn)
    if held is None or not held.in_cloud:
        held = _declared_anew(run, urn, rehearse())
    new = replace(held, id=resource_id, import_id=resource_id, pending_replacement=False, outputs={}, modified=now())
    state.begin("importing", new)
    (observed,) = observe([new], run.steps.look, handlers)
    state.forget_operation(new)
    if observed.read is None:
        raise StateError(f"stack {run.stack}: there is no {held.type} {resource_id} that could be {urn}")
    state.put(brought_up_to_date(observed, handlers[new.type], provider_tags(state, new)))
    return (observed.drift,) if observed.drift else ()


def _declared_anew(run: Run, urn: str, rehearsed: Run) -> Resource:
    """Return what the program declares, as the state would hold it. Raises StateError when it cannot yet."""
    goal = rehearsed.goals.get(urn)
    if goal is None:
        raise StateError(f"stack {run.stack}: neither state nor program has {urn}: declare it first")
    if run.state.provider(goal.provider) is None or unknown_inputs(goal.inputs):
        raise StateError(f"stack {run.stack}: {urn} needs what is not there yet: apply that first")
    return record(goal)
