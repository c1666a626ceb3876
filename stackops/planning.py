"""What an apply would do: the four stacks side by side, against their state."""

import gc
import importlib
import multiprocessing
import os
import signal
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

from estate.config import Environment
from estate.errors import BreiqError
from provisioner.decide.results import Planned, StackPlan
from provisioner.events import ignore
from provisioner.urns import name_of, type_of
from review.plan import PlanDocument, PlannedResource
from stackops.translate import Translated
from stackops.workspace import checked, open_workspace, program

ACTIONS: Final = ("replace", "delete", "create", "import", "update")
"""What an apply may do to a resource, in the order in which it is shown: what may lose something first."""


@dataclass(frozen=True)
class Plan:
    """What an apply of the named stacks would do."""

    environment: Environment
    stacks: Mapping[str, StackPlan]
    duration_s: float

    @cached_property
    def document(self) -> PlanDocument:
        """The plan as cost, diagram, policies and coverage read it."""
        resources = tuple(_resource(name, one) for name, stack in self.stacks.items() for one in stack.planned)
        return PlanDocument(
            environment=self.environment.environment, resources=resources, taken_at=datetime.now(UTC).isoformat()
        )

    def summary(self) -> dict[str, Any]:
        """Return the `stacks` of `breiq.plan/1`."""
        return {name: _stack_summary(plan) for name, plan in self.stacks.items()}


def _resource(stack: str, planned: Planned) -> PlannedResource:
    return PlannedResource(
        stack=stack,
        urn=planned.urn,
        type=planned.type,
        name=planned.name,
        region=planned.region,
        component=component if (component := type_of(planned.parent)).startswith("breiq:") else "",
        component_name=name_of(planned.parent) if component.startswith("breiq:") else "",
        parent=planned.parent,
        action=planned.action,  # type: ignore[arg-type] # the engine's words are the document's
        changed=planned.changed,
        inputs=dict(planned.inputs),
        protect=planned.protect,
        source=planned.source,
        dependencies=planned.dependencies,
        property_dependencies=dict(planned.property_dependencies),
    )


def _stack_summary(plan: StackPlan) -> dict[str, Any]:
    in_cloud = [one for one in plan.planned if one.in_cloud]
    changes: dict[str, Any] = {action: [_change(one) for one in in_cloud if one.action == action] for action in ACTIONS}
    return {
        "resources": plan.resources,
        "by_type": dict(plan.by_type),
        "changes": {**changes, "same": sum(1 for one in in_cloud if one.action == "same")},
        "kept": [{**_change(one), "found": _found(one)} for one in in_cloud if one.kept],
        "first": [one.why for one in plan.releases],
        "protected": [name_of(urn) for urn in plan.protected],
    }


def _change(one: Planned) -> dict[str, Any]:
    return {
        "resource": one.name,
        "type": one.type,
        "urn": one.urn,
        "component": name_of(one.parent),
        "component_type": kind.removeprefix("breiq:estate:")
        if (kind := type_of(one.parent)).startswith("breiq:")
        else "",
        "changed": list(one.changed),
        "because": list(one.because),
        "source": one.source,
        "missing": one.missing,
        "found": [] if one.kept else _found(one),
    }


def _found(one: Planned) -> list[dict[str, Any]]:
    return [{"path": each.path, "applied": each.expected, "found": each.found} for each in one.found]


def plan(
    environment: Environment,
    *,
    endpoint_url: str | None,
    state_dir: Path,
    stack_names: Sequence[str] | None = None,
    targets: Sequence[str] = (),
    keep_drift: bool = False,
) -> Plan:
    """Return what an apply would do, by stack, from what AWS has now; with `keep_drift` what was changed there stays.
    Nothing is touched; without an endpoint nothing is asked either.

    The stacks are planned in processes of their own, as many as there are cores.
    """
    started = time.monotonic()
    names = checked(environment, stack_names)
    _refuse_strange(targets, names)
    _import_engine()
    work = _Work(endpoint_url, state_dir, tuple(targets), keep_drift)
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(
        min(len(names), os.cpu_count() or 1), mp_context=fork, initializer=_end_when_asked
    ) as pool:
        try:
            stacks = list(pool.map(partial(_plan_one, work), names))
        except BrokenProcessPool as error:
            raise BreiqError(
                "planning_ended",
                "transient",
                "a planning process was killed; nothing was changed",
                remedy="run it again; if memory is low, use --stack",
                retryable=True,
            ) from error
        except BaseException:
            for child in multiprocessing.active_children():
                child.terminate()
            raise
    return Plan(environment, dict(zip(names, stacks, strict=True)), round(time.monotonic() - started, 3))


def _refuse_strange(targets: Sequence[str], names: Sequence[str]) -> None:
    """Raise BreiqError `unknown_target` (usage) for a target that is no URN of the stacks: it would touch nothing."""
    for target in targets:
        if not any(target.startswith(f"urn:pulumi:{name}::") for name in names):
            raise BreiqError(
                "unknown_target",
                "usage",
                f"{target!r} is no URN of {', '.join(names)}",
                remedy="breiqctl estate plan --json names what would change by its urn",
            )


def _end_when_asked() -> None:
    """Let Ctrl-C and SIGTERM end this process at once: it writes nothing, and half a program does not end by itself."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _import_engine() -> None:
    """Import what all processes share; the SDK's modules of AWS services are each process's own affair."""
    for module in ("infra.program", "provisioner.apply", "provisioner.program.monitor"):
        importlib.import_module(module)


@dataclass(frozen=True)
class _Work:
    """What the planning of each stack has in common."""

    endpoint_url: str | None
    state_dir: Path
    targets: tuple[str, ...]
    keep_drift: bool


def _plan_one(work: _Work, name: str) -> StackPlan:
    gc.disable()  # the process ends soon, and the SDK makes a hundred thousand objects that stay
    workspace = open_workspace(work.state_dir, work.endpoint_url, offline=work.endpoint_url is None, on_event=ignore)
    with Translated(reads=True):
        return workspace.plan(name, program(), {}, targets=work.targets or None, keep_drift=work.keep_drift)
