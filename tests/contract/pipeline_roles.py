"""The pipeline's roles as the bootstrap's template makes them, AWS's own policies among theirs."""

import json
from functools import cache
from typing import Any, Final

from moto.iam.aws_managed_policies import aws_managed_policies_data

from estate.config import Environment
from infra.bootstrap.template import build

KEY: Final = "arn:aws:kms:us-west-2:345678901234:key/mrk-1"
"""The ARN that the key of the state is given here."""

Roles = dict[str, list[dict[str, Any]]]


@cache
def managed(name: str) -> dict[str, Any]:
    """Return the policy that AWS manages under a name, as moto ships it."""
    document: dict[str, Any] = json.loads(aws_managed_policies_data)[name]["Document"]
    return document


def pipeline_roles(environment: Environment) -> Roles:
    """Return the policies of the `plan` and of the `apply` role."""
    found = bootstrap_resources(environment)
    return {
        name.lower(): [
            *(managed(arn.rpartition("/")[2]) for arn in found[name]["Properties"].get("ManagedPolicyArns", [])),
            *(policy["PolicyDocument"] for policy in found[name]["Properties"]["Policies"]),
        ]
        for name in ("Plan", "Apply")
    }


def bootstrap_resources(environment: Environment) -> dict[str, Any]:
    """Return the resources of the bootstrap's stack that has the roles, by logical id."""
    base = next(stack for stack in build(environment) if stack.part == "base")
    resources: dict[str, Any] = json.loads(base.template, object_hook=_resolved)["Resources"]
    return resources


def _resolved(value: dict[str, Any]) -> Any:
    """Return what CloudFormation makes of the functions by which the template names the key and its replica."""
    match value:
        case {"Ref": "KeyArn"}:
            return KEY
        case {"Fn::Split": [by, text]}:
            return text.split(by)
        case {"Fn::Select": [number, parts]}:
            return parts[number]
        case {"Fn::Join": [by, parts]}:
            return by.join(parts)
    return value
