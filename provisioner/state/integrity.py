"""Whether Pulumi's own CLI would take a state: its rules for what a snapshot may hold. Pure.

Source: pulumi/pulumi v3.260.0, `pkg/resource/deploy/snapshot.go` (VerifyIntegrity), `manifest.go` (NewMagic),
`deployment.go` (addDefaultProviders), and `sdk/go/common/providers/reference.go` (NewReference, ParseReference).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from provisioner.goal import PROVIDER_PREFIX
from provisioner.urns import make_urn, type_of

Item = Mapping[str, Any]
"""A resource as a state holds it: a decoded JSON object."""

UNKNOWN_ID: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for the id of a provider that has none. Source: `sdk/go/common/providers/reference.go`, UnknownID."""


@dataclass(frozen=True)
class Fault:
    """One rule that a state breaks: the rule's name, the resource's URN (empty for none), and words for people."""

    rule: str
    urn: str
    text: str

    def __str__(self) -> str:
        return self.text


def faults(deployment: Mapping[str, Any] | None) -> list[Fault]:
    """Return all that is wrong with a deployment, in the order in which the CLI looks; empty: it is whole."""
    if not deployment:
        return []
    resources: Sequence[Item] = deployment.get("resources") or []
    return [
        *_manifest(deployment.get("manifest") or {}),
        *_resources(resources),
        *_duplicates(resources),
        *_defaults(resources),
        *_snippets(deployment.get("snippets") or []),
    ]


def magic(version: str) -> str:
    """Return what a manifest of this version must hold as `magic`."""
    return sha256(version.encode()).hexdigest() if version else ""


def needs(one: Item) -> Iterator[tuple[str, str]]:
    """Yield what must stand before the resource, its provider apart: what it is to it, and its URN."""
    if one.get("parent"):
        yield "parent", one["parent"]
    for urn in one.get("dependencies") or ():
        if urn:
            yield "dependency", urn
    for name, urns in (one.get("propertyDependencies") or {}).items():
        for urn in urns or ():
            if urn:
                yield f"dependency of property {name}", urn
    if one.get("deletedWith"):
        yield "resource that it is deleted with", one["deletedWith"]
    for urn in one.get("replaceWith") or ():
        if urn:
            yield "resource that it is replaced with", urn


def reference_of(provider: Item) -> str:
    """Return by which reference others name a provider."""
    return f"{provider.get('urn', '')}::{provider.get('id') or UNKNOWN_ID}"


def is_provider(one: Item) -> bool:
    """Say whether a resource is a provider."""
    return str(one.get("type", "")).startswith(PROVIDER_PREFIX)


def _manifest(manifest: Mapping[str, Any]) -> Iterator[Fault]:
    if (manifest.get("magic") or "") != magic(manifest.get("version") or ""):
        yield Fault("magic", "", "its manifest's magic is not that of its version: it was changed, or damaged")


def _resources(resources: Sequence[Item]) -> Iterator[Fault]:
    later = Counter(str(one.get("urn", "")) for one in resources)
    seen: set[str] = set()
    references: set[str] = set()
    for index, one in enumerate(resources):
        urn = str(one.get("urn") or "")
        yield from _form(index, urn, one)
        if is_provider(one):
            references.add(reference_of(one))
        yield from _provider(urn, one, references)
        later[urn] -= 1
        for what, needed in needs(one):
            if needed not in seen:
                where = "comes after it" if later[needed] > 0 else "is missing"
                yield Fault("order" if later[needed] > 0 else "missing", urn, f"{urn}: its {what} {needed} {where}")
        seen.add(urn)


def _form(index: int, urn: str, one: Item) -> Iterator[Fault]:
    if not urn:
        yield Fault("urn", "", f"resource number {index} has no urn")
    elif not one.get("type"):
        yield Fault("type", urn, f"{urn} has no type")
    elif not one.get("custom") and one.get("id"):
        yield Fault("id", urn, f"{urn} is a component, and has an id")
    elif is_provider(one) and not _names_provider(urn):
        yield Fault("reference", urn, f"{urn} is a provider that nobody can refer to: its URN is none of a provider")


def _provider(urn: str, one: Item, references: set[str]) -> Iterator[Fault]:
    reference = one.get("provider")
    if not reference:
        return
    if not _names_provider(str(reference).rpartition("::")[0]):
        yield Fault("reference", urn, f"{urn}: {reference} is no reference to a provider")
    elif reference not in references and not one.get("pendingReplacement"):
        yield Fault("provider", urn, f"{urn} refers to a provider that does not stand before it: {reference}")


def _names_provider(urn: str) -> bool:
    module, _, name = type_of(urn).rpartition(":") if urn.count("::") >= 3 else ("", "", "")
    return urn.startswith("urn:pulumi:") and module == PROVIDER_PREFIX.rstrip(":") and bool(name)


def _duplicates(resources: Sequence[Item]) -> Iterator[Fault]:
    standing = Counter(str(one.get("urn") or "") for one in resources if not one.get("delete"))
    for urn, number in standing.items():
        if urn and number > 1:
            yield Fault("duplicate", urn, f"{urn} stands {number} times, and is not marked for deletion")


def default_provider(urn: str) -> str:
    """Return the URN of the provider that Pulumi gives a resource that names none: its package's."""
    stack, project = urn.removeprefix("urn:pulumi:").split("::")[:2]
    return make_urn(stack, project, "", f"{PROVIDER_PREFIX}{type_of(urn).partition(':')[0]}", "default")


def names_no_provider(one: Item) -> bool:
    """Say whether Pulumi would give the resource a default provider, as it does for states of old versions."""
    return bool(one.get("custom") and not one.get("provider") and str(one.get("urn") or "").count("::") >= 3) and (
        not is_provider(one)
    )


def _defaults(resources: Sequence[Item]) -> Iterator[Fault]:
    """Where a default provider stands, Pulumi adds a second one for what names none, and refuses both.

    Source: `pkg/resource/deploy/deployment.go` (addDefaultProviders, buildResourceMaps).
    """
    standing = {str(one.get("urn")) for one in resources if is_provider(one) and not one.get("delete")}
    for one in resources:
        if names_no_provider(one) and (default := default_provider(one["urn"])) in standing:
            yield Fault("default", one["urn"], f"{one['urn']} names no provider, and a default one stands: {default}")


def _snippets(snippets: Sequence[Item]) -> Iterator[Fault]:
    known: set[str] = set()
    for index, one in enumerate(snippets):
        name = str(one.get("uuid") or "")
        if not name:
            yield Fault("snippet", "", f"snippet number {index} has no uuid")
        elif name in known:
            yield Fault("snippet", "", f"two snippets have the uuid {name}")
        known.add(name)
