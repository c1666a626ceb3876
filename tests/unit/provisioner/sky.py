"""A cloud that is strict, with programs of linked resources made at random: what must hold after any run, and any kill.

Ids are the sky's own; a `Thing`'s name is taken while it stands, `Twin`s may stand side by side; nothing is deleted
while another is tied to it.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

import pulumi

from provisioner.apply import Workspace
from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Handler, Properties
from provisioner.state.state import State
from tests.unit.provisioner.kit import options, provider

THING, TWIN = "test:index:Thing", "test:index:Twin"


class Sky:
    """What exists, by id; `watch` is called with the lock held, just before and just after each change."""

    def __init__(self, standing: Mapping[str, Properties] | None = None, serial: int = 0) -> None:
        self.standing: dict[str, Properties] = copy.deepcopy(dict(standing or {}))
        self.serial = serial
        self.lock = RLock()
        self.watch: Callable[[], None] = lambda: None

    def change(self, what: Callable[[], None]) -> None:
        """Make a change as one moment, watched from both sides."""
        with self.lock:
            self.watch()
            what()
            self.watch()

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers of both types."""
        return {THING: _Things(self), TWIN: _Twins(self)}


class _Things(Handler):
    type = THING
    taggable = True
    replace_on = frozenset({"name", "kind", "tie"})

    def __init__(self, sky: Sky) -> None:
        self.sky = sky

    def create(self, aws: Aws, inputs: Properties) -> Created:
        sky = self.sky

        def appear() -> None:
            named = [one for one in sky.standing.values() if one["type"] == THING and one["name"] == inputs["name"]]
            assert not named or self.type == TWIN, f"{inputs['name']} exists"
            assert inputs.get("tie") in (None, *sky.standing), f"{inputs['name']} is tied to what is gone"
            sky.serial += 1
            sky.standing[f"id-{sky.serial}"] = {"type": self.type, "region": aws.region, **inputs}

        with sky.lock:
            sky.change(appear)
            return Created(f"id-{sky.serial}", {"arn": f"arn-{sky.serial}"})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        with self.sky.lock:
            found = self.sky.standing.get(resource_id)
            return None if found is None else {**found, "arn": resource_id.replace("id", "arn")}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        def change() -> None:
            one = self.sky.standing[resource_id]
            for name in changed:
                one.pop(name, None)
            one.update({name: new[name] for name in changed if name in new})

        self.sky.change(change)
        return {}

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        def change() -> None:
            one = self.sky.standing[resource_id]
            kept = {name: text for name, text in one["tagsAll"].items() if name not in removed}
            one["tagsAll"] = {**kept, **tags}

        self.sky.change(change)

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        def vanish() -> None:
            tied = [one["name"] for one in self.sky.standing.values() if one.get("tie") == resource_id]
            assert not tied, f"{resource_id} has {tied} tied to it"
            self.sky.standing.pop(resource_id, None)

        self.sky.change(vanish)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        forcing = ("name", "kind", "tie")
        with self.sky.lock:
            same = [
                found
                for found, one in self.sky.standing.items()
                if one["type"] == self.type
                and one["region"] == aws.region
                and all(one.get(name) == inputs.get(name) for name in forcing)
            ]
        return same[-1] if same else None


class _Twins(_Things):
    type = TWIN
    delete_before_replace = False


@dataclass(frozen=True)
class Node:
    """One resource of a program. `tie` and `ref` are indices of earlier ones: its id (forces a replacement), its ARN."""

    twin: bool = False
    size: int = 0
    kind: int = 0
    tag: int = 0
    tie: int | None = None
    ref: int | None = None
    region: str = "us-east-1"


Nodes = Mapping[int, Node]


class _Resource(pulumi.CustomResource):
    arn: pulumi.Output[str]

    def __init__(self, token: str, name: str, properties: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(token, name, {"name": name, "arn": None, **properties}, opts)


def program(nodes: Nodes) -> Callable[[], None]:
    """Return a program that declares the nodes, each as `n<index>`; references to nodes that are not there are none."""

    def run() -> None:
        regions = {region: provider(region) for region in sorted({node.region for node in nodes.values()})}
        made: dict[int, _Resource] = {}
        for index in sorted(nodes):
            node = nodes[index]
            tie = made[node.tie].id if node.tie in made else None
            ref = made[node.ref].arn if node.ref in made else None
            given = {"size": node.size, "kind": node.kind, "tie": tie, "ref": ref, "tags": {"t": str(node.tag)}}
            token = TWIN if node.twin else THING
            made[index] = _Resource(
                token,
                f"n{index}",
                {name: value for name, value in given.items() if value is not None},
                options(provider=regions[node.region]),
            )

    return run


def sky_workspace(folder: Path, sky: Sky) -> Workspace:
    """Return a workspace over the sky."""
    folder.mkdir(exist_ok=True)
    (folder / "passphrase").write_text("correct horse battery staple")
    return Workspace(
        project="test",
        state_dir=folder,
        key_file=folder / "passphrase",
        endpoint_url="http://127.0.0.1:1",
        access_key="x",
        secret_key="x",
        handlers=sky.handlers(),
        lookups={},
    )


def check_truth(folder: Path, sky: Sky, nodes: Nodes) -> None:
    """Assert that the state is the sky is the program: nothing doubled, nothing lost, nothing left to do."""
    space = sky_workspace(folder, sky)
    state = State(folder / "dev.json", space._crypter)
    assert state.interrupted == []
    held = {one.urn.rpartition("::")[2]: one for one in state if one.in_cloud}
    assert len(held) == sum(one.in_cloud for one in state)
    assert not [one for one in state if one.delete or one.pending_replacement]
    assert {one.id for one in held.values()} == set(sky.standing)
    assert set(held) == {f"n{index}" for index in nodes}
    for index, node in nodes.items():
        one = held[f"n{index}"]
        real = sky.standing[one.id]
        expected = {
            "type": TWIN if node.twin else THING,
            "region": node.region,
            "size": node.size,
            "kind": node.kind,
            "tagsAll": {"t": str(node.tag)},
            "tie": held[f"n{node.tie}"].id if node.tie in nodes else None,
            "ref": held[f"n{node.ref}"].id.replace("id", "arn") if node.ref in nodes else None,
        }
        assert {name: real.get(name) for name in expected} == expected
        assert one.inputs == {name: one.inputs[name] for name in one.inputs}
        assert {name: one.inputs.get(name) for name in ("size", "kind", "tie", "ref", "tagsAll")} == {
            name: real.get(name) for name in ("size", "kind", "tie", "ref", "tagsAll")
        }
    assert space.plan("dev", program(nodes), {}).changes.nothing
    assert space.drift("dev") == ()
