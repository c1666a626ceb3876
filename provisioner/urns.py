"""URNs: how Pulumi names a resource, `urn:pulumi:<stack>::<project>::<parents' types>$<type>::<name>`. Pure.

Source: pulumi/pulumi, `sdk/go/common/resource/urn/urn.go`.
"""

from typing import Final

STACK_TYPE: Final = "pulumi:pulumi:Stack"


def make_urn(stack: str, project: str, parent: str, token: str, name: str) -> str:
    """Return the URN of a resource of this type and name; `parent` is its parent's URN, or empty."""
    chain = qualified_type_of(parent) if parent else ""
    qualified = f"{chain}${token}" if chain and chain != STACK_TYPE else token
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def name_of(urn: str) -> str:
    """Return a resource's own name."""
    return urn.split("::", 3)[-1]


def qualified_type_of(urn: str) -> str:
    """Return a resource's type after those of its parents, joined by `$`."""
    return urn.rpartition("::")[0].rpartition("::")[2] if urn.count("::") < 3 else urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    """Return a resource's own type, without those of its parents."""
    return qualified_type_of(urn).rpartition("$")[2]


def provider_urn(reference: str) -> str:
    """Return the provider's URN of a reference `<URN>::<id>`."""
    return reference.rpartition("::")[0]
