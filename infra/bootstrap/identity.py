"""Who may build: GitHub's pipelines by OIDC, the plan and apply roles, and the boundary that no role of ours passes."""

from collections.abc import Sequence
from typing import Any, Final

from troposphere import GetAtt, Output, Template, iam

from estate import topology
from estate.config import Environment
from infra.bootstrap import rights as bootstrap_rights
from infra.bootstrap.parts import document, key_arn, replica_key_arn, statement, tags
from infra.permissions import GITHUB, github_trust

SESSION_S: Final = 2 * 3600
"""An apply of the whole estate, databases included, takes less."""

FORBIDDEN: Final = (
    "account:*",
    "backup:DeleteBackupVault",
    "backup:DeleteBackupVaultLockConfiguration",
    "cloudtrail:DeleteTrail",
    "cloudtrail:StopLogging",
    "config:DeleteConfigurationRecorder",
    "config:StopConfigurationRecorder",
    "dynamodb:DeleteTable",
    "guardduty:DeleteDetector",
    "iam:Add*",
    "iam:Attach*",
    "iam:Create*",
    "iam:Delete*",
    "iam:Detach*",
    "iam:Put*",
    "iam:Remove*",
    "iam:Set*",
    "iam:Update*",
    "iam:Upload*",
    "kms:DisableKey",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "organizations:*",
    "rds:DeleteDBInstance",
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketPolicy",
    "secretsmanager:DeleteSecret",
)
"""What no role of the estate does, whatever its own policy came to say."""


def add_identity(environment: Environment, template: Template) -> None:
    """Add the OIDC provider, the boundary, and the roles of the pipeline."""
    template.add_resource(
        iam.OIDCProvider(
            "GitHub",
            Url=f"https://{GITHUB}",
            ClientIdList=["sts.amazonaws.com"],
            Tags=tags(environment),
        )
    )
    template.add_resource(
        iam.ManagedPolicy(
            "Boundary",
            ManagedPolicyName=topology.boundary(environment),
            Description="No role of the estate reaches beyond this, whatever its own policy says",
            PolicyDocument=_boundary(environment),
        )
    )
    plan = _role(
        environment,
        template,
        "plan",
        "Plans the estate, from pull requests and main",
        contexts=["pull_request", "ref:refs/heads/main"],
        policy=bootstrap_rights.plan(environment),
        managed_policies=["ReadOnlyAccess"],
    )
    apply = _role(
        environment,
        template,
        "apply",
        "Applies the estate, from the approved GitHub environment",
        contexts=[f"environment:{environment.environment}"],
        policy=bootstrap_rights.apply(environment),
    )
    template.add_output(Output("PlanRole", Value=GetAtt(plan, "Arn")))
    template.add_output(Output("ApplyRole", Value=GetAtt(apply, "Arn")))


def replication_role(environment: Environment, template: Template) -> Any:
    """Add the role by which S3 copies the state; return it."""
    other = environment.other_region(environment.state_region)
    source, target = (
        f"arn:aws:s3:::{topology.state_bucket(environment, r)}" for r in (environment.state_region, other)
    )
    read = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    copies = document(
        statement("Looks", ["s3:GetReplicationConfiguration", "s3:ListBucket"], source),
        statement("Reads", read, f"{source}/*"),
        statement("Writes", ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"], f"{target}/*"),
        statement("Decrypts", ["kms:Decrypt"], key_arn()),
        statement("Encrypts", ["kms:Encrypt", "kms:GenerateDataKey"], replica_key_arn(environment)),
    )
    return template.add_resource(
        iam.Role(
            "StateReplication",
            RoleName=topology.role(environment, "state-replication"),
            Description="Copies the state to the other region",
            AssumeRolePolicyDocument=document(
                {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ),
            Policies=[iam.Policy(PolicyName="copy", PolicyDocument=copies)],
            Tags=tags(environment),
        )
    )


def _role(
    environment: Environment,
    template: Template,
    name: str,
    description: str,
    *,
    contexts: list[str],
    policy: dict[str, Any],
    managed_policies: Sequence[str] = (),
) -> Any:
    return template.add_resource(
        iam.Role(
            name.capitalize(),
            RoleName=topology.role(environment, f"pipeline-{name}"),
            Description=description,
            MaxSessionDuration=SESSION_S,
            AssumeRolePolicyDocument=document(*(github_trust(environment, context) for context in contexts)),
            ManagedPolicyArns=[f"arn:aws:iam::aws:policy/{name}" for name in managed_policies],
            Policies=[iam.Policy(PolicyName=name, PolicyDocument=policy)],
            Tags=tags(environment),
            DependsOn=["GitHub"],
        )
    )


def _boundary(environment: Environment) -> dict[str, Any]:
    """Return the boundary: everything but what is forbidden, in the environment's regions (global services answer in
    us-east-1). It grants nothing by itself.
    """
    return document(
        statement("Everything", ["*"], "*"),
        statement("ButThese", FORBIDDEN, "*", Effect="Deny"),
        bootstrap_rights.not_elsewhere(environment),
    )
