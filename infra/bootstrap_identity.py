"""Who may build: GitHub's pipelines by OIDC, the plan and apply roles, and the boundary that no role of ours passes."""

from typing import Any, Final

from troposphere import GetAtt, Output, Template, iam

from estate import topology
from estate.config import Environment
from infra.bootstrap_parts import document, key_arn, replica_key_arn, statement, tags
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
        policy=_plan(environment),
        managed_policy="arn:aws:iam::aws:policy/ReadOnlyAccess",
    )
    apply = _role(
        environment,
        template,
        "apply",
        "Applies the estate, from the approved GitHub environment",
        contexts=[f"environment:{environment.environment}"],
        policy=_apply(environment),
        managed_policy="arn:aws:iam::aws:policy/PowerUserAccess",
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
    managed_policy: str,
) -> Any:
    return template.add_resource(
        iam.Role(
            name.capitalize(),
            RoleName=topology.role(environment, f"pipeline-{name}"),
            Description=description,
            MaxSessionDuration=SESSION_S,
            AssumeRolePolicyDocument=document(*(github_trust(environment, context) for context in contexts)),
            ManagedPolicyArns=[managed_policy],
            Policies=[iam.Policy(PolicyName=name, PolicyDocument=policy)],
            Tags=tags(environment),
            DependsOn=["GitHub"],
        )
    )


def _boundary(environment: Environment) -> dict[str, Any]:
    """Return the boundary: everything but what is forbidden, in the environment's regions (global services answer in
    us-east-1). It grants nothing by itself.
    """
    regions = sorted({*environment.regions, environment.witness_region, "us-east-1"})
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": regions}}
    return document(
        statement("Everything", ["*"], "*"),
        statement("ButThese", FORBIDDEN, "*", Effect="Deny"),
        statement("ButElsewhere", ["*"], "*", elsewhere, Effect="Deny"),
    )


def _state(environment: Environment, writes: list[str]) -> list[dict[str, Any]]:
    """Return what reading the state takes, and the writing of the paths given."""
    arns = [f"arn:aws:s3:::{topology.state_bucket(environment, region)}" for region in environment.regions]
    return [
        statement("ListsState", ["s3:ListBucket"], arns),
        statement("ReadsState", ["s3:GetObject"], [f"{arn}/*" for arn in arns]),
        statement("WritesState", ["s3:DeleteObject", "s3:PutObject"], [f"{a}/{path}" for a in arns for path in writes]),
        statement(
            "UsesKey",
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            [key_arn(), replica_key_arn(environment)],
        ),
    ]


def _secrets(environment: Environment) -> dict[str, Any]:
    """Return the reading of the environment's secrets: a plan looks their values up, and keeps them encrypted."""
    account = environment.account_id
    arns = [
        f"arn:aws:secretsmanager:{region}:{account}:secret:{topology.secret(environment, '*')}"
        for region in environment.regions
    ]
    return statement("ReadsSecrets", ["secretsmanager:GetSecretValue"], arns)


def _plan(environment: Environment) -> dict[str, Any]:
    """Return what a plan needs besides reading: the state's locks, and the secrets that the program looks up."""
    return document(*_state(environment, [".pulumi/locks/*"]), _secrets(environment))


def _apply(environment: Environment) -> dict[str, Any]:
    """Return what an apply needs besides PowerUserAccess: IAM for roles of ours that have the boundary, and no way to
    change the boundary or the pipeline's own roles.
    """
    account = environment.account_id
    roles = f"arn:aws:iam::{account}:role/{topology.role(environment, '*')}"
    own = [
        f"arn:aws:iam::{account}:role/{topology.role(environment, 'pipeline-*')}",
        topology.boundary_arn(environment),
        f"arn:aws:iam::{account}:oidc-provider/{GITHUB}",
    ]
    bounded = {"StringEquals": {"iam:PermissionsBoundary": topology.boundary_arn(environment)}}
    return document(
        *_state(environment, ["*"]),
        _secrets(environment),
        statement(
            "MakesBoundedRoles",
            ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
            roles,
            bounded,
        ),
        statement(
            "KeepsRoles",
            ["iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"],
            roles,
        ),
        statement("PassesRoles", ["iam:PassRole"], roles),
        statement(
            "Account",
            ["iam:CreateServiceLinkedRole", "iam:DeleteAccountPasswordPolicy", "iam:UpdateAccountPasswordPolicy"],
            "*",
        ),
        statement("ReadsIam", ["iam:Get*", "iam:List*"], "*"),
        statement("NeverItself", ["iam:*"], own, Effect="Deny"),
    )
