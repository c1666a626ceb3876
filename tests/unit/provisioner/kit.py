"""A cloud in a dictionary, handlers for it, and a program made of things."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi

from provisioner.apply import Workspace
from provisioner.aws import Aws
from provisioner.events import Event
from provisioner.handlers.common.base import Created, Handler, Lookup, Properties
from provisioner.values import Secret

THING = "test:index:Thing"


class Cloud(Handler):
    """Remembers what was created, changed and deleted; fails, or dies, when told to.

    A thing's `kind` cannot be changed; those whose `beside` is true may stand beside what takes their place.
    """

    type = THING
    taggable = True
    secret_outputs = ("token",)
    replace_on = frozenset({"name", "kind", "of_kind"})

    def __init__(self) -> None:
        self.things: dict[str, Properties] = {}
        self.calls: list[str] = []
        self.fail: set[str] = set()
        self.killed: set[str] = set()
        self.on_create: Callable[[str], None] = lambda _: None
        self.on_delete: Callable[[str], None] = lambda _: None

    @property
    def writes(self) -> list[str]:
        """The calls that changed something, or tried to."""
        return [call for call in self.calls if not call.startswith("read")]

    def create(self, aws: Aws, inputs: Properties) -> Created:
        name = inputs["name"]
        self.calls.append(f"create {name} in {aws.region}")
        self.on_create(name)
        if name in self.fail:
            raise ValueError(f"no room for {name}")
        self.things[name] = inputs
        self._die(name)
        return Created(f"id-{name}", {"arn": f"arn:{name}", "token": f"token-of-{name}"})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        name = resource_id.removeprefix("id-")
        self.calls.append(f"read {name}")
        if name not in self.things:
            return None
        return {**self.things[name], "arn": f"arn:{name}", "token": f"token-of-{name}"}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        name = resource_id.removeprefix("id-")
        self.calls.append(f"update {name} {' '.join(sorted(changed))}")
        if name in self.fail:
            raise ValueError(f"no change of {name}")
        self.things[name] = {**self.things[name], **{key: new.get(key) for key in changed}}
        self._die(name)
        return {}

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        name = resource_id.removeprefix("id-")
        self.calls.append(f"retag {name} +{','.join(sorted(tags))} -{','.join(removed)}")
        kept = {key: text for key, text in self.things[name]["tagsAll"].items() if key not in removed}
        self.things[name] = {**self.things[name], "tagsAll": {**kept, **tags}}

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        name = resource_id.removeprefix("id-")
        self.calls.append(f"delete {name}")
        self.on_delete(name)
        if name in self.fail:
            raise ValueError(f"{name} will not go")
        self.things.pop(name, None)
        self._die(name)

    def _die(self, name: str) -> None:
        if name in self.killed:
            self.killed.discard(name)
            raise KeyboardInterrupt

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        return f"id-{inputs['name']}" if inputs["name"] in self.things else None


class Thing(pulumi.CustomResource):
    """A resource of the dictionary cloud."""

    arn: pulumi.Output[str]
    token: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **properties: Any) -> None:
        super().__init__(THING, name, {"name": name, "arn": None, "token": None, **properties}, opts)


def options(**given: Any) -> pulumi.ResourceOptions:
    """Return options of a resource."""
    return pulumi.ResourceOptions(**given)


class Group(pulumi.ComponentResource):
    """A component."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Group", name, {}, opts)


def provider(region: str = "us-east-1", **properties: Any) -> pulumi.ProviderResource:
    """Return an explicit provider."""
    return pulumi.ProviderResource("test", f"aws-{region}", {"region": region, **properties})


def ask_secret(_: Aws, arguments: Properties) -> Properties:
    """A lookup that tells a secret."""
    return {"value": Secret(f"secret of {arguments['of']}"), "name": arguments["of"]}


def check_inputs(token: str, inputs: Mapping[str, Any]) -> list[str]:
    """A schema by which things have no `typo`."""
    return ["typo: there is no such input"] if token == THING and "typo" in inputs else []


def deployment(folder: Path, stack: str = "dev") -> dict[str, Any]:
    """Return what a stack's file holds."""
    document: dict[str, Any] = json.loads((folder / f"{stack}.json").read_text())
    assert document["version"] == 3
    return document["deployment"]  # type: ignore[no-any-return]


def resource(folder: Path, name: str, stack: str = "dev") -> dict[str, Any]:
    """Return a resource as a stack's file holds it; the one that stands, if another is to be deleted."""
    found = [one for one in deployment(folder, stack)["resources"] if one["urn"].endswith(f"::{name}")]
    return min(found, key=lambda one: bool(one.get("delete")))


def workspace(
    folder: Path,
    cloud: Cloud,
    events: list[Event] | None = None,
    *,
    offline: bool = False,
    ask: Lookup = ask_secret,
) -> Workspace:
    """Return a workspace over the dictionary cloud, with one key for all tests (deriving one takes a while)."""
    key_file = folder / "passphrase"
    key_file.write_text("correct horse battery staple")
    return Workspace(
        check_inputs=check_inputs,
        project="test",
        state_dir=folder,
        key_file=key_file,
        endpoint_url="http://127.0.0.1:1",
        access_key="x",
        secret_key="x",
        offline=offline,
        on_event=(lambda _: None) if events is None else events.append,
        handlers={THING: cloud},
        lookups={"test:index:ask": ask},
    )
