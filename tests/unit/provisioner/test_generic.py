"""A declared handler's calls: checked against botocore's model of SNS, answered by a stub."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, ClassVar

import boto3
import pytest
from botocore.stub import Stubber

from provisioner.decide.compare import Difference, differences
from provisioner.errors import DeadlineError, UnsupportedError
from provisioner.handlers.common.generic import Generic
from provisioner.handlers.sqs import Queue

ARN = "arn:aws:ssm:us-east-1:1:parameter/size"


class Parameter(Generic):
    type = "test:parameter"
    taggable = True
    service = "ssm"
    create_call = "put_parameter"
    read_call = "get_parameter"
    update_call = "put_parameter"
    delete_call = "delete_parameter"
    id_inputs = ("name",)
    only_here = frozenset({"forceDestroy"})
    missing = ("ParameterNotFound",)
    document = "Parameter"
    outputs: ClassVar = {"arn": "ARN", "version": "Version"}
    constants: ClassVar = {"Overwrite": True, "ResourceType": "Parameter"}
    replace_on = frozenset({"name"})
    tag_calls = ("add_tags_to_resource", "remove_tags_from_resource", "list_tags_for_resource")
    tagged_by = "id"


class Described(Parameter):
    type = "test:described"
    read_call = "describe_document"
    document = "Document"
    read_parameter = "Name"
    update_call = None
    ready = "Status == 'Active'"
    failed = "Status == 'Failed'"
    deadline_s = 0.0


class FakeAws:
    region = "us-east-1"

    def __init__(self) -> None:
        self.ssm: Any = boto3.client("ssm", region_name=self.region, aws_access_key_id="x", aws_secret_access_key="x")
        self.stub = Stubber(self.ssm)

    def client(self, service: str, region: str | None = None) -> Any:
        assert service == "ssm"
        return self.ssm

    def wait_for(self, what: str, check: Any, *, deadline_s: float) -> None:
        if not check():
            raise DeadlineError(what, deadline_s)

    def expects(self, call: str, answer: dict[str, Any], **arguments: Any) -> None:
        self.stub.add_response(call, answer, arguments)


@pytest.fixture
def aws() -> Iterator[Any]:
    fake = FakeAws()
    with fake.stub:
        yield fake
        fake.stub.assert_no_pending_responses()


def read_answer(aws: Any, value: str, tags: dict[str, str] | None) -> None:
    parameter = {"Name": "size", "Value": value, "Type": "String", "ARN": ARN, "Version": 1}
    aws.expects("get_parameter", {"Parameter": parameter}, Name="size")
    if tags is None:
        return
    listed = [{"Key": key, "Value": text} for key, text in tags.items()]
    aws.expects("list_tags_for_resource", {"TagList": listed}, ResourceId="size", ResourceType="Parameter")


def test_creation_sends_every_input_and_reads_them_in_their_form(aws: Any) -> None:
    inputs = {
        "name": "size",
        "type": "String",
        "value": 5,
        "tags": {},
        "tagsAll": {"Owner": "us"},
        "forceDestroy": True,
    }
    aws.expects(
        "put_parameter",
        {},
        Name="size",
        Type="String",
        Value="5",
        Overwrite=True,
        Tags=[{"Key": "Owner", "Value": "us"}],
    )
    read_answer(aws, "5", None)
    created = Parameter().create(aws, inputs)
    assert created.id == "size"
    expected = {"name": "size", "type": "String", "value": 5, "arn": ARN, "version": 1}
    assert created.outputs == expected


def test_an_input_that_aws_does_not_take_is_an_error(aws: Any) -> None:
    with pytest.raises(UnsupportedError, match="colour"):
        Parameter().create(aws, {"name": "size", "colour": "blue"})


def test_reading_needs_the_id_alone(aws: Any) -> None:
    read_answer(aws, "5", {"Owner": "us", "aws:made-by": "AWS"})
    expected = {"name": "size", "type": "String", "value": "5", "arn": ARN, "version": 1, "tagsAll": {"Owner": "us"}}
    assert Parameter().read(aws, "size", {}) == expected


def test_what_is_missing_reads_as_none_and_is_deleted_already(aws: Any) -> None:
    aws.stub.add_client_error("get_parameter", "ParameterNotFound")
    aws.stub.add_client_error("delete_parameter", "ParameterNotFound")
    assert Parameter().read(aws, "size", {}) is None
    Parameter().delete(aws, "size", {})


def test_an_update_sends_what_the_call_takes(aws: Any) -> None:
    aws.expects("put_parameter", {}, Name="size", Type="String", Value="6", Overwrite=True)
    read_answer(aws, "6", None)
    new = {"name": "size", "type": "String", "value": "6"}
    assert Parameter().update(aws, "size", {}, new, frozenset({"value"}))["value"] == "6"


def test_tags_are_set_and_removed_in_the_call_s_form(aws: Any) -> None:
    aws.expects("remove_tags_from_resource", {}, ResourceId="size", ResourceType="Parameter", TagKeys=["Old"])
    tags = [{"Key": "New", "Value": "1"}]
    aws.expects("add_tags_to_resource", {}, ResourceId="size", ResourceType="Parameter", Tags=tags)
    Parameter().retag(aws, "size", {}, {"New": "1"}, ["Old"])


def test_replacement_is_what_is_declared_or_everything_without_an_update() -> None:
    changed = frozenset({"name", "value", "tagsAll"})
    assert Parameter().forces_replacement(changed) == {"name"}
    assert Described().forces_replacement(changed) == {"name", "value"}


@pytest.mark.parametrize(("status", "error"), [("Creating", DeadlineError), ("Failed", ValueError)])
def test_creation_waits_until_the_resource_is_ready(aws: Any, status: str, error: type[Exception]) -> None:
    aws.expects("describe_document", {"Document": {"Name": "size", "Status": status}}, Name="size")
    with pytest.raises(error):
        Described().wait_ready(aws, "size")


def test_an_interrupted_creation_is_found_under_its_name(aws: Any) -> None:
    assert Parameter().find(aws, {"name": "size"}) == "size"


def test_what_was_taken_away_is_seen() -> None:
    """SQS describes a queue's key and policies as long as they are set."""
    sqs: Any = boto3.client("sqs", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    stub = Stubber(sqs)
    aws: Any = SimpleNamespace(region="us-east-1", client=lambda *_: sqs)
    answer = {"Attributes": {"QueueArn": "arn:aws:sqs:us-east-1:1:jobs", "VisibilityTimeout": "30"}}
    stub.add_response("get_queue_attributes", answer)
    known = {"name": "jobs", "kmsMasterKeyId": "key", "visibilityTimeoutSeconds": 30, "delaySeconds": 0}
    with stub:
        seen = Queue().seen(aws, "https://sqs/1/jobs", known, tags=False)
    assert seen is not None
    assert differences(known, seen) == [Difference("kmsMasterKeyId", "key", None)]
