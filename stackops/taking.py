"""Takes into the states what AWS has: how resources are now, and resources that no state knows yet."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estate.config import Environment
from estate.errors import BreiqError
from provisioner.events import ignore
from stackops.applying import drift_document
from stackops.memo import Memo
from stackops.translate import Translated
from stackops.workspace import checked, open_workspace, program

if TYPE_CHECKING:
    from provisioner.apply import Workspace


def refresh(
    environment: Environment,
    stack_names: Sequence[str] | None = None,
    *,
    endpoint_url: str,
    state_dir: Path,
    dry_run: bool = False,
) -> dict[str, dict[str, Any]]:
    """Let the states say what AWS has, and return by stack what differed, as `breiq.refresh/1` holds it.

    Changes nothing in AWS: what is gone is forgotten, and the next apply makes it again and changes back what was
    changed. `dry_run`: write nothing.
    """
    workspace = open_workspace(state_dir, endpoint_url, offline=False, on_event=ignore)
    found = {}
    for name in checked(environment, stack_names):
        with Translated():
            drifted = workspace.drift(name) if dry_run else workspace.refresh(name)
        found[name] = drift_document(state_dir, name, drifted)
        if drifted and not dry_run:
            Memo(environment, name, state_dir).forget()
    return found


def import_resource(
    environment: Environment,
    wanted: tuple[str, str, str],
    *,
    stack_names: Sequence[str] | None = None,
    endpoint_url: str,
    state_dir: Path,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Let a resource of AWS be the one that the program declares under a name; return `breiq.import/1`'s content.

    `wanted` is the type, the program's name, and AWS's id. Changes nothing in AWS: the next apply changes what differs.
    Raises BreiqError: `unknown_resource` (usage) when no stack declares it, `which_stack` (usage) when several do.
    """
    type_, name, resource_id = wanted
    workspace = open_workspace(state_dir, endpoint_url, offline=False, on_event=ignore)
    with Translated():
        stack, urn = declared_in(workspace, checked(environment, stack_names), type_, name)
        was = workspace.id_of(stack, urn)
        differences = workspace.import_(stack, urn, resource_id, program(), {}, dry_run=dry_run)
    if not dry_run:
        Memo(environment, stack, state_dir).forget()
    return {
        "stack": stack,
        "urn": urn,
        "type": type_,
        "resource": name,
        "id": resource_id,
        "was": was,
        "differences": [
            {"path": one.path, "wanted": one.expected, "found": one.found}
            for drift in differences
            for one in drift.properties
        ],
    }


def declared_in(workspace: "Workspace", stacks: Sequence[str], type_: str, name: str) -> tuple[str, str]:
    """Return the stack and the URN of what the program declares under the type and name."""
    found = [
        (stack, urn) for stack in stacks for urn in workspace.declared(stack, program(), {}, type_=type_, name=name)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise BreiqError(
            "unknown_resource",
            "usage",
            f"the program declares no {type_} {name!r} in {', '.join(stacks)}",
            remedy="declare it first; breiqctl estate plan --json names what is to be created, with its type",
        )
    raise BreiqError(
        "which_stack",
        "usage",
        f"{', '.join(stack for stack, _ in found)} each declare a {type_} {name!r}",
        remedy=f"--stack {found[0][0]}, or another of them",
    )
