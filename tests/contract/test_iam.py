"""What roles may do, against AWS's own table of actions, and against every call that we make."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from estate import topology
from estate.config import Environment
from estate.files import ROOT, read_environment
from estate.permits import allows, listed, statements
from provisioner.state.state import Resource
from tests.contract.iam_actions import overlap, resources_of
from tests.unit.infra.kit import Declared, declare, json_of

ENVIRONMENTS = ("local", "staging", "production")
EAST = "us-east-1"

WITHOUT_RESOURCE = {
    "application-autoscaling:DescribeScalableTargets": "AWS has no resource for it; it only looks",
    "ec2:DescribeNetworkAcls": "AWS has no resource for it; it only looks",
    "ec2:DescribeSubnets": "AWS has no resource for it; it only looks",
    "ecr:GetAuthorizationToken": "AWS has no resource for it",
    "ecs:DeregisterTaskDefinition": "AWS has no resource for it; a revision that runs goes on running",
    "ecs:DescribeTaskDefinition": "AWS has no resource for it; it only looks",
    "ecs:ListTaskDefinitions": "AWS has no resource for it; it only looks",
    "ecs:ListTasks": "its resource is a container instance, which Fargate has none of; a condition names the cluster",
    "elasticloadbalancing:DescribeRules": "AWS has no resource for it; it only looks",
    "elasticloadbalancing:DescribeTargetHealth": "AWS has no resource for it; it only looks",
    "logs:DescribeLogGroups": "it lists, and names none",
    "logs:GetQueryResults": "a query has an id and no ARN; only who may start one has any",
    "rds:DescribeDBInstances": "AWS Backup lists them all",
    "rds:DescribeDBSnapshots": "AWS Backup lists them all",
    "tag:GetResources": "AWS has no resource for it; it only looks",
}
"""Actions that a role of ours may do on `*`, each with the reason."""

OF_OTHERS = {
    "cloudformation:": "whoever bootstraps an environment is an administrator of its account, before any role of ours is",
    "s3:CreateBucket": "the local cloud's bootstrap; on AWS CloudFormation makes the states' buckets",
    "s3:GetObject": "states: the pipeline's roles, see test_pipeline_roles.py",
    "s3:HeadObject": "states: the pipeline's roles",
    "s3:ListObjectsV2": "states: the pipeline's roles",
    "s3:PutBucketReplication": "the local cloud's bootstrap",
    "s3:PutBucketVersioning": "the local cloud's bootstrap",
    "secretsmanager:CreateSecret": "the local cloud's bootstrap; on AWS CloudFormation creates them",
    "secretsmanager:PutSecretValue": "the bootstrap writes what CloudFormation cannot make",
    "sts:GetCallerIdentity": "everybody's: AWS wants no right for it",
}
"""Calls of `aws/` that no role of the estate needs a right for."""


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    return declare(read_environment("local"), tmp_path_factory.mktemp("state"), ["foundation"])


@pytest.fixture(scope="module")
def policies(estate: Declared) -> dict[str, dict[str, Any]]:
    """Inline policies by the role's name."""
    return {r.inputs["role"]: json_of(r.inputs["policy"]) for r in estate.of("iam/rolePolicy:RolePolicy")}


@pytest.fixture(scope="module")
def environment() -> Environment:
    return read_environment("local")


def every_statement(policies: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for role, policy in policies.items():
        for statement in statements(policy):
            yield role, statement


# Against AWS's table


def test_every_action_exists_and_takes_the_resource_it_is_given(policies: dict[str, Any]) -> None:
    wrong = []
    for role, statement in every_statement(policies):
        for action in listed(statement["Action"]):
            forms = [re.sub(r"\$\{[^}]+\}", "*", form) for form in resources_of(action)]
            for resource in listed(statement["Resource"]):
                if resource.startswith("arn:aws:any:"):
                    continue  # the kit's own ARN of what is not known before it exists: keys
                named = (
                    [resource, f"{resource}:*"] if ":task-definition/" in resource else [resource]
                )  # newest revision
                fits = resource == "*" or any(overlap(one, form) for one in named for form in forms if form != "*")
                if not fits:
                    wrong.append(f"{role}: {action} on {resource}, which takes {forms}")
    assert not wrong, "\n".join(wrong)


def test_everything_is_named_but_what_aws_has_no_resource_for(policies: dict[str, Any]) -> None:
    used = {
        action
        for _, statement in every_statement(policies)
        if "*" in listed(statement["Resource"])
        for action in listed(statement["Action"])
    }
    ours = {action for action in used if not action.startswith(("synthetics:", "cloudwatch:", "s3:ListAllMyBuckets"))}
    assert ours - WITHOUT_RESOURCE.keys() == set()


def test_no_policy_has_a_wildcard_for_an_action(policies: dict[str, Any]) -> None:
    assert [(r, a) for r, s in every_statement(policies) for a in listed(s["Action"]) if "*" in a] == []


def test_every_role_has_the_boundary(estate: Declared, environment: Environment) -> None:
    roles = [r for r in estate.of("iam/role:Role") if "/bootstrap" not in r.urn]
    without = [
        r.inputs["name"] for r in roles if r.inputs.get("permissionsBoundary") != topology.boundary_arn(environment)
    ]
    assert without == []


KEY_RIGHTS = {
    "s3:GetObject": "kms:Decrypt",
    "s3:PutObject": "kms:GenerateDataKey",
}
"""What S3 asks of KMS in the caller's name, where objects are encrypted with our key. Source: S3 user guide, "Using
server-side encryption with AWS KMS keys", permissions."""


def test_whoever_reads_and_writes_encrypted_objects_may_use_their_key(
    estate: Declared, policies: dict[str, Any]
) -> None:
    keys = {}
    for one in estate.of("s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"):
        by_default = one.inputs["rules"][0]["applyServerSideEncryptionByDefault"]
        if by_default["sseAlgorithm"] == "aws:kms":
            keys[one.inputs["bucket"]] = by_default["kmsMasterKeyId"]
    assert len(keys) > 6
    without = [
        f"{role}: {action} on {bucket}, and no {KEY_RIGHTS[action]}"
        for role, statement in every_statement(policies)
        for action in set(listed(statement["Action"])) & KEY_RIGHTS.keys()
        for resource in listed(statement["Resource"])
        if (bucket := resource.rpartition(":")[2].partition("/")[0]) in keys
        and not allows([policies[role]], KEY_RIGHTS[action], keys[bucket])
    ]
    assert without == []


# Against the calls that we make


def calls_of_clients() -> set[str]:
    """Return the calls of `aws/`, as each says itself to `typed_errors`."""
    text = "\n".join(path.read_text() for path in Path(ROOT / "aws").glob("*.py"))
    return set(re.findall(r'typed_errors\(\s*"([a-z0-9-]+:[A-Za-z]+)"', text))


def subject(environment: Environment, action: str) -> str:
    """Return a resource of ours that the action is done to, in the region that is not us-east-1."""
    region, account = environment.creation_order[1], environment.account_id
    service = action.partition(":")[0]
    cluster, prefix = topology.cluster(environment), topology.prefix(environment)
    by_service = {
        "dynamodb": f"arn:aws:dynamodb:{region}:{account}:table/{topology.operations_table(environment)}",
        "ecr": f"arn:aws:ecr:{region}:{account}:repository/{topology.repository(environment)}",
        "logs": f"arn:aws:logs:{region}:{account}:log-group:{topology.log_group(environment, 'video')}:log-stream:app/video/0123",
        "rds": topology.database_arn(environment, region),
        "s3": f"arn:aws:s3:::{topology.audit_bucket(environment, region)}/journal.json",
        "secretsmanager": f"arn:aws:secretsmanager:{region}:{account}:secret:{topology.secret(environment, 'preview-header')}-AbCdEf",
        "ssm": f"arn:aws:ssm:{region}:{account}:parameter{topology.manifest_path(environment)}",
    }
    by_action = {
        "ecs:RegisterTaskDefinition": f"arn:aws:ecs:{region}:{account}:task-definition/{prefix}-video:7",
        "ecs:RunTask": f"arn:aws:ecs:{region}:{account}:task-definition/{prefix}-migrate:7",
        "ecs:DescribeServices": f"arn:aws:ecs:{region}:{account}:service/{cluster}/{prefix}-video-blue",
        "ecs:UpdateService": f"arn:aws:ecs:{region}:{account}:service/{cluster}/{prefix}-video-blue",
        "ecs:DescribeTasks": f"arn:aws:ecs:{region}:{account}:task/{cluster}/0123abcd",
        "ecs:StopTask": f"arn:aws:ecs:{region}:{account}:task/{cluster}/0123abcd",
        "elasticloadbalancing:ModifyRule": (
            f"arn:aws:elasticloadbalancing:{region}:{account}:listener-rule/app/"
            f"{topology.load_balancer(environment)}/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee"
        ),
        "application-autoscaling:RegisterScalableTarget": (
            f"arn:aws:application-autoscaling:{region}:{account}:scalable-target/0123abcd"
        ),
    }
    return by_action.get(action) or by_service.get(service) or "*"


@pytest.mark.parametrize("role", ["operations", "break-glass"])
def test_operations_may_make_every_call_of_the_clients(
    role: str, policies: dict[str, Any], environment: Environment
) -> None:
    policy = policies[topology.role(environment, role)]
    calls = {call for call in calls_of_clients() if not call.startswith(tuple(OF_OTHERS))}
    assert len(calls) > 20
    assert [call for call in sorted(calls) if not allows([policy], call, subject(environment, call))] == []


def test_a_release_may_make_every_call_but_those_of_a_failover(
    policies: dict[str, Any], environment: Environment
) -> None:
    policy = policies[topology.role(environment, "deploy")]
    calls = {call for call in calls_of_clients() if not call.startswith(tuple(OF_OTHERS))}
    denied = {call for call in calls if not allows([policy], call, subject(environment, call))}
    assert denied == {"rds:PromoteReadReplica"}


def test_operations_may_do_little_else(policies: dict[str, Any], environment: Environment) -> None:
    """What it may do and no client calls is known, with what for."""
    besides = {
        "application-autoscaling:DescribeScalableTargets": "operations own the bounds of autoscaling",
        "application-autoscaling:RegisterScalableTarget": "operations own the bounds of autoscaling",
        "ecs:TagResource": "a revision is registered with tags",
        "iam:PassRole": "a task is given its roles",
        "kms:Decrypt": "secrets are encrypted with the bootstrap's key",
        "kms:GenerateDataKey": "journals are encrypted with our key",
    }
    allowed = {a for s in statements(policies[topology.role(environment, "operations")]) for a in listed(s["Action"])}
    assert allowed - calls_of_clients() <= besides.keys()


def test_each_apps_calls_are_allowed_to_its_task(policies: dict[str, Any], environment: Environment) -> None:
    from infra.tasks import PARTS

    region, account = environment.creation_order[0], environment.account_id
    other = environment.creation_order[1]
    bucket = f"arn:aws:s3:::{topology.video_bucket(environment, region)}"
    for name, config in {**environment.services, **environment.workers}.items():
        policy = policies[topology.role(environment, f"task-{name}")]
        for where in (region, other):  # the own region's endpoint is asked first, then the other's
            table = f"arn:aws:dynamodb:{where}:{account}:table/{topology.operations_table(environment)}"
            assert allows([policy], "dynamodb:GetItem", table), name
            assert allows([policy], "dynamodb:PutItem", table) == bool(config.pool_max), name
            assert not allows([policy], "dynamodb:UpdateItem", table), f"{name}: the lease is operations' alone"
        stores = "objects" in PARTS.get(name, ())
        for action in ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"):
            assert allows([policy], action, f"{bucket}/raw/1/2") == stores, (name, action)
        assert not allows([policy], "s3:DeleteObject", f"arn:aws:s3:::{topology.vault_bucket(environment)}/raw/1/2")


def test_the_apps_own_client_makes_no_other_calls() -> None:
    table = (ROOT / "app" / "aws" / "operations_table.py").read_text()
    objects = (ROOT / "app" / "aws" / "objects.py").read_text()
    assert set(re.findall(r'_call\("(\w+)"', table)) == {"GetItem", "PutItem"}
    assert set(re.findall(r'"(GET|PUT|POST|DELETE|HEAD)"', objects)) == {"PUT", "POST", "DELETE"}


# Without us-east-1


def test_people_reach_their_roles_without_us_east_1(estate: Declared, environment: Environment) -> None:
    for name in ("operations", "break-glass"):
        trust = json_of(role_named(estate, topology.role(environment, name)).inputs["assumeRolePolicy"])
        (statement,) = statements(trust)
        assert statement["Principal"] == {"AWS": f"arn:aws:iam::{environment.account_id}:root"}
        assert statement["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}
        assert "sso" not in str(trust).lower()


def test_a_pipeline_is_trusted_in_its_own_repository_and_environment_alone(
    estate: Declared, environment: Environment
) -> None:
    trust = json_of(role_named(estate, topology.role(environment, "deploy")).inputs["assumeRolePolicy"])
    (statement,) = statements(trust)
    claims = statement["Condition"]["StringEquals"]
    assert claims["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    wanted = f"repo:{environment.security.github_repository}:environment:local"
    assert claims["token.actions.githubusercontent.com:sub"] == wanted


def role_named(estate: Declared, name: str) -> Resource:
    return next(r for r in estate.of("iam/role:Role") if r.inputs["name"] == name)


# The evaluation itself


def test_a_deny_wins_and_patterns_are_iams() -> None:
    policy = {
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "arn:aws:s3:::b/?.txt"},
            {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/x.txt"},
        ]
    }
    assert allows([policy], "s3:getobject", "arn:aws:s3:::b/a.txt")
    assert not allows([policy], "s3:GetObject", "arn:aws:s3:::b/ab.txt")
    assert not allows([policy], "s3:GetObject", "arn:aws:s3:::b/x.txt")
    assert not allows([policy], "s3:PutObject", "arn:aws:s3:::b/a.txt")
