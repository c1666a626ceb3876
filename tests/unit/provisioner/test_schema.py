import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from provisioner.plugin.package import package_schema
from provisioner.schema import find_problems, problems
from provisioner.sdk_types import PROVIDER_TYPE, formed, known_type
from provisioner.values import UNKNOWN, Secret

LISTENER: Mapping[str, Any] = {
    "loadBalancerArn": "arn",
    "port": 443,
    "defaultActions": [{"type": "forward", "forward": {"targetGroups": [{"arn": "a", "weight": 100}]}}],
}


def listener(**changes: Any) -> dict[str, Any]:
    return {**LISTENER, **changes}


def paths(token: str, inputs: Mapping[str, Any]) -> list[str]:
    return [problem.path for problem in find_problems(token, inputs)]


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        ("aws:lb/listener:Listener", LISTENER),
        ("aws:lb/listener:Listener", listener(tags={"a.b": "c"}, tagsAll={"x": "y"}, region="us-east-1")),
        ("aws:lb/listener:Listener", listener(port=443.0, loadBalancerArn=UNKNOWN, sslPolicy=None)),
        ("aws:lb/listener:Listener", listener(defaultActions=UNKNOWN, __defaults=[], __internal={})),
        ("aws:lb/listener:Listener", listener(defaultActions=[{"type": "forward", "forward": UNKNOWN}])),
        ("aws:lb/listener:Listener", listener(loadBalancerArn=Secret("arn"), port=Secret(UNKNOWN))),
        ("aws:iam/role:Role", {"assumeRolePolicy": "{}"}),
        ("aws:rds/instance:Instance", {"instanceClass": "db.r9x.large", "password": Secret("p")}),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"comparisonOperator": "x", "evaluationPeriods": 1, "threshold": 1}),
        (PROVIDER_TYPE, {"region": "us-east-1", "allowedAccountIds": '["1"]', "skipCredentialsValidation": "true"}),
        (PROVIDER_TYPE, {"defaultTags": '{"tags": {"A": "b"}}', "endpoints": [{"s3": "http://127.0.0.1"}]}),
        ("test:index:Thing", {"anything": 1}),
    ],
)
def test_what_the_sdk_takes_is_right(token: str, inputs: Mapping[str, Any]) -> None:
    assert problems(token, inputs) == []


@pytest.mark.parametrize(
    ("token", "inputs", "path"),
    [
        ("aws:lb/listener:Listener", listener(prot=1), "prot"),
        ("aws:lb/listener:Listener", listener(port="443"), "port"),
        ("aws:lb/listener:Listener", listener(port=443.5), "port"),
        ("aws:lb/listener:Listener", listener(port=True), "port"),
        ("aws:lb/listener:Listener", listener(port=Secret("443")), "port"),
        ("aws:lb/listener:Listener", listener(sslPolicy=1), "sslPolicy"),
        ("aws:lb/listener:Listener", listener(defaultActions={"type": "forward"}), "defaultActions"),
        ("aws:lb/listener:Listener", listener(defaultActions=["forward"]), "defaultActions[0]"),
        ("aws:lb/listener:Listener", listener(defaultActions=[{}]), "defaultActions[0].type"),
        (
            "aws:lb/listener:Listener",
            listener(defaultActions=[{"type": "forward", "forward": {"targetGroups": [{"arn": "a", "weigth": 1}]}}]),
            "defaultActions[0].forward.targetGroups[0].weigth",
        ),
        ("aws:lb/listener:Listener", listener(tags={"a.b": 1}), 'tags["a.b"]'),
        ("aws:lb/listener:Listener", listener(tags=["a"]), "tags"),
        ("aws:lb/listener:Listener", listener(loadBalancerArn=None), "loadBalancerArn"),
        ("aws:lambda/function:Function", {"role": "arn", "code": "folder"}, "code"),
        (PROVIDER_TYPE, {"allowedAccountIds": '"1"'}, "allowedAccountIds"),
        (PROVIDER_TYPE, {"skipCredentialsValidation": "perhaps"}, "skipCredentialsValidation"),
        ("aws:lb/listner:Listner", {}, ""),
    ],
)
def test_what_the_sdk_would_not_take_is_found_where_it_is(token: str, inputs: Mapping[str, Any], path: str) -> None:
    assert paths(token, inputs) == [path]


def test_several_problems_are_told_at_once() -> None:
    assert paths("aws:lb/listener:Listener", {"port": "x", "prot": 1}) == [
        "port",
        "prot",
        "defaultActions",
        "loadBalancerArn",
    ]


@pytest.mark.parametrize(
    ("written", "meant"), [("cidr_block", "cidrBlock"), ("cidrBlok", "cidrBlock"), ("tag", "tags")]
)
def test_the_nearest_name_is_the_hint(written: str, meant: str) -> None:
    (problem,) = problems("aws:ec2/vpc:Vpc", {written: "10.0.0.0/16"})
    assert f"did you mean {meant}?" in problem


def test_a_value_is_never_part_of_a_problem() -> None:
    text = "\n".join(problems("aws:rds/instance:Instance", {"instanceClass": "x", "password": Secret({"a": "hush"})}))
    assert "password" in text
    assert "hush" not in text


def test_types_are_known_by_token() -> None:
    assert known_type("aws:ec2/vpc:Vpc")
    assert known_type(PROVIDER_TYPE)
    assert not known_type("aws:ec2/vpc:Vpcs")


def test_the_packages_schema_says_what_a_type_takes() -> None:
    schema = package_schema(["aws:lb/listener:Listener", "aws:lambda/function:Function", "test:index:Thing"], "7.0.0")
    assert schema["resources"].keys() == {"aws:lb/listener:Listener", "aws:lambda/function:Function"}
    listener_type = schema["resources"]["aws:lb/listener:Listener"]
    assert listener_type["requiredInputs"] == ["defaultActions", "loadBalancerArn"]
    assert listener_type["inputProperties"]["port"] == {"type": "integer"}
    assert listener_type["inputProperties"]["tags"] == {"type": "object", "additionalProperties": {"type": "string"}}
    items = listener_type["inputProperties"]["defaultActions"]["items"]
    assert items == {"$ref": "#/types/aws:lb/ListenerDefaultAction:ListenerDefaultAction"}
    assert schema["types"]["aws:lb/ListenerDefaultAction:ListenerDefaultAction"]["required"] == ["type"]
    code = schema["resources"]["aws:lambda/function:Function"]["inputProperties"]["code"]
    assert code == {"$ref": "pulumi.json#/Archive"}


def test_every_reference_of_the_packages_schema_leads_to_a_type() -> None:
    text = json.dumps(package_schema(["aws:lb/listener:Listener", "aws:s3/bucket:Bucket"], "7.0.0"))
    known = json.loads(text)["types"]
    assert set(re.findall(r'"#/types/([^"]+)"', text)) == known.keys()


def test_what_was_read_takes_the_sdks_form() -> None:
    action = {"type": "forward", "forward": [{"targetGroups": {"arn": "a"}}]}
    assert formed(
        "aws:lb/listener:Listener", {"defaultActions": action, "port": 80, "arn": "x", "tags": {"a": "b"}}
    ) == {
        "defaultActions": [{"type": "forward", "forward": {"targetGroups": [{"arn": "a"}]}}],
        "port": 80,
        "arn": "x",
        "tags": {"a": "b"},
    }
    assert formed("aws:lb/listener:Listener", LISTENER) == LISTENER
    assert formed("test:index:Thing", {"a": [{}]}) == {"a": [{}]}
