"""The decision about one registered resource: the state's record and the program's wish in, what to do out. Pure.

Source: pulumi/pulumi, `pkg/resource/deploy/step_generator.go` (continueStepsFromDiff).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from provisioner.decide.diff import changed_properties, covers, segments, top_level
from provisioner.decide.properties import compared_inputs
from provisioner.goal import Goal
from provisioner.handlers.common.base import Handler, Properties
from provisioner.state.state import Key, Resource, key_of
from provisioner.values import has_unknown

Action = Literal["create", "same", "update", "replace", "import", "delete"]

TAGS = frozenset({"tags", "tagsAll"})
REGION = "region"


@dataclass(frozen=True)
class Decision:
    """What to do. `changed` are property paths; `because` those top-level inputs that no update can change.

    `delete_first`: the old one goes before the new one comes. `gone`: the old one was deleted by an earlier run.
    """

    action: Action
    changed: tuple[str, ...] = ()
    because: frozenset[str] = frozenset()
    delete_first: bool = False
    gone: bool = False

    @property
    def inputs(self) -> frozenset[str]:
        """The top-level inputs that differ."""
        return top_level(self.changed)


def decide(
    old: Resource | None,
    goal: Goal,
    handler: Handler,
    *,
    moved: bool = False,
    excused: frozenset[str] = frozenset(),
    beside: bool = False,
) -> Decision:
    """Return what to do about a resource of AWS.

    `goal.inputs` hold the state's values at ignored paths already. `moved`: it is to lie in another region. `excused`
    are inputs whose new value nobody may be asked for: they count as unchanged. `beside`: the new one has other names,
    and may be made before the old one is deleted.
    """
    if old is None or old.external:
        return Decision("import" if goal.import_id else "create")
    if goal.import_id and old.pending_replacement:
        return Decision("import")
    changed = _changed(old, goal, excused)
    if old.pending_replacement:
        return Decision("replace", changed, delete_first=True, gone=True)
    because = frozenset(handler.forces_replacement(top_level(changed) - {REGION}))
    because |= {REGION} if moved else frozenset()
    because |= _chosen(changed, goal.replace_on_changes)
    if because:
        given = goal.delete_before_replace
        first = handler.delete_before_replace and not beside if given is None else given
        return Decision("replace", changed or (REGION,), because, delete_first=first)
    return Decision("update" if changed else "same", changed)


def _changed(old: Resource, goal: Goal, excused: frozenset[str]) -> tuple[str, ...]:
    before = compared_inputs(old.inputs, old.outputs, goal.inputs)
    if not excused:
        return changed_properties(before, goal.inputs)
    before = {name: value for name, value in before.items() if name not in excused}
    return changed_properties(before, {name: v for name, v in goal.inputs.items() if name not in excused})


def _chosen(changed: Iterable[str], patterns: Sequence[str]) -> frozenset[str]:
    """Return the changed inputs for which the program itself asks a replacement (`replaceOnChanges`)."""
    wanted = [segments(pattern) for pattern in patterns]
    return frozenset(path[0] for path in map(segments, changed) if any(covers(pattern, path) for pattern in wanted))


def replaced_with(root: Resource, resources: Iterable[Resource], handlers: Mapping[str, Handler]) -> list[Resource]:
    """Return the resources that must go before `root` may: an input that comes from it cannot change without that, or
    they are to be deleted anyway; and what must go before those. Source: calculateDependentReplacements.
    """
    found: dict[Key, Resource] = {}
    waiting = {key_of(one): one for one in resources if stands(one) and one.urn != root.urn}
    urns = {root.urn}
    while going := {key: one for key, one in waiting.items() if _goes_with(one, urns, handlers)}:
        found |= going
        urns |= {one.urn for one in going.values()}
        waiting = {key: one for key, one in waiting.items() if key not in going}
    return list(found.values())


def _goes_with(resource: Resource, urns: set[str], handlers: Mapping[str, Handler]) -> bool:
    if resource.delete or resource.deleted_with in urns:
        return not resource.needs.isdisjoint(urns)
    fed = {name for name, needed in resource.property_dependencies.items() if urns.intersection(needed)}
    fed -= set(resource.ignore_changes)
    forced = handlers[resource.type].forces_replacement(frozenset(fed)) if fed else frozenset()
    return bool(forced or _chosen(fed, resource.replace_on_changes))


def standing_on(urn: str, resources: Iterable[Resource]) -> set[str]:
    """Return the URNs of what depends on a resource, directly or not."""
    everything = list(resources)
    found = {urn}
    while more := {one.urn for one in everything if not one.needs.isdisjoint(found)} - found:
        found |= more
    return found - {urn}


def stands(resource: Resource) -> bool:
    """Say whether something in AWS stands for the resource now."""
    return resource.in_cloud and not resource.pending_replacement


def unknown_inputs(inputs: Properties) -> frozenset[str]:
    """Return the inputs that hold an unknown."""
    return frozenset(name for name, value in inputs.items() if has_unknown(value))
