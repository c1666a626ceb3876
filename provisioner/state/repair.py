"""Makes a broken state whole where that is certain: order, what is referred to and is gone, providers that stand twice.

Nothing that stands in AWS is forgotten: where two resources of one URN are different things, the state stays as it is.
Source: pulumi/pulumi v3.260.0, `pkg/resource/deploy/snapshot.go` (Repair: Toposort, Prune). Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisioner.state.integrity import (
    Fault,
    default_provider,
    faults,
    is_provider,
    magic,
    names_no_provider,
    needs,
    reference_of,
)
from provisioner.urns import make_urn, provider_urn, type_of

Item = dict[str, Any]


@dataclass(frozen=True)
class Repaired:
    """A deployment after its repair: what was changed, in words, and what is still wrong with it."""

    deployment: dict[str, Any]
    changes: tuple[str, ...]
    left: tuple[Fault, ...]


def repair(deployment: Mapping[str, Any]) -> Repaired:
    """Return the deployment made whole, as far as that is certain. What is whole is returned as it is."""
    if not faults(deployment):
        return Repaired(dict(deployment), (), ())
    changes: list[str] = []
    resources = [dict(one) for one in deployment.get("resources") or []]
    resources = _merged(resources, changes)
    resources = _reconnected(resources, changes)
    resources = _ordered(resources, changes)
    resources = _pruned(resources, changes)
    repaired = {**deployment, "resources": resources, "manifest": _manifest(deployment.get("manifest") or {}, changes)}
    return Repaired(repaired, tuple(changes), tuple(faults(repaired)))


def _manifest(manifest: Mapping[str, Any], changes: list[str]) -> Mapping[str, Any]:
    right = magic(manifest.get("version") or "")
    if (manifest.get("magic") or "") == right:
        return manifest
    changes.append("the manifest's magic was written anew")
    return {**manifest, "magic": right}


def _merged(resources: Sequence[Item], changes: list[str]) -> list[Item]:
    """Let each URN stand once: of providers and components the first, of things in AWS the latest record of one id."""
    first: dict[str, int] = {}
    kept: list[Item] = []
    for one in resources:
        urn = str(one.get("urn") or "")
        index = None if one.get("delete") or not urn else first.get(urn)
        if index is None:
            if urn and not one.get("delete"):
                first[urn] = len(kept)
            kept.append(one)
        elif is_provider(one) or not one.get("custom"):
            changes.append(f"{urn} stood twice: the first is kept, and all that uses it refers to that")
        elif one.get("id") == kept[index].get("id"):
            kept[index] = max(kept[index], one, key=lambda each: str(each.get("modified") or ""))
            changes.append(f"{urn} stood twice with one id: the later record is kept")
        else:
            kept.append(one)
    return kept


def _reconnected(resources: Sequence[Item], changes: list[str]) -> list[Item]:
    """Let what refers to a provider that is not there refer to the one that stands under its URN.

    What refers to none refers to the default one, if that stands.
    """
    references = {reference_of(one) for one in resources if is_provider(one)}
    standing = {str(one["urn"]): reference_of(one) for one in resources if is_provider(one) and not one.get("delete")}
    done = []
    for one in resources:
        reference = str(one.get("provider") or "")
        instead = standing.get(provider_urn(reference))
        if names_no_provider(one):
            instead = standing.get(default_provider(str(one["urn"])))
        if instead is not None and reference not in references:
            changes.append(f"{one.get('urn')} refers to {instead}")
            done.append({**one, "provider": instead})
        else:
            done.append(one)
    return done


def _ordered(resources: Sequence[Item], changes: list[str]) -> list[Item]:
    """Let each stand after those that it needs; what goes round in a circle stays as it was."""
    news = {str(one.get("urn")): index for index, one in enumerate(resources) if not one.get("delete")}
    olds = {str(one.get("urn")): index for index, one in enumerate(resources) if one.get("delete")}
    done: dict[int, None] = {}
    begun: set[int] = set()

    def visit(index: int) -> None:
        if index in begun:
            return
        begun.add(index)
        one = resources[index]
        chosen = {**news, **olds} if one.get("delete") else {**olds, **news}
        urns = [urn for _, urn in needs(one)]
        urns += [provider_urn(str(one["provider"]))] if one.get("provider") else []
        for urn in urns:
            if urn in chosen:
                visit(chosen[urn])
        done[index] = None

    for index in range(len(resources)):
        visit(index)
    if list(done) != sorted(done):
        changes.append("the resources were put into the order in which they need each other")
    return [resources[index] for index in done]


def _pruned(resources: Sequence[Item], changes: list[str]) -> list[Item]:
    """Let nothing refer to what is gone. Who has lost a parent has another URN, and so have its children."""
    names: dict[str, str] = {}
    done = []
    for one in resources:
        new = {**one, **_mentions(one, names)}
        before = str(one.get("urn") or "")
        new["urn"] = _urn(new) if one.get("parent") and new["parent"] != one["parent"] else before
        if new["urn"] != before:
            changes.append(f"{before} is called {new['urn']}: its parent is gone")
        elif list(needs(new)) != list(needs(one)):
            changes.append(f"{before} does not refer any more to what is gone")
        names[before] = new["urn"]
        done.append({name: value for name, value in new.items() if value != "" or one.get(name) == ""})
    return done


def _mentions(one: Item, names: Mapping[str, str]) -> Item:
    """Return the fields that mention others, with their names of now, without those that are gone."""

    def of(urns: Sequence[str] | None) -> list[str]:
        return [names[urn] for urn in urns or () if urn in names]

    found: Item = {name: of(one[name]) for name in ("dependencies", "replaceWith") if one.get(name)}
    found |= {name: names.get(one[name], "") for name in ("parent", "deletedWith") if one.get(name)}
    if one.get("propertyDependencies"):
        found["propertyDependencies"] = {name: of(urns) for name, urns in one["propertyDependencies"].items()}
    return found


def _urn(one: Item) -> str:
    stack, project = str(one["urn"]).removeprefix("urn:pulumi:").split("::")[:2]
    return make_urn(stack, project, str(one["parent"]), type_of(str(one["urn"])), str(one["urn"]).split("::", 3)[-1])
