"""Nobody may do more than their work."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies import tokens
from policies.rule import Subject, resource_rule

WITHOUT_RESOURCE: Final = frozenset(
    {
        "ecr:GetAuthorizationToken",
        "ecs:DeregisterTaskDefinition",
        "cloudwatch:PutMetricData",
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:ListMetrics",
        "logs:DescribeLogGroups",
        "logs:GetQueryResults",
        "logs:StopQuery",
        "sts:GetCallerIdentity",
        "tag:GetResources",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    }
)
"""Actions that write and for which AWS knows no resource, or that reveal no data. Source: Service Authorization
Reference. Actions that describe, list and get metadata are free besides (see `_harmless`)."""

ADMINISTRATORS: Final = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")


@resource_rule(
    "IAM-1",
    "Policies name their actions",
    tokens.ROLE_POLICY,
    tokens.POLICY,
    reason="a wildcard grows with every feature that AWS adds",
    controls=("FSBP IAM.1", "FSBP IAM.21", "CIS 1.16"),
)
def actions(subject: Subject) -> Iterator[str]:
    """No `*`, no `service:*`."""
    for statement in statements(subject.get("policy")):
        for action in _listed(statement.get("Action")):
            if statement.get("Effect") == "Allow" and (action == "*" or action.endswith(":*")):
                yield f"it allows {action}"
        if statement.get("Effect") == "Allow" and "NotAction" in statement:
            yield "it allows all actions but some"


@resource_rule(
    "IAM-2",
    "Policies name their resources",
    tokens.ROLE_POLICY,
    tokens.POLICY,
    reason="a role that writes anywhere is an administrator",
    controls=("specification 5.1", "CIS 1.16"),
)
def resources(subject: Subject) -> Iterator[str]:
    """`*` only for what AWS has no resource for, what only looks, or what a condition binds."""
    for statement in statements(subject.get("policy")):
        if statement.get("Effect") != "Allow" or "*" not in _listed(statement.get("Resource")):
            continue
        if statement.get("Condition"):
            continue
        for action in _listed(statement.get("Action")):
            if action not in WITHOUT_RESOURCE and not _harmless(action):
                yield f"it allows {action} on everything"


def _harmless(action: str) -> bool:
    name = action.partition(":")[2]
    return name.startswith(("Describe", "List")) or (name.startswith("Get") and not action.startswith(_DATA))


_DATA: Final = ("s3:", "secretsmanager:", "ssm:", "dynamodb:", "kms:", "sqs:", "logs:")


@resource_rule(
    "IAM-3",
    "Roles are assumed by those who are named",
    tokens.ROLE,
    reason="a role that anybody may assume belongs to everybody",
    controls=("FSBP IAM.2", "specification 5.1"),
)
def trust(subject: Subject) -> Iterator[str]:
    """No `*` as a principal."""
    for statement in statements(subject.get("assumeRolePolicy")):
        principal = statement.get("Principal", {})
        everybody = principal == "*" or (isinstance(principal, Mapping) and "*" in _listed(principal.get("AWS")))
        if statement.get("Effect") == "Allow" and everybody:
            yield "anybody may assume it"


@resource_rule(
    "IAM-4",
    "Nobody is an administrator",
    tokens.ROLE_POLICY_ATTACHMENT,
    tokens.ROLE,
    reason="administrators are made by the bootstrap alone, by hand",
    controls=("FSBP IAM.1", "CIS 1.16"),
)
def administrators(subject: Subject) -> Iterator[str]:
    """Managed policies that are attached to roles."""
    attached = [subject.get("policyArn"), *subject.get("managedPolicyArns", [])]
    for arn in attached:
        if isinstance(arn, str) and arn.rpartition("/")[2] in ADMINISTRATORS:
            yield f"it has {arn.rpartition('/')[2]}"


@resource_rule(
    "IAM-5",
    "There are no users and no long-lived keys",
    "aws:iam/user:User",
    "aws:iam/accessKey:AccessKey",
    reason="people come by roles, pipelines by OIDC",
    controls=("FSBP IAM.3", "CIS 1.13"),
)
def users(subject: Subject) -> Iterator[str]:
    """Any such resource is a finding."""
    yield f"{subject.type.rpartition(':')[2]} is not used here"


def statements(policy: Any) -> list[Mapping[str, Any]]:
    """Return a policy's statements; none when it is not known yet."""
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except ValueError:
            return []
    found = policy.get("Statement", []) if isinstance(policy, Mapping) else []
    return [found] if isinstance(found, Mapping) else list(found)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])
