"""What is protected from deletion: by the program, and by inputs that make AWS refuse it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from provisioner.values import plain

Item = dict[str, Any]
"""A resource as `pulumi stack export` gives it. Its secrets are encrypted: nothing that protects is one."""

_LIFTED: Final[Mapping[str, Mapping[Any, Any]]] = {
    "deletionProtection": {True: False, "ACTIVE": "INACTIVE"},
    "enableDeletionProtection": {True: False},
    "deletionProtectionEnabled": {True: False},
}
"""By input, what protects and what no longer does (RDS and Cognito; load balancers; DynamoDB)."""


def unprotected(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that have to change before AWS deletes the resource, as they must be; none: it does."""
    values = {name: plain(inputs.get(name)) for name in _LIFTED}
    return {name: _LIFTED[name][value] for name, value in values.items() if value in _LIFTED[name]}


GUARDED_TYPES: Final = frozenset(
    {
        "aws:cognito/userPool:UserPool",
        "aws:dynamodb/table:Table",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:rds/cluster:Cluster",
        "aws:rds/instance:Instance",
    }
)
"""The types that AWS protects when it is told to: also by hand, of which no state knows."""

_EMPTIED: Final[Mapping[str, str]] = {
    "aws:backup/vault:Vault": "forceDestroy",
    "aws:ecr/repository:Repository": "forceDelete",
    "aws:s3/bucket:Bucket": "forceDestroy",
}
"""The input by which a type is deleted with all that it holds."""


def given_up(resource_type: str, inputs: Mapping[str, Any], time: str) -> dict[str, Any]:
    """Return the inputs by which a resource is deleted with all that it holds, for a destroy that gives that up.

    A database's last snapshot is named after the time (as the state writes it): an earlier destroy may have left one.
    """
    changes: dict[str, Any] = {_EMPTIED[resource_type]: True} if resource_type in _EMPTIED else {}
    snapshot = plain(inputs.get("finalSnapshotIdentifier"))
    if snapshot:
        changes["finalSnapshotIdentifier"] = f"{snapshot}-{''.join(filter(str.isdigit, time))[:14]}"
    return changes


def items(exported: Mapping[str, Any]) -> Sequence[Item]:
    """Return the resources of an exported stack."""
    found: Sequence[Item] = exported["deployment"].get("resources") or []
    return found


def guarded(exported: Mapping[str, Any]) -> list[str]:
    """Return the URNs of what the program or AWS protects in an exported stack; components apart."""
    held = [one for one in items(exported) if one.get("custom")]
    return [one["urn"] for one in held if one.get("protect") or unprotected(one.get("inputs") or {})]
