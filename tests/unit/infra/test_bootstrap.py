"""The bootstrap's templates, for every environment: clean by cfn-lint, and what they must say."""

import json
from functools import cache
from typing import Any

import pytest
from cfnlint.api import lint

from estate import topology
from estate.config import Environment
from estate.files import read_environment
from estate.permits import allows, statements
from infra.bootstrap.secrets import ROTATED
from infra.bootstrap.template import BootstrapStack, build

ENVIRONMENTS = ("local", "staging", "production")
LARGEST_TEMPLATE_BYTES = 51_200
"""Source: CloudFormation quotas, template body in a request."""


@cache
def stacks(name: str) -> tuple[Environment, dict[str, BootstrapStack]]:
    environment = read_environment(name)
    return environment, {stack.part: stack for stack in build(environment)}


def resources(stack: BootstrapStack, kind: str) -> dict[str, Any]:
    """Return the resources of a type, by logical id."""
    found = json.loads(stack.template)["Resources"]
    return {name: one for name, one in found.items() if one["Type"] == f"AWS::{kind}"}


@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize("part", ["key", "replica", "base"])
def test_cfn_lint_finds_nothing(name: str, part: str) -> None:
    stack = stacks(name)[1][part]
    assert [str(one) for one in lint(stack.template, regions=[stack.region])] == []
    assert len(stack.template.encode()) < LARGEST_TEMPLATE_BYTES


def test_cfn_lint_would_find_something() -> None:
    stack = stacks("local")[1]["replica"]
    broken = stack.template.replace('"aws:kms"', '"aws:kmz"')
    assert broken != stack.template
    assert lint(broken, regions=[stack.region])


def test_the_state_is_in_its_region_and_copied_to_the_other() -> None:
    environment, parts = stacks("production")
    assert (parts["base"].region, parts["replica"].region) == ("us-west-2", "us-east-1")
    (bucket,) = resources(parts["base"], "S3::Bucket").values()
    assert bucket["DeletionPolicy"] == "Retain"
    properties = bucket["Properties"]
    assert properties["BucketName"] == topology.state_bucket(environment, "us-west-2")
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = properties["ReplicationConfiguration"]["Rules"]
    assert rule["Destination"]["Bucket"].endswith(topology.state_bucket(environment, "us-east-1"))
    (copy,) = resources(parts["replica"], "S3::Bucket").values()
    assert copy["Properties"]["BucketName"] == topology.state_bucket(environment, "us-east-1")


def test_the_key_is_one_in_both_regions_under_one_alias() -> None:
    environment, parts = stacks("staging")
    (key,) = resources(parts["key"], "KMS::Key").values()
    assert key["Properties"]["MultiRegion"] is True
    for part in ("key", "replica"):
        (alias,) = resources(parts[part], "KMS::Alias").values()
        assert alias["Properties"]["AliasName"] == topology.kms_alias(environment, "bootstrap")
    assert parts["replica"].parameters == parts["base"].parameters == {"KeyArn": ("key", "KeyArn")}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_secret_is_made_with_a_replica_and_none_has_its_value_in_the_template(name: str) -> None:
    environment, parts = stacks(name)
    made = {one["Properties"]["Name"]: one for one in resources(parts["base"], "SecretsManager::Secret").values()}
    names = (*topology.SECRETS, *topology.GIVEN_SECRETS)
    assert made.keys() == {topology.secret(environment, one) for one in names}
    for one in names:
        secret = made[topology.secret(environment, one)]
        (replica,) = secret["Properties"]["ReplicaRegions"]
        assert replica["Region"] == environment.other_region(environment.state_region)
        assert secret["DeletionPolicy"] == secret["UpdateReplacePolicy"] == "Retain"
        assert "SecretString" not in secret["Properties"]
        assert ("GenerateSecretString" in secret["Properties"]) == (one not in topology.WRITTEN_SECRETS)


def test_what_can_be_rotated_is_and_not_at_once() -> None:
    _, parts = stacks("production")
    schedules = resources(parts["base"], "SecretsManager::RotationSchedule").values()
    assert len(schedules) == len(ROTATED)
    for schedule in schedules:
        assert schedule["Properties"]["RotateImmediatelyOnUpdate"] is False
        assert schedule["Properties"]["RotationRules"] == {"AutomaticallyAfterDays": 30}


def test_the_boundary_forbids_what_no_role_of_ours_does() -> None:
    environment, parts = stacks("production")
    (policy,) = resources(parts["base"], "IAM::ManagedPolicy").values()
    assert policy["Properties"]["ManagedPolicyName"] == topology.boundary(environment)
    boundary = policy["Properties"]["PolicyDocument"]
    for action in ("iam:CreateUser", "iam:PutRolePolicy", "rds:DeleteDBInstance", "cloudtrail:StopLogging"):
        assert not allows([boundary], action, "arn:aws:x")
    for action in ("iam:PassRole", "rds:PromoteReadReplica", "s3:PutObject"):
        assert allows([boundary], action, "arn:aws:x")
    (elsewhere,) = (one for one in statements(boundary) if one["Sid"] == "ButElsewhere")
    assert elsewhere["Condition"]["StringNotEquals"]["aws:RequestedRegion"] == ["us-east-1", "us-east-2", "us-west-2"]


def role(parts: dict[str, BootstrapStack], logical: str) -> dict[str, Any]:
    found: dict[str, Any] = resources(parts["base"], "IAM::Role")[logical]["Properties"]
    return found


def test_an_apply_makes_no_role_without_the_boundary() -> None:
    environment, parts = stacks("production")
    policy = role(parts, "Apply")["Policies"][0]["PolicyDocument"]
    makes = next(one for one in statements(policy) if "iam:CreateRole" in one["Action"])
    assert makes["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": topology.boundary_arn(environment)}}


def test_pipelines_are_trusted_by_what_github_says_of_them() -> None:
    environment, parts = stacks("staging")
    subjects = {
        logical: [
            one["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
            for one in statements(role(parts, logical)["AssumeRolePolicyDocument"])
        ]
        for logical in ("Plan", "Apply")
    }
    repository = f"repo:{environment.security.github_repository}"
    assert subjects["Apply"] == [f"{repository}:environment:staging"]
    assert subjects["Plan"] == [f"{repository}:pull_request", f"{repository}:ref:refs/heads/main"]
