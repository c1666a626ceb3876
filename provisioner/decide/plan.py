"""Records of a plan: what would be done, as plain data that may be shown. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from provisioner.decide.compare import Difference
from provisioner.decide.decision import Decision
from provisioner.decide.results import Planned
from provisioner.goal import Goal
from provisioner.state.state import Resource
from provisioner.urns import name_of
from provisioner.values import Secret, Unknown

SECRET: Final = "[secret]"
UNKNOWN: Final = "[unknown]"


def shown(value: Any) -> Any:
    """Return the value as it may be shown: the word "[secret]" for a secret, "[unknown]" for what is not known yet."""
    match value:
        case Secret():
            return SECRET
        case Unknown():
            return UNKNOWN
        case dict():
            return {name: shown(item) for name, item in value.items()}
        case list():
            return [shown(item) for item in value]
    return value


def planned(
    goal: Goal,
    decision: Decision,
    region: str = "",
    *,
    missing: bool = False,
    found: Sequence[Difference] = (),
    kept: bool = False,
) -> Planned:
    """Return the record of a resource that the program wants; `missing`, `found` and `kept` as Planned has them."""
    return Planned(
        urn=goal.urn,
        type=goal.type,
        name=goal.name,
        action=decision.action,
        region=region,
        changed=decision.changed,
        because=tuple(sorted(decision.because)),
        inputs=shown(goal.inputs),
        parent=goal.parent,
        protect=goal.protect,
        source=goal.source,
        dependencies=goal.dependencies,
        property_dependencies={name: tuple(urns) for name, urns in goal.property_dependencies.items()},
        missing=missing,
        found=tuple(found),
        kept=kept and bool(found),
    )


def planned_deletion(resource: Resource, region: str = "") -> Planned:
    """Return the record of a resource that is to be deleted."""
    return Planned(
        urn=resource.urn,
        type=resource.type,
        name=name_of(resource.urn),
        action="delete",
        region=region,
        inputs=shown(resource.inputs),
        parent=resource.parent,
        protect=resource.protect,
        source=resource.source_position,
        dependencies=resource.dependencies,
        property_dependencies={name: tuple(urns) for name, urns in resource.property_dependencies.items()},
    )
