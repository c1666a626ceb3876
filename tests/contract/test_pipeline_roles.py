"""The pipeline's roles (the bootstrap's) against every call of an apply, a plan and a look for drift of production."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore import xform_name

from estate import topology
from estate.config import Environment
from estate.files import ROOT, read_environment, read_rotation_source
from estate.permits import allows, listed, statements
from infra.bootstrap.rights import LOOKED_UP
from tests.contract.aws_models import service_model
from tests.contract.exercise import Call, Exercised
from tests.contract.iam_actions import access_level, action
from tests.contract.pipeline_roles import KEY, Roles, bootstrap_resources, managed, pipeline_roles

pytestmark = pytest.mark.timeout(120)

ANY = "arn:aws:any:us-east-1:123456789012:thing"
LOOKS = ("look up", "read")

PROVIDER_CALLS = {
    "iam:GetServiceLinkedRoleDeletionStatus": "it waits until a service's role is gone",
    "iam:ListAttachedRolePolicies": "it reads a role's managed policies with the role",
    "iam:ListInstanceProfilesForRole": "it looks for them before it deletes a role",
    "iam:ListRolePolicies": "it reads a role's inline policies with the role",
    "iam:UpdateRoleDescription": "so it changes a description, where our handler has UpdateRole",
    "secretsmanager:GetResourcePolicy": "it reads a secret's policy with the secret",
}
"""What Pulumi's own provider asks besides our handlers, where not the whole service is allowed. Source:
terraform-provider-aws, `internal/service/iam` (`role.go`, `service_linked_role.go`) and `secretsmanager`."""

SERVICES_BESIDES = {
    "backup-storage": "a vault's storage is mounted in the name of whoever makes the vault",
    "lambda": "a canary's function is made in the name of whoever makes the canary",
    "shield": "a switch: no environment has it on",
}
"""Services that an apply may use and no call names, each with the reason."""

IAM_BESIDES = {
    "iam:PassRole": "roles are handed to the services that work for us",
    "iam:UpdateRoleDescription": "Pulumi's own provider",
}
"""Writing actions of IAM that an apply may do and no handler calls, each with the reason."""


@pytest.fixture(scope="module")
def environment() -> Environment:
    return read_environment("production")


@pytest.fixture(scope="module")
def roles(environment: Environment) -> Roles:
    return pipeline_roles(environment)


@pytest.fixture(scope="module")
def calls(exercised: Callable[[str], Exercised]) -> list[Call]:
    return exercised("production").calls


def subject(environment: Environment, call: Call) -> str:
    """Return what a call is done to: of IAM's the role, of a secret's the secret, of all others a thing of no name."""
    account, name = environment.account_id, call.parameters.get("RoleName")
    linked = "aws-service-role/opensearchservice.amazonaws.com"
    if call.service == "secretsmanager":
        return f"arn:aws:secretsmanager:us-west-2:{account}:secret:{topology.secret(environment, 'cache-token')}-AbCdEf"
    if "Linked" in call.kind:
        return f"arn:aws:iam::{account}:role/{linked}/{name}"
    return f"arn:aws:iam::{account}:role/{name}" if call.service == "iam" and name else ANY


def test_aws_has_every_action(calls: list[Call]) -> None:
    actions = {action(call.service, call.operation) for call in calls} | PROVIDER_CALLS.keys()
    assert sorted(name for name in actions if access_level(name) is None) == []
    assert len(actions) > 350


# The apply role


def test_an_apply_may_make_every_call(calls: list[Call], roles: Roles, environment: Environment) -> None:
    asked = {(action(call.service, call.operation), subject(environment, call)) for call in calls}
    asked |= {(name, topology.role_arn(environment, "task-video")) for name in PROVIDER_CALLS if "iam:" in name}
    assert len([name for name, _ in asked if name.startswith("iam:")]) > 15
    everybodys = {("sts:GetCallerIdentity", ANY)}
    assert sorted(one for one in asked - everybodys if not allows(roles["apply"], *one)) == []


def test_an_apply_may_use_no_other_service(calls: list[Call], roles: Roles) -> None:
    used = {action(call.service, call.operation).partition(":")[0] for call in calls} - {"sts"}
    allowed = {
        name.partition(":")[0] for _, s in every_statement(roles["apply"], "Allow") for name in listed(s["Action"])
    }
    assert allowed == used | SERVICES_BESIDES.keys()


def test_an_apply_writes_no_more_of_iam_than_it_calls(calls: list[Call], roles: Roles) -> None:
    used = {action(call.service, call.operation) for call in calls} | IAM_BESIDES.keys()
    granted = {
        name for _, s in every_statement(roles["apply"], "Allow") for name in listed(s["Action"]) if "iam:" in name
    }
    assert {name for name in granted if not name.endswith("*")} <= used
    assert {name for name in granted if name.endswith("*")} == {"iam:Get*", "iam:List*"}


@pytest.mark.parametrize("name", ["pipeline-apply", "pipeline-plan", "rotation", "state-replication"])
def test_an_apply_cannot_give_itself_more(name: str, roles: Roles, environment: Environment) -> None:
    arn = topology.role_arn(environment, name)
    for one in ("PutRolePolicy", "UpdateAssumeRolePolicy", "DeleteRole", "PassRole", "PutRolePermissionsBoundary"):
        assert not allows(roles["apply"], f"iam:{one}", arn)
        assert allows(roles["apply"], f"iam:{one}", topology.role_arn(environment, "operations"))
    assert not allows(roles["apply"], "iam:CreatePolicyVersion", topology.boundary_arn(environment))
    assert not allows(roles["apply"], "iam:AttachRolePolicy", topology.role_arn(environment, "operations"))
    assert not allows(roles["apply"], "cloudformation:DeleteStack", ANY)


def test_an_apply_writes_the_state_and_cannot_lose_it(roles: Roles, environment: Environment) -> None:
    for region in environment.regions:
        bucket = f"arn:aws:s3:::{topology.state_bucket(environment, region)}"
        state = f"{bucket}/.pulumi/stacks/breiq/x.json"
        for one in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
            assert allows(roles["apply"], one, state)
        for one in ("s3:DeleteBucket", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:PutBucketPolicy"):
            assert not allows(roles["apply"], one, bucket)
            assert allows(roles["apply"], one, f"arn:aws:s3:::{topology.video_bucket(environment, region)}")
        assert not allows(roles["apply"], "s3:DeleteObjectVersion", state)
    assert allows(roles["apply"], "kms:Encrypt", KEY)
    assert not allows(roles["apply"], "kms:ScheduleKeyDeletion", KEY)


# The plan role


def test_a_plan_may_look_at_everything(calls: list[Call], roles: Roles, environment: Environment) -> None:
    looks = {(action(call.service, call.operation), subject(environment, call)) for call in calls if call.verb in LOOKS}
    assert len(looks) > 120
    assert sorted(one for one in looks if not allows(roles["plan"], *one)) == []
    for region in environment.regions:
        state = f"arn:aws:s3:::{topology.state_bucket(environment, region)}"
        assert allows(roles["plan"], "s3:GetObject", f"{state}/.pulumi/stacks/breiq/x.json")
        assert allows(roles["plan"], "s3:ListBucket", state)


def test_a_plan_only_reads(calls: list[Call], roles: Roles, environment: Environment) -> None:
    writes = {
        (name, subject(environment, call))
        for call in calls
        if access_level(name := action(call.service, call.operation)) not in ("Read", "List")
    }
    assert len(writes) > 200
    assert sorted(one for one in writes if allows(roles["plan"], *one)) == []
    own = [(s["Sid"], a) for _, s in every_statement(roles["plan"][1:], "Allow") for a in listed(s["Action"])]
    beyond = {sid for sid, name in own if access_level(name) not in ("Read", "List")}
    assert beyond == {"Locks", "UsesKey"}
    state = f"arn:aws:s3:::{topology.state_bucket(environment, 'us-west-2')}"
    assert allows(roles["plan"], "s3:PutObject", f"{state}/.pulumi/locks/x.json")
    assert not allows(roles["plan"], "s3:PutObject", f"{state}/.pulumi/stacks/x.json")


def test_a_plan_sees_nothing_that_users_wrote(roles: Roles, environment: Environment) -> None:
    assert allows([managed("ReadOnlyAccess")], "s3:GetObject", ANY), "else the denials are of no use"
    for bucket in (topology.video_bucket, topology.log_bucket, topology.archive_bucket, topology.audit_bucket):
        assert not allows(roles["plan"], "s3:GetObject", f"arn:aws:s3:::{bucket(environment, 'us-east-1')}/raw/1")
    assert not allows(roles["plan"], "s3:GetObject", f"arn:aws:s3:::{topology.vault_bucket(environment)}/raw/1")
    assert not allows(roles["plan"], "dynamodb:GetItem", ANY)
    assert not allows(roles["plan"], "logs:FilterLogEvents", ANY)
    assert not allows(roles["plan"], "kms:Decrypt", KEY.replace("mrk-1", "mrk-2"))


def test_the_pipeline_reads_those_secrets_that_the_program_hands_on(roles: Roles, environment: Environment) -> None:
    text = "\n".join(path.read_text() for path in (ROOT / "infra").rglob("*.py"))
    assert set(re.findall(r'secret_value\([^)]*?"([a-z-]+)"', text)) == set(LOOKED_UP)
    for name in (*topology.SECRETS, *topology.GIVEN_SECRETS):
        arn = f"arn:aws:secretsmanager:us-east-1:{environment.account_id}:secret:{topology.secret(environment, name)}-AbCdEf"
        for role in roles.values():
            assert allows(role, "secretsmanager:GetSecretValue", arn) == (name in LOOKED_UP), name
            assert allows(role, "secretsmanager:DescribeSecret", arn)
            assert not allows(role, "secretsmanager:PutSecretValue", arn)


# The rotation

ROTATION_BESIDES = {
    "kms:Decrypt": "Secrets Manager asks KMS in the function's name",
    "kms:GenerateDataKey": "Secrets Manager asks KMS in the function's name",
    "logs:CreateLogGroup": "Lambda writes what the function says, in its name",
    "logs:CreateLogStream": "Lambda writes what the function says",
    "logs:PutLogEvents": "Lambda writes what the function says",
}


def test_the_rotation_may_do_what_it_calls_and_little_else(environment: Environment) -> None:
    clients = {"secrets": "secretsmanager", "rds": "rds", "client": "elasticache", 'boto3.client("kms")': "kms"}
    source, called = read_rotation_source(), set()
    for variable, service in clients.items():
        operations = {xform_name(name): name for name in service_model(service).operation_names}
        names = set(re.findall(rf"\b{re.escape(variable)}\.(\w+)\(", source)) & operations.keys()
        assert names, f"nothing is asked of {service}"
        called |= {action(service, operations[name]) for name in names}
    (policy,) = bootstrap_resources(environment)["RotationRole"]["Properties"]["Policies"]
    granted = {name for s in statements(policy["PolicyDocument"]) for name in listed(s["Action"])}
    assert granted - called == ROTATION_BESIDES.keys()
    assert called - granted == set()


def every_statement(policies: list[dict[str, Any]], effect: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the statements of an effect, each with the number of its policy."""
    for number, policy in enumerate(policies):
        yield from ((number, one) for one in statements(policy) if one["Effect"] == effect)
