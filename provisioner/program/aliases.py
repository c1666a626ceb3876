"""Under which URNs a resource may stand in the state besides its own: those from before it was renamed or moved. Pure.

Source: pulumi/pulumi, `pkg/resource/deploy/step_generator.go` (collapseAliasToUrn, inheritedChildAlias).
"""

from collections.abc import Mapping

from provisioner.goal import Alias, Goal
from provisioner.urns import STACK_TYPE, make_urn, name_of, qualified_type_of, type_of


def former_urns(goal: Goal, *, stack: str, project: str, renamed: Mapping[str, str]) -> list[str]:
    """Return the URNs to look under besides the resource's own, the likelier first.

    `renamed` says which resources of this run were found under which old URNs: their children are found under those
    too, and where a child's name begins with its parent's, it may have begun with the parent's old one.
    """
    collapsed = [_collapse(goal, alias, stack, project, renamed) for alias in goal.aliases]
    old_parent = renamed.get(goal.parent)
    inherited: list[str] = []
    if old_parent is not None:
        own = [(goal.type, goal.name), *((type_of(urn), name_of(urn)) for urn in collapsed)]
        names = [(token, _renamed(name, name_of(goal.parent), name_of(old_parent))) for token, name in own]
        inherited = [make_urn(stack, project, old_parent, token, name) for token, name in names]
    return [urn for urn in dict.fromkeys((*collapsed, *inherited)) if urn != goal.urn]


def _collapse(goal: Goal, alias: Alias, stack: str, project: str, renamed: Mapping[str, str]) -> str:
    if alias.urn:
        return alias.urn
    parent = renamed.get(alias.parent, alias.parent) if alias.parent else goal.parent
    if alias.no_parent or (parent and qualified_type_of(parent) == STACK_TYPE):
        parent = ""
    return make_urn(
        alias.stack or stack, alias.project or project, parent, alias.type or goal.type, alias.name or goal.name
    )


def _renamed(name: str, parent: str, old_parent: str) -> str:
    """Return the name that a child had when its parent was called otherwise."""
    return old_parent + name.removeprefix(parent) if name.startswith(parent) else name
