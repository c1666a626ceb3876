"""Makes the stacks what the program says, unmakes them, and looks at what they have become."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estate import topology
from estate.config import Environment
from estate.errors import BreiqError
from provisioner.decide.compare import Drift
from provisioner.decide.guards import guarded, items
from provisioner.decide.results import StackResult
from provisioner.events import Event, ignore
from provisioner.urns import name_of, type_of
from stackops.memo import Memo
from stackops.stopping import Remembering, stopped_when_lost
from stackops.translate import Translated
from stackops.workspace import checked, credentials, open_workspace, program, waves

if TYPE_CHECKING:
    from provisioner.apply import Workspace
    from provisioner.aws import Clients, Guard
    from provisioner.handlers.common.base import Handler


def apply(
    environment: Environment,
    stack_names: Sequence[str] | None = None,
    *,
    endpoint_url: str,
    state_dir: Path,
    targets: Sequence[str] = (),
    keep_drift: bool = False,
    on_event: Callable[[Event], None] = ignore,
    guard: "Guard | None" = None,
) -> dict[str, StackResult]:
    """Make the stacks what the program says, in order; may be repeated. Returns what was done, by stack.

    What was changed in AWS is changed back, unless it is to be kept (`keep_drift`).
    With `targets` (URNs) only those, in the stacks that have them; nothing is remembered then.
    Raises BreiqError: refused
    (nothing was touched) for what is protected or given wrong, else permanent with the resource named; and what
    `guard` raises, which is asked before each call: then no further one was made.
    """
    chosen = _with_targets(checked(environment, stack_names), targets)
    ours = None if guard is None else Remembering(guard)
    workspace = open_workspace(state_dir, endpoint_url, offline=False, on_event=on_event, guard=ours)
    results: dict[str, StackResult] = {}
    for wave in waves(environment):
        memos = {name: Memo(environment, name, state_dir) for name in wave if name in chosen}
        with stopped_when_lost(workspace.stop, ours), Translated():
            options = _Options(targets, keep_drift)
            done = _together(workspace, memos, partial(_apply_one, workspace, options))
        for name in memos:
            on_event(Event(name, "applied", message=str(done[name])))
        for name in memos if not targets else ():
            memos[name].remember(done[name])
        results |= done
    return results


def _with_targets(names: Sequence[str], targets: Sequence[str]) -> list[str]:
    """Return the stacks that hold the targets, all of them without any. Raises BreiqError `unknown_target` (usage)."""
    if not targets:
        return list(names)
    stacks = {_stack_of(urn): urn for urn in targets}
    for stack, urn in stacks.items():
        if stack not in names:
            raise BreiqError(
                "unknown_target",
                "usage",
                f"{urn!r} is the URN of no resource of {', '.join(names)}",
                remedy="breiqctl estate plan --json gives each resource's urn",
            )
    return [name for name in names if name in stacks]


def _together(
    workspace: "Workspace", memos: Mapping[str, Memo], work: Callable[[str, Memo], StackResult]
) -> dict[str, StackResult]:
    """Do the work for each stack at the same time. The first failure, or an interrupt, stops the others where they can
    go on.
    """
    if not memos:
        return {}
    with ThreadPoolExecutor(len(memos), "apply") as pool:
        futures = {pool.submit(work, name, memo): name for name, memo in memos.items()}
        try:
            return {futures[done]: done.result() for done in as_completed(futures)}
        except BaseException:
            workspace.stop()
            raise


@dataclass(frozen=True)
class _Options:
    targets: Sequence[str]
    keep_drift: bool


def _apply_one(workspace: "Workspace", options: _Options, name: str, memo: Memo) -> StackResult:
    """Apply a stack. Where just this was applied before, and AWS has it still, the program need not run."""
    known = None if options.targets else memo.recall()
    if known is not None and workspace.same_answers(known.answers) and not workspace.drift(name):
        return known
    own = [urn for urn in options.targets if _stack_of(urn) == name]
    return workspace.apply(name, program(), {}, targets=own or None, keep_drift=options.keep_drift)


def _stack_of(urn: str) -> str:
    return urn.removeprefix("urn:pulumi:").partition("::")[0]


def destroy_order(environment: Environment) -> list[str]:
    """Return the stacks in the order in which they are destroyed: the reverse of that in which they are made."""
    return list(reversed(topology.stack_names(environment)))


def destroy(
    environment: Environment,
    stack_names: Sequence[str] | None = None,
    *,
    endpoint_url: str,
    state_dir: Path,
    even_protected: bool = False,
    on_event: Callable[[Event], None] = ignore,
    guard: "Guard | None" = None,
) -> dict[str, StackResult]:
    """Delete what the stacks hold (all of them for None), the edge first. Returns what was done, by stack.

    Raises BreiqError `protected` (refused; nothing was touched) unless that is allowed; and what
    `guard` raises, which is asked before each call: then no further one was made.
    """
    ours = None if guard is None else Remembering(guard)
    workspace = open_workspace(state_dir, endpoint_url, offline=False, on_event=on_event, guard=ours)
    results = {}
    chosen = checked(environment, stack_names)
    for name in [one for one in destroy_order(environment) if one in chosen]:
        with stopped_when_lost(workspace.stop, ours), Translated():
            results[name] = workspace.destroy(name, even_protected=even_protected)
        Memo(environment, name, state_dir).forget()
        on_event(Event(name, "destroyed", message=str(results[name])))
    return results


def complete_interrupted(stack: str, *, endpoint_url: str, state_dir: Path) -> list[str]:
    """Find in AWS what a killed run was creating, and note it in the state; return the URNs."""
    workspace = open_workspace(state_dir, endpoint_url, offline=False, on_event=ignore)
    with Translated():
        return workspace.complete(stack)


def protected(exported: Sequence[Mapping[str, Any]], *, endpoint_url: str | None) -> list[str]:
    """Return the URNs of what is protected in exported stacks: by the program, or by AWS as it says now."""
    from provisioner.execution.unguard import guarded_in_aws

    clients, handlers = _clients_and_handlers(endpoint_url)
    with Translated():
        told = [urn for one in exported for urn in guarded_in_aws(one, clients, handlers)]
    return list(dict.fromkeys([*(urn for one in exported for urn in guarded(one)), *told]))


def unguard(exported: Mapping[str, Any], *, endpoint_url: str | None, guard: "Guard") -> dict[str, Any]:
    """Return the exported stack with nothing protected from deletion any more, nor in AWS.

    Raises what `guard` raises, which is asked before each call.
    """
    from provisioner.execution.unguard import unguard as unguard_exported

    ours = Remembering(guard)
    clients, handlers = _clients_and_handlers(endpoint_url, ours)
    with stopped_when_lost(clients.stopping.set, ours), Translated():
        return unguard_exported(exported, clients, handlers)


def _clients_and_handlers(
    endpoint_url: str | None, guard: "Guard | None" = None
) -> "tuple[Clients, Mapping[str, Handler]]":
    from provisioner.aws import Clients
    from provisioner.handlers import load
    from provisioner.handlers.common.base import HANDLERS

    load()
    key_id, secret = credentials(endpoint_url)
    return Clients(endpoint_url, access_key=key_id, secret_key=secret, guard=guard), HANDLERS


def refuse_protected(protected: Sequence[str], *, even_protected: bool) -> None:
    """Raise BreiqError `protected` (refused) for what is protected (URNs), unless that is allowed."""
    if protected and not even_protected:
        raise BreiqError(
            "protected",
            "refused",
            f"{len(protected)} resources are protected by the program or by AWS; nothing was deleted",
            cause=", ".join(f"{type_of(one)} {name_of(one)} ({_stack_of(one)})" for one in protected),
            remedy="--even-protected also deletes them (irreversible); --dry-run shows what would be deleted",
        )


def drift(
    environment: Environment, stack_names: Sequence[str] | None = None, *, endpoint_url: str, state_dir: Path
) -> dict[str, dict[str, Any]]:
    """Return what is not as it was applied, by stack, as `breiq.drift/1` holds it. Writes nothing."""
    workspace = open_workspace(state_dir, endpoint_url, offline=False, on_event=ignore)
    found = {}
    for name in checked(environment, stack_names):
        with Translated(reads=True):
            drifted = workspace.drift(name)
        found[name] = drift_document(state_dir, name, drifted)
    return found


def drift_document(state_dir: Path, name: str, drifted: Sequence[Drift]) -> dict[str, Any]:
    """Return what differs in a stack, as documents hold it."""
    return {
        "looked_at": summary_of_state(state_dir, name)["resources"],
        "drifted": [
            {
                "resource": name_of(one.urn),
                "type": one.type,
                "urn": one.urn,
                "kind": one.kind,
                "properties": [
                    {"path": prop.path, "expected": prop.expected, "found": prop.found} for prop in one.properties
                ],
            }
            for one in drifted
        ],
    }


def summary_of_state(state_dir: Path, stack: str) -> dict[str, Any]:
    """Return how many resources a stack's state holds in AWS, and which of them are protected, by name."""
    path = state_dir / f"{stack}.json"
    exported = json.loads(path.read_text()) if path.exists() else {"deployment": {}}
    return {
        "resources": number_held(exported),
        "protected": [name_of(urn) for urn in guarded(exported)],
    }


def number_held(exported: Mapping[str, Any]) -> int:
    """Return how many resources an exported stack holds in AWS."""
    held = [one for one in items(exported) if one.get("custom") and not one["type"].startswith("pulumi:")]
    return sum(1 for one in held if not one.get("external"))
