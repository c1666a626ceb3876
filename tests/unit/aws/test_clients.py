"""The thin clients against moto's record of AWS, in this process."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from aws.calls import typed_errors
from aws.errors import AwsError, ConditionFailed, Denied, NotFound, ServerFault, Unreachable
from aws.session import Session

SESSION = Session(region="us-east-1", access_key="x", secret_key="y")


@pytest.fixture(autouse=True)
def moto() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def table() -> Any:
    SESSION.client("dynamodb").create_table(
        TableName="items",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in ("pk", "sk")],
    )
    return SESSION.table("items")


def test_items_keep_their_types(table: Any) -> None:
    table.update("p", "s", {"text": "x", "number": 7, "real": 1.25, "truth": True})
    assert table.get("p", "s") == {"pk": "p", "sk": "s", "text": "x", "number": 7, "real": 1.25, "truth": True}
    assert table.get("p", "none") is None
    assert [item["sk"] for item in table.query("p")] == ["s"]


def test_conditions_and_appends(table: Any) -> None:
    table.update("p", "s", {"token": 1}, expect={"token": None}, append={"events": ["a"]})
    with pytest.raises(ConditionFailed):
        table.update("p", "s", {"token": 1}, expect={"token": None})
    table.update("p", "s", {"token": 2}, expect={"token": 1}, append={"events": ["b", "c"]})
    with pytest.raises(ConditionFailed):
        table.update("p", "s", {"token": 3}, expect={"token": 1}, append={"events": ["d"]})
    assert table.read_list("p", "s", "events") == ["a", "b", "c"]
    assert table.get("p", "s") == {"pk": "p", "sk": "s", "token": 2}


def test_a_missing_table_is_not_found() -> None:
    with pytest.raises(NotFound) as missing:
        SESSION.table("none").get("p", "s")
    assert (missing.value.call, missing.value.region) == ("dynamodb:GetItem", "us-east-1")


def test_an_endpoint_that_is_not_there_is_unreachable() -> None:
    from botocore.exceptions import EndpointConnectionError

    with pytest.raises(Unreachable) as gone, typed_errors("ecs:UpdateService", "us-west-2"):
        raise EndpointConnectionError(endpoint_url="https://nowhere")
    assert gone.value.retryable


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDeniedException", Denied),
        ("TargetGroupNotFound", NotFound),
        ("ServiceUnavailable", ServerFault),
        ("ValidationError", AwsError),
    ],
)
def test_answers_become_types(code: str, kind: type[AwsError]) -> None:
    from botocore.exceptions import ClientError

    with pytest.raises(kind) as raised, typed_errors("rds:DescribeDBInstances", "us-east-1"):
        raise ClientError({"Error": {"Code": code, "Message": "said AWS"}}, "DescribeDBInstances")
    assert raised.value.cause == "said AWS"


def test_revisions_are_registered_again_with_tags() -> None:
    definition = {"family": "f", "containerDefinitions": [{"name": "c", "image": "repo/app@sha256:1", "memory": 5}]}
    first = SESSION.ecs.register(definition, {"a": "b"})
    latest = SESSION.ecs.task_definition("f")
    assert (latest.arn, latest.tags, latest.image("c")) == (first, {"a": "b"}, "repo/app@sha256:1")
    second = SESSION.ecs.register(latest.document, {**latest.tags, "breiq:operation": "op-1"})
    assert SESSION.ecs.task_definition(second).tags["breiq:operation"] == "op-1"
    SESSION.ecs.deregister(second)
    assert SESSION.ecs.task_definition("f").arn == first
    with pytest.raises(NotFound):
        SESSION.ecs.task_definition("none")


def test_services_are_scaled() -> None:
    client = SESSION.client("ecs")
    client.create_cluster(clusterName="k")
    arn = SESSION.ecs.register({"family": "f", "containerDefinitions": [{"name": "c", "image": "i", "memory": 5}]}, {})
    client.create_service(cluster="k", serviceName="s", taskDefinition=arn, desiredCount=0)
    SESSION.ecs.scale("k", "s", 3, arn)
    assert SESSION.ecs.service("k", "s").desired == 3
    with pytest.raises(NotFound):
        SESSION.ecs.service("k", "none")


def test_a_loopback_endpoint_needs_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    local = Session(region="us-east-1", access_key="x", secret_key="y", endpoint_url="http://127.0.0.1:9").client("sts")
    there = SESSION.client("sts")
    assert local.meta.config.proxies == {}
    assert there.meta.config.proxies is None


def test_parameters_by_path() -> None:
    client = SESSION.client("ssm")
    for name in ("foundation", "edge"):
        client.put_parameter(Name=f"/breiq/x/{name}", Value=name, Type="String")
    assert SESSION.ssm.by_path("/breiq/x") == {"foundation": "foundation", "edge": "edge"}


def test_a_secret_does_not_print_itself() -> None:
    SESSION.client("secretsmanager").create_secret(Name="s", SecretString="hush")
    value = SESSION.secretsmanager.value("s")
    assert value.reveal() == "hush"
    assert "hush" not in f"{value} {value!r} {[value]}"


def test_objects_are_put() -> None:
    SESSION.client("s3").create_bucket(Bucket="bucket")
    SESSION.s3.put("bucket", "k", b"body", "application/json")
    assert SESSION.client("s3").get_object(Bucket="bucket", Key="k")["Body"].read() == b"body"


def test_objects_are_written_over_just_what_was_read() -> None:
    west = Session(region="us-west-2", access_key="x", secret_key="y").s3
    for s3, bucket in ((SESSION.s3, "east"), (west, "west")):
        for _ in range(2):
            s3.ensure_versioned(bucket)
    west.replicate("west", "east", "arn:aws:iam::123456789012:role/copies")
    first = west.put_over("west", "a/k", b"1", "text/plain", etag=None)
    assert {key: one.etag for key, one in west.list("west", "a/").items()} == {"a/k": first}
    for etag in (None, '"other"'):
        with pytest.raises(ConditionFailed):
            west.put_over("west", "a/k", b"2", "text/plain", etag=etag)
    second = west.put_over("west", "a/k", b"2", "text/plain", etag=first)
    content = west.get("west", "a/k")
    assert (content.body, content.etag) == (b"2", second)
    assert not west.is_replica("west", "a/k")
    assert west.list("west", "b/") == {}
    for ask in (lambda: west.get("west", "none"), lambda: west.list("none", "")):
        with pytest.raises(NotFound):
            ask()


def test_a_session_hides_its_keys() -> None:
    assert "access_key" not in repr(SESSION)


class FakeRds:
    """RDS whose instance is what a test says; a promotion is refused unless it is an available replica."""

    def __init__(self, source: str | None, status: str) -> None:
        self.source, self.status, self.asked = source, status, 0

    def describe_db_instances(self, **_: Any) -> dict[str, Any]:
        one = {"DBInstanceStatus": self.status, "ReadReplicaSourceDBInstanceIdentifier": self.source or ""}
        return {"DBInstances": [one]}

    def promote_read_replica(self, **_: Any) -> None:
        from botocore.exceptions import ClientError

        self.asked += 1
        if self.source is None or self.status != "available":
            raise ClientError({"Error": {"Code": "InvalidDBInstanceStateFault", "Message": "no"}}, "PromoteReadReplica")


@pytest.mark.parametrize(("source", "status"), [("arn", "available"), ("arn", "modifying"), (None, "available")])
def test_a_promotion_may_be_asked_again(source: str | None, status: str) -> None:
    rds = Session(region="us-east-1").rds
    fake = FakeRds(source, status)
    rds.__dict__["_client"] = fake
    rds.promote("db")
    assert fake.asked == 1
