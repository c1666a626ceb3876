"""The plugin as Pulumi's engine drives it: its own process, asked over gRPC, with moto behind it."""

import json
import os
import select
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from breiqctl.local.environment import PLUGIN_DIR
from provisioner.values import UNKNOWN, Secret, decode_properties, encode_properties
from tests.local.estate.moto_server import ACCOUNT, moto_server

pytestmark = pytest.mark.local

DEADLINE_S = 30.0
VPC, PARAMETER = "aws:ec2/vpc:Vpc", "aws:ssm/parameter:Parameter"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
SOME, NONE = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
KINDS = provider_pb2.PropertyDiff
TAGS = {"Project": "test", "Environment": "one"}


def urn(token: str, name: str = "it") -> str:
    return f"urn:pulumi:stack::project::test:index:Parent${token}::{name}"


class Engine:
    """What Pulumi's engine asks of a plugin, in Python values."""

    def __init__(self, address: str) -> None:
        self.channel = grpc.insecure_channel(address)
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def configure(self, **inputs: Any) -> None:
        request = provider_pb2.ConfigureRequest(args=encode_properties(inputs), acceptSecrets=True)
        answer = self.stub.Configure(request, timeout=DEADLINE_S)
        assert answer.acceptSecrets
        assert answer.supportsPreview

    def check(self, token: str, inputs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        request = provider_pb2.CheckRequest(urn=urn(token), news=encode_properties(inputs))
        answer = self.stub.Check(request, timeout=DEADLINE_S)
        return decode_properties(answer.inputs), {failure.property: failure.reason for failure in answer.failures}

    def diff(self, token: str, old: dict[str, Any], outputs: dict[str, Any], new: dict[str, Any], *ignored: str) -> Any:
        request = provider_pb2.DiffRequest(
            urn=urn(token),
            id="it",
            olds=encode_properties(outputs),
            old_inputs=encode_properties(old),
            news=encode_properties(new),
            ignoreChanges=ignored,
        )
        return self.stub.Diff(request, timeout=DEADLINE_S)

    def create(self, token: str, inputs: dict[str, Any], **more: Any) -> tuple[str, dict[str, Any]]:
        request = provider_pb2.CreateRequest(urn=urn(token), properties=encode_properties(inputs), **more)
        answer = self.stub.Create(request, timeout=DEADLINE_S)
        return answer.id, decode_properties(answer.properties)

    def read(self, token: str, resource_id: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> Any:
        request = provider_pb2.ReadRequest(
            urn=urn(token), id=resource_id, inputs=encode_properties(inputs), properties=encode_properties(outputs)
        )
        return self.stub.Read(request, timeout=DEADLINE_S)

    def update(
        self,
        token: str,
        resource_id: str,
        old: dict[str, Any],
        outputs: dict[str, Any],
        new: dict[str, Any],
        **more: Any,
    ) -> dict[str, Any]:
        request = provider_pb2.UpdateRequest(
            urn=urn(token),
            id=resource_id,
            olds=encode_properties(outputs),
            old_inputs=encode_properties(old),
            news=encode_properties(new),
            **more,
        )
        return decode_properties(self.stub.Update(request, timeout=DEADLINE_S).properties)

    def delete(self, token: str, resource_id: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        request = provider_pb2.DeleteRequest(
            urn=urn(token),
            id=resource_id,
            old_inputs=encode_properties(inputs),
            properties=encode_properties(outputs),
        )
        self.stub.Delete(request, timeout=DEADLINE_S)


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture(scope="module")
def start(aws: str) -> Iterator[Callable[[], Engine]]:
    """Starts plugins, each a process of its own as Pulumi does; ends them all."""
    started: list[tuple[subprocess.Popen[bytes], Engine]] = []

    def begin() -> Engine:
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": aws,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        process = subprocess.Popen(
            [PLUGIN_DIR / "pulumi-resource-aws", "127.0.0.1:1"], stdout=subprocess.PIPE, env=environment, cwd="/"
        )
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], DEADLINE_S)[0], "the plugin printed no port"
        engine = Engine(f"127.0.0.1:{int(process.stdout.readline())}")
        started.append((process, engine))
        return engine

    yield begin
    for process, engine in started:
        engine.channel.close()
        process.terminate()
        assert process.wait(DEADLINE_S) == 0
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="module")
def engine(start: Callable[[], Engine]) -> Engine:
    engine = start()
    engine.configure(
        region="us-east-1", allowedAccountIds=json.dumps([ACCOUNT]), defaultTags=json.dumps({"tags": TAGS})
    )
    return engine


def test_the_plugin_is_not_older_than_the_sdk(engine: Engine) -> None:
    from pulumi_aws._utilities import get_version

    assert engine.stub.GetPluginInfo(empty_pb2.Empty(), timeout=DEADLINE_S).version == get_version()
    schema = json.loads(engine.stub.GetSchema(provider_pb2.GetSchemaRequest(), timeout=DEADLINE_S).schema)
    assert (schema["name"], schema["version"]) == ("aws", get_version())


def test_a_provider_for_another_account_is_refused(start: Callable[[], Engine]) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        start().configure(region="us-east-1", allowedAccountIds='["999999999999"]')
    assert refusal.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert ACCOUNT in refusal.value.details()


def test_a_providers_inputs_are_checked_and_none_is_dropped_silently(engine: Engine) -> None:
    def failures(**inputs: Any) -> set[str]:
        request = provider_pb2.CheckRequest(
            urn="urn:pulumi:s::p::pulumi:providers:aws::x", news=encode_properties(inputs)
        )
        return {one.property for one in engine.stub.CheckConfig(request, timeout=DEADLINE_S).failures}

    assert failures(region="us-east-1", version="7.0.0", skipMetadataApiCheck="true", insecure="false") == set()
    assert failures(regoin="us-east-1", allowedAccountIds='"1"') == {"regoin", "allowedAccountIds"}
    assert failures(assumeRoles='[{"roleArn": "x"}]') == {"assumeRoles"}


def test_only_another_region_makes_another_provider(engine: Engine) -> None:
    def diff(**new: str) -> Any:
        old = {"region": "us-east-1", "defaultTags": '{"tags":{}}', "version": "7.0.0"}
        request = provider_pb2.DiffRequest(
            urn="urn:pulumi:s::p::pulumi:providers:aws::x",
            old_inputs=encode_properties(old),
            olds=encode_properties(old),
            news=encode_properties({**old, **new}),
        )
        return engine.stub.DiffConfig(request, timeout=DEADLINE_S)

    assert diff(version="7.1.0").changes == NONE
    assert diff(defaultTags='{ "tags": {} }').changes == NONE
    assert list(diff(defaultTags='{"tags":{"a":"b"}}').replaces) == []
    assert list(diff(region="us-west-2").replaces) == ["region"]


def test_check_adds_the_tags_and_tells_each_problem_at_its_path(engine: Engine) -> None:
    inputs, failures = engine.check(VPC, {"cidrBlock": UNKNOWN, "tags": {"Name": "x", "Environment": "mine"}})
    assert failures == {}
    assert inputs == {
        "cidrBlock": UNKNOWN,
        "tags": {"Name": "x", "Environment": "mine"},
        "tagsAll": {"Project": "test", "Environment": "mine", "Name": "x"},
    }
    _, failures = engine.check(VPC, {"cidrBlock": 10, "tags": {"a.b": 1}, "cidr": "x"})
    assert failures.keys() == {"cidrBlock", 'tags["a.b"]', "cidr"}
    _, failures = engine.check("aws:nothing/thing:Thing", {})
    assert "no handler" in failures[""]


def test_a_resource_lives_through_preview_creation_refresh_update_and_deletion(engine: Engine, aws: str) -> None:
    ec2 = boto3.client("ec2", "us-east-1", endpoint_url=aws, aws_access_key_id="x", aws_secret_access_key="x")
    before = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]}
    inputs, _ = engine.check(VPC, {"cidrBlock": "10.7.0.0/16", "tags": {"Name": "x"}})

    assert engine.create(VPC, inputs, preview=True) == ("", inputs)
    assert {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]} == before

    vpc_id, outputs = engine.create(VPC, inputs)
    assert outputs["arn"].endswith(vpc_id)
    assert engine.diff(VPC, inputs, outputs, inputs).changes == NONE

    seen = engine.read(VPC, vpc_id, inputs, outputs)
    assert seen.id == vpc_id
    assert decode_properties(seen.inputs) == inputs
    assert decode_properties(seen.properties) == outputs

    ec2.create_tags(
        Resources=[vpc_id], Tags=[{"Key": "Name", "Value": "other"}, {"Key": "Environment", "Value": "two"}]
    )
    drifted = decode_properties(engine.read(VPC, vpc_id, inputs, outputs).inputs)
    answer = engine.diff(VPC, drifted, outputs, inputs)
    assert {"tags.Name", "tagsAll.Name", "tagsAll.Environment"} <= set(answer.detailedDiff)
    assert list(answer.replaces) == []

    assert engine.update(VPC, vpc_id, drifted, outputs, inputs, preview=True)["arn"] == outputs["arn"]
    assert engine.update(VPC, vpc_id, drifted, outputs, inputs) == outputs
    tags = {tag["Key"]: tag["Value"] for tag in ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["Tags"]}
    assert tags == {**TAGS, "Name": "x"}

    engine.delete(VPC, vpc_id, inputs, outputs)
    assert engine.read(VPC, vpc_id, inputs, outputs).id == ""
    engine.delete(VPC, vpc_id, inputs, outputs)


def test_what_was_imported_needs_no_more_of_the_program_than_it_gives(engine: Engine) -> None:
    inputs, _ = engine.check(VPC, {"cidrBlock": "10.8.0.0/16", "tags": {"Name": "x"}})
    vpc_id, _ = engine.create(VPC, inputs)
    seen = engine.read(VPC, vpc_id, {}, {})
    found, outputs = decode_properties(seen.inputs), decode_properties(seen.properties)
    assert found["cidrBlock"] == "10.8.0.0/16"
    assert found["tags"] == {"Name": "x"}
    assert engine.diff(VPC, found, outputs, inputs).changes == NONE
    other, _ = engine.check(VPC, {"cidrBlock": "10.9.0.0/16", "tags": {"Name": "x"}})
    assert list(engine.diff(VPC, found, outputs, other).replaces) == ["cidrBlock"]


def test_a_diff_says_what_is_replaced_ignored_and_unknown(engine: Engine) -> None:
    old, _ = engine.check(GROUP, {"name": "a", "description": "one", "vpcId": "vpc-1"})
    new, _ = engine.check(GROUP, {"name": "a", "description": "two", "vpcId": "vpc-1", "tags": {"x": "y"}})
    answer = engine.diff(GROUP, old, old, new)
    assert answer.changes == SOME
    assert list(answer.replaces) == ["description"]
    assert answer.deleteBeforeReplace
    assert answer.detailedDiff["description"].kind == KINDS.UPDATE_REPLACE
    assert answer.detailedDiff["tags"].kind == KINDS.ADD
    assert set(answer.diffs) == {"description", "tags", "tagsAll"}
    assert engine.diff(GROUP, old, old, {**old, "description": "two"}, "description").changes == NONE
    assert engine.diff(GROUP, old, old, {**old, "vpcId": UNKNOWN}).changes == SOME
    moved = engine.diff(GROUP, old, old, {**old, "region": "us-west-2"})
    assert list(moved.replaces) == ["region"]
    assert engine.diff(GROUP, old, old, {**old, "region": "us-east-1"}).replaces == []


def test_a_secret_input_stays_secret_in_the_outputs(engine: Engine) -> None:
    inputs, failures = engine.check(PARAMETER, {"name": "/a", "type": "SecureString", "value": Secret("hush")})
    assert failures == {}
    resource_id, outputs = engine.create(PARAMETER, inputs)
    assert outputs["value"] == Secret("hush")
    seen = engine.read(PARAMETER, resource_id, inputs, outputs)
    assert decode_properties(seen.inputs)["value"] == Secret("hush")
    assert decode_properties(seen.properties)["value"] == Secret("hush")


def test_a_resources_own_region_goes_before_the_providers(engine: Engine, aws: str) -> None:
    inputs, _ = engine.check(PARAMETER, {"name": "/west", "type": "String", "value": "v", "region": "us-west-2"})
    _, outputs = engine.create(PARAMETER, inputs)
    assert ":us-west-2:" in outputs["arn"]


def test_an_error_names_the_resource_and_the_cause(engine: Engine) -> None:
    with pytest.raises(grpc.RpcError) as failure:
        engine.create(VPC, engine.check(VPC, {"cidrBlock": "300.0.0.0/8"})[0])
    assert failure.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert f"create {VPC} 'it'" in failure.value.details()
    assert "InvalidParameterValue" in failure.value.details()


def test_a_function_answers_and_an_unknown_one_says_so(engine: Engine) -> None:
    request = provider_pb2.InvokeRequest(tok="aws:ec2/nothing:nothing", args=encode_properties({}))
    with pytest.raises(grpc.RpcError) as failure:
        engine.stub.Invoke(request, timeout=DEADLINE_S)
    assert "no function" in failure.value.details()
