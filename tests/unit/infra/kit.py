"""The whole program run by the real engine against a cloud that answers anything: what was declared, as data."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from estate import topology
from estate.config import Environment
from infra.edge.stack import build_edge
from infra.foundation.stack import build_foundation
from infra.region.stack import build_region
from provisioner.apply import Workspace
from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Handler, Lookup, Properties
from provisioner.state.state import Resource, State
from provisioner.values import Secret
from tests.unit.components.answers import ACCOUNT, answers


class _Anything(Handler):
    """Creates anything at once, and gives it every output that the program could ask for."""

    type = "any"
    taggable = True

    def create(self, aws: Aws, inputs: Properties) -> Created:
        return Created(*answers(inputs, aws.region))

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        return {}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        return


class _AnyType(Mapping[str, Handler]):
    """A handler for every type of AWS."""

    def __getitem__(self, key: str) -> Handler:
        if not key.startswith("aws:"):
            raise KeyError(key)
        return _Anything()

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def secret_text(name: str) -> str:
    """Return what the kit's secret store holds under a name."""
    return f"value-of-{name.rpartition('/')[2]}"


def _secret(aws: Aws, arguments: Properties) -> Properties:
    name = arguments.get("name") or arguments["secretId"]
    return {"arn": f"arn:aws:secretsmanager:{aws.region}:{ACCOUNT}:secret:{name}-AbCdEf", "name": name}


def _secret_version(aws: Aws, arguments: Properties) -> Properties:
    found = _secret(aws, arguments)
    return {**found, "secretString": Secret(secret_text(found["name"]))}


def _prefix_list(aws: Aws, arguments: Properties) -> Properties:
    return {"id": f"pl-{arguments['name']}", "name": arguments["name"]}


LOOKUPS: Mapping[str, Lookup] = {
    "aws:secretsmanager/getSecret:getSecret": _secret,
    "aws:secretsmanager/getSecretVersion:getSecretVersion": _secret_version,
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": _prefix_list,
}


@dataclass
class Declared:
    """What the four stacks declared, by stack."""

    environment: Environment
    folder: Path
    workspace: Workspace
    stacks: dict[str, list[Resource]] = field(default_factory=dict)

    def everything(self) -> list[Resource]:
        """Return all AWS resources of all stacks."""
        return [resource for resources in self.stacks.values() for resource in resources if resource.in_cloud]

    def of(self, kind: str, stack: str | None = None) -> list[Resource]:
        """Return the resources whose type ends in `kind` (`rds/instance:Instance`), of one stack or all."""
        names = [f"{self.environment.environment}-{stack}"] if stack else list(self.stacks)
        return [r for name in names for r in self.stacks[name] if r.type == f"aws:{kind}"]

    def one(self, kind: str, stack: str | None = None, name: str | None = None) -> Resource:
        """Return the only such resource."""
        found = [r for r in self.of(kind, stack) if name is None or r.urn.endswith(f"::{name}")]
        assert len(found) == 1, [r.urn for r in found]
        return found[0]


def program(environment: Environment, stack: str) -> Callable[[], None]:
    """Return the program of one stack of an environment that need not be a file."""
    part = stack.removeprefix(f"{environment.environment}-")
    if part == "foundation":
        return lambda: build_foundation(environment)
    if part == "edge":
        return lambda: build_edge(environment)
    return lambda: build_region(environment, part)


def declare(environment: Environment, folder: Path, parts: Sequence[str] | None = None) -> Declared:
    """Apply the stacks in order, and return what they declared. `parts`: but these (`foundation`, a region, `edge`)."""
    key_file = folder / "passphrase"
    key_file.write_text("correct horse battery staple")
    workspace = Workspace(
        project="breiq",
        state_dir=folder,
        key_file=key_file,
        endpoint_url="http://127.0.0.1:1",
        access_key="x",
        secret_key="x",
        handlers=_AnyType(),
        lookups=LOOKUPS,
    )
    declared = Declared(environment, folder, workspace)
    wanted = [f"{environment.environment}-{part}" for part in parts or ()]
    for stack in wanted or topology.stack_names(environment):
        workspace._run(workspace._new_run(stack), program(environment, stack), {})  # as `apply` after its plan
        declared.stacks[stack] = list(State(folder / f"{stack}.json", workspace._crypter))
    return declared


def json_of(value: Any) -> Any:
    """Return the JSON that a property holds as text."""
    import json

    return json.loads(value)
