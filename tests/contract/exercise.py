"""The whole program done to AWS as the models have it: each resource created, read, found, updated, tagged, deleted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from provisioner.aws import Aws
from provisioner.handlers import load
from provisioner.handlers.common.base import HANDLERS, LOOKUPS, Handler, Properties
from provisioner.state.state import Resource
from provisioner.values import plain
from tests.contract.aws_models import FAKED, ModelClients
from tests.unit.infra import kit
from tests.unit.infra.kit import Declared

FOR_EVER: Final = {"aws:rds/instance:Instance": {"replicateSourceDb"}}
"""Inputs that no update changes, by type."""


@dataclass(frozen=True)
class Call:
    """One call that a handler made. `verb` is what the handler was asked to do, `kind` the resource's type."""

    verb: str
    kind: str
    service: str
    operation: str
    parameters: dict[str, Any] = field(hash=False, compare=False)

    @property
    def name(self) -> str:
        """As `rights` and people write it: boto3's service and the operation."""
        return f"{self.service}:{self.operation}"


@dataclass
class Exercised:
    """What was called (the program's lookups too), what of it AWS would not take, and which handlers broke."""

    calls: list[Call] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    created: int = 0


def exercise(declared: Declared) -> Exercised:
    """Create and delete every resource of the program; of those with the same inputs one is read and updated too."""
    load()
    done, seen, clients = Exercised(), set(), ModelClients()
    for stack, resources in declared.stacks.items():
        for resource in resources:
            if not resource.in_cloud:
                continue
            shape = (resource.type, frozenset(resource.inputs))
            _exercise(done, clients, resource, _region_of(declared, resource, stack), thorough=shape not in seen)
            seen.add(shape)
    before = len(clients.calls)
    for token in kit.LOOKUPS:
        LOOKUPS[token](Aws(clients, "us-east-1"), {"name": "any", "secretId": "any"})  # type: ignore[arg-type]
    done.calls += [Call("look up", token, *call) for call in clients.calls[before:]]
    done.wrong = sorted(set(clients.wrong))
    return done


def _exercise(done: Exercised, clients: ModelClients, resource: Resource, region: str, *, thorough: bool) -> None:
    aws, handler, inputs = Aws(clients, region), HANDLERS[resource.type], plain(resource.inputs)  # type: ignore[arg-type]
    if not handler.taggable:
        inputs.pop("tagsAll", None)  # the kit gives tags to all

    def ask(verb: str, does: Callable[[], Any]) -> Any:
        before = len(clients.calls)
        try:
            return does()
        except Exception as error:  # noqa: BLE001 - all that fail are shown together
            done.failed.append(f"{verb} {resource.type} {resource.urn.rpartition('::')[2]}: {error!r:.200}")
        finally:
            done.calls += [Call(verb, resource.type, *call) for call in clients.calls[before:]]

    created = ask("create", lambda: handler.create(aws, inputs))
    done.created += 1
    if created is None:
        return
    known = {"arn": f"{FAKED}{region}:123456789012:thing", **inputs, **created.outputs}
    if thorough:
        _look_and_change(ask, aws, handler, created.id, inputs, known)
    ask("delete", lambda: handler.delete(aws, created.id, known))


def _look_and_change(
    ask: Callable[[str, Callable[[], Any]], Any],
    aws: Aws,
    handler: Handler,
    resource_id: str,
    inputs: Properties,
    known: Properties,
) -> None:
    ask("read", lambda: handler.read(aws, resource_id, known))
    if handler.adopts:
        ask("find", lambda: handler.find(aws, inputs))
    changed = frozenset(inputs) - {"tags", "tagsAll", *FOR_EVER.get(handler.type, ())}
    changed -= handler.forces_replacement(changed)
    if changed:
        ask("update", lambda: handler.update(aws, resource_id, known, inputs, changed))
    if handler.taggable:
        ask("retag", lambda: handler.retag(aws, resource_id, known, {"Owner": "another"}, ["Name"]))


def _region_of(declared: Declared, resource: Resource, stack: str) -> str:
    own = resource.inputs.get("region")
    provider = resource.provider.rpartition("::")[0]
    found = next((one for one in declared.stacks[stack] if one.urn == provider), None)
    return str(own or (plain(found.inputs)["region"] if found else "us-east-1"))
