"""Who may do what, and with which key."""

import json
from typing import Any

import pulumi

from components.security.data_key import DataKey, DataKeyArgs
from components.security.key_policy import key_policy
from components.security.role import Role, RoleArgs, allow
from tests.unit.components.kit import EAST, WEST, Cloud, build, environment, specimen


@specimen(DataKey)
def data_key(cloud: Cloud, opts: pulumi.ResourceOptions | None = None) -> DataKey:
    return DataKey("data", DataKeyArgs(environment(), WEST, EAST, cloud.providers), opts)


@specimen(Role)
def role(cloud: Cloud, opts: pulumi.ResourceOptions | None = None, **changes: Any) -> Role:
    given = {"service": "ecs-tasks.amazonaws.com", **changes}
    return Role("reader", RoleArgs("breiq-reader", "Reads", '{"Statement": []}', cloud.east, **given), opts)


def test_the_data_key_is_one_under_the_same_alias_in_both_regions() -> None:
    made = build(data_key)
    assert made.tree() == [
        "kms.Alias data-us-east-1: us-east-1",
        "kms.Alias data-us-west-2: us-west-2",
        "kms.Key data: us-west-2; protected",
        "kms.ReplicaKey data-replica: us-east-1; protected",
    ]
    assert made.gives["arns"] == {
        WEST: "arn:aws:any:us-west-2:111122223333:data",
        EAST: "arn:aws:any:us-east-1:111122223333:data-replica",
    }
    key, replica = made.inputs("kms.Key"), made.inputs("kms.ReplicaKey")
    assert (key["multiRegion"], key["enableKeyRotation"]) == (True, True)
    assert replica["primaryKeyArn"] == made.gives["arns"][WEST]
    assert key["policy"] == replica["policy"]
    aliases = [one.inputs for one in made.of("kms.Alias")]
    assert {one["name"] for one in aliases} == {"alias/breiq-production-data"}
    assert [one["targetKeyId"] for one in aliases] == ["key-us-east-1", "key-us-west-2"]


def test_the_account_decides_over_the_key_and_services_use_it_on_its_behalf_alone() -> None:
    account, *services = json.loads(key_policy("123456789012", [EAST]))["Statement"]
    assert (account["Principal"], account["Action"]) == ({"AWS": "arn:aws:iam::123456789012:root"}, "kms:*")
    for statement in services:
        assert "123456789012" in json.dumps(statement["Condition"]), statement["Sid"]
        assert not {"kms:*", "kms:PutKeyPolicy"} & set(statement["Action"]), statement["Sid"]
    (logs,) = [one for one in services if one["Sid"] == "LogGroups"]
    assert logs["Principal"] == {"Service": [f"logs.{EAST}.amazonaws.com"]}


def test_a_role_is_given_once_its_policy_is_in_place() -> None:
    made = build(role, boundary_arn="arn:boundary", session_s=7200)
    assert made.tree() == ["iam.Role reader: us-east-1", "iam.RolePolicy reader: us-east-1"]
    assert made.gives == {"arn": "arn:aws:any:us-east-1:111122223333:breiq-reader"}
    given, policy = made.inputs("iam.Role"), made.inputs("iam.RolePolicy")
    assert (given["permissionsBoundary"], given["maxSessionDuration"]) == ("arn:boundary", 7200)
    assert (policy["role"], policy["policy"]) == ("breiq-reader", '{"Statement": []}')
    (statement,) = json.loads(given["assumeRolePolicy"])["Statement"]
    assert (statement["Principal"], statement["Action"]) == (
        {"Service": "ecs-tasks.amazonaws.com"},
        "sts:AssumeRole",
    )


def test_a_roles_own_trust_stands_instead_of_a_services() -> None:
    made = build(role, service="", trust='{"Statement": ["people"]}')
    assert made.inputs("iam.Role")["assumeRolePolicy"] == '{"Statement": ["people"]}'


def test_a_statement_has_a_condition_when_it_is_given_one() -> None:
    plain = {"Effect": "Allow", "Action": ["a:B"], "Resource": ["*"]}
    assert allow(("a:B",), ("*",)) == plain
    condition = {"Bool": {"aws:SecureTransport": "true"}}
    assert allow(["a:B"], ["*"], condition) == {**plain, "Condition": condition}
