"""A cloud in a dictionary, handlers for it, and a program made of things."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi

from provisioner.apply import Workspace
from provisioner.aws import Aws
from provisioner.events import Event
from provisioner.handlers.base import Created, Handler, Properties
from provisioner.values import Secret

THING = "test:index:Thing"


class Cloud(Handler):
    """Remembers what was created and deleted; fails, or dies, when told to."""

    type = THING
    taggable = True
    secret_outputs = ("token",)

    def __init__(self) -> None:
        self.things: dict[str, Properties] = {}
        self.calls: list[str] = []
        self.fail: set[str] = set()
        self.killed: set[str] = set()
        self.on_create: Callable[[str], None] = lambda _: None

    def create(self, aws: Aws, inputs: Properties) -> Created:
        name = inputs["name"]
        self.calls.append(f"create {name} in {aws.region}")
        self.on_create(name)
        if name in self.fail:
            raise ValueError(f"no room for {name}")
        self.things[name] = inputs
        if name in self.killed:
            raise KeyboardInterrupt
        return Created(f"id-{name}", {"arn": f"arn:{name}", "token": f"token-of-{name}"})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        name = resource_id.removeprefix("id-")
        self.calls.append(f"read {name}")
        return {"arn": f"arn:{name}", "token": f"token-of-{name}"} if name in self.things else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        name = resource_id.removeprefix("id-")
        self.calls.append(f"delete {name}")
        self.things.pop(name, None)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        return f"id-{inputs['name']}" if inputs["name"] in self.things else None


class Thing(pulumi.CustomResource):
    """A resource of the dictionary cloud."""

    arn: pulumi.Output[str]
    token: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **properties: Any) -> None:
        super().__init__(THING, name, {"name": name, "arn": None, "token": None, **properties}, opts)


class Group(pulumi.ComponentResource):
    """A component."""

    def __init__(self, name: str) -> None:
        super().__init__("test:index:Group", name)


def provider(region: str = "us-east-1", **properties: Any) -> pulumi.ProviderResource:
    """Return an explicit provider."""
    return pulumi.ProviderResource("test", f"aws-{region}", {"region": region, **properties})


def ask_secret(_: Aws, arguments: Properties) -> Properties:
    """A lookup that tells a secret."""
    return {"value": Secret(f"secret of {arguments['of']}"), "name": arguments["of"]}


def workspace(folder: Path, cloud: Cloud, events: list[Event] | None = None, *, offline: bool = False) -> Workspace:
    """Return a workspace over the dictionary cloud, with one key for all tests (deriving one takes a while)."""
    key_file = folder / "passphrase"
    key_file.write_text("correct horse battery staple")
    return Workspace(
        project="test",
        state_dir=folder,
        key_file=key_file,
        endpoint_url="http://127.0.0.1:1",
        access_key="x",
        secret_key="x",
        offline=offline,
        on_event=(lambda _: None) if events is None else events.append,
        handlers={THING: cloud},
        lookups={"test:index:ask": ask_secret},
    )
