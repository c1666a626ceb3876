"""A cloud that lets only one have a unique value at a time, and the workspace over it."""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from provisioner.apply import Workspace
from provisioner.aws import Aws
from provisioner.decide.results import StackPlan
from provisioner.decide.unique import UNIQUE
from provisioner.handlers.common.base import Created, Handler, Properties

RULE, GROUP, LISTENER = (
    "aws:lb/listenerRule:ListenerRule",
    "aws:lb/targetGroup:TargetGroup",
    "aws:lb/listener:Listener",
)
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
Program = Callable[[], None]
SERIAL = itertools.count()


class Strict(Handler):
    """Lets only one have a unique value at a time, and deletes nothing that another one uses."""

    def __init__(self, type_: str, sky: dict[str, Properties], calls: list[str]) -> None:
        self.type = type_  # type: ignore[misc]
        self.replace_on = frozenset({"port", "name"}) if type_ == GROUP else frozenset({"listenerArn"})  # type: ignore[misc]
        self.sky, self.calls = sky, calls
        self.killed = False

    def _key(self, inputs: Properties) -> tuple[Any, ...]:
        unique = UNIQUE[self.type]
        return tuple(inputs.get(name) for name in (*unique.scope, *unique.values))

    def _refuse_taken(self, inputs: Properties, own: str = "") -> None:
        taken = [
            k for k, v in self.sky.items() if v["type"] == self.type and k != own and self._key(v) == self._key(inputs)
        ]
        assert not taken, f"{taken} has {self._key(inputs)}"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        self._refuse_taken(inputs)
        resource_id = f"id-{next(SERIAL)}."
        self.calls.append(f"create {inputs['label']}")
        self.sky[resource_id] = {"type": self.type, **inputs}
        return Created(resource_id, {"arn": resource_id})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        found = self.sky.get(resource_id)
        return None if found is None else {**found, "arn": resource_id}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        self._refuse_taken(new, resource_id)
        self.calls.append(f"update {new['label']} {' '.join(sorted(changed))}")
        self.sky[resource_id] = {"type": self.type, **new}
        return {}

    def rearrange(self, aws: Aws, wanted: Mapping[str, Properties]) -> None:
        self.calls.append(f"rearrange {len(wanted)}")
        for resource_id, inputs in wanted.items():
            self.sky[resource_id] = {**self.sky[resource_id], "priority": inputs["priority"]}
        keys = [self._key(one) for one in self.sky.values() if one["type"] == self.type]
        assert len(keys) == len(set(keys)), "PriorityInUse"
        if self.killed:
            raise KeyboardInterrupt

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        users = [one["label"] for one in self.sky.values() if resource_id in str(one.get("actions"))]
        assert not users, f"ResourceInUse by {users}"
        self.calls.append(f"delete {self.sky[resource_id]['label']}")
        del self.sky[resource_id]


class World:
    """A strict cloud and the workspace over it."""

    types: ClassVar = (RULE, GROUP, LISTENER, INGRESS)

    def __init__(self, folder: Path) -> None:
        self.folder, self.sky, self.calls = folder, dict[str, Properties](), list[str]()
        self.handlers = {one: Strict(one, self.sky, self.calls) for one in self.types}
        (folder / "passphrase").write_text("correct horse battery staple")

    def space(self) -> Workspace:
        return Workspace(
            project="test",
            state_dir=self.folder,
            key_file=self.folder / "passphrase",
            endpoint_url="http://127.0.0.1:1",
            access_key="x",
            secret_key="x",
            handlers=self.handlers,
            lookups={},
            check_inputs=lambda *_: [],
        )

    def apply(self, program: Program) -> Any:
        self.calls.clear()
        return self.space().apply("dev", program, {})

    def plan(self, program: Program) -> StackPlan:
        return self.space().plan("dev", program, {})

    def by_label(self, name: str) -> dict[str, Any]:
        return {one["label"]: one[name] for one in self.sky.values() if name in one}
