"""Which rights calls need, and which the roles of a running estate have."""

import json
import urllib.request
from typing import Any

import boto3

from estate import topology
from estate.config import Environment
from estate.permits import allows, listed, statements
from localcloud.addresses import API_PORT

SERVICES = {
    "elasticloadbalancing": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "monitoring": "cloudwatch",
    "application-autoscaling": "application-autoscaling",
}
"""A signature's service → IAM's prefix, where they differ."""

ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
}
"""An operation → the action that allows it, where they differ. Source: Service Authorization Reference."""


def calls(endpoints: dict[str, Any]) -> list[tuple[str, str]]:
    """Return who called what in the running local cloud, as IAM names it: caller and action."""
    host = endpoints["aws"].split("://")[1].split(":")[0]
    record = f"{host.rpartition('.')[0]}.11"
    with urllib.request.urlopen(f"http://{record}:{API_PORT}/_local/calls", timeout=10) as answer:
        found = json.load(answer)["calls"]
    named = [(who, f"{SERVICES.get(service, service)}:{operation}") for who, service, operation in found]
    return [(who, ACTIONS.get(action, action)) for who, action in named]


def policies_of(role: str, endpoints: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a role's inline policies as the running estate has them."""
    iam = boto3.client(
        "iam", "us-east-1", endpoint_url=endpoints["aws"], aws_access_key_id="local", aws_secret_access_key="local"
    )
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]


def operators(environment: Environment) -> list[str]:
    """Return the roles that breiqctl is run with: releases by the one, all else by the other."""
    return [topology.role(environment, name) for name in ("deploy", "operations")]


def allowed_somewhere(policies: list[dict[str, Any]], action: str) -> bool:
    """Whether the policies allow the action on anything at all."""
    resources = {one for policy in policies for s in statements(policy) for one in listed(s.get("Resource"))}
    return any(allows(policies, action, resource.replace("*", "x").replace("?", "x")) for resource in resources)


def granted(policies: list[dict[str, Any]]) -> set[str]:
    """Return the actions that the policies allow, by name."""
    allowed = [s for policy in policies for s in statements(policy) if s["Effect"] == "Allow"]
    return {action for statement in allowed for action in listed(statement.get("Action"))}
