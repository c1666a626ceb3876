"""The plugin's decisions, with handlers and clients of this file's own."""

import threading
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from botocore.exceptions import ClientError
from pulumi.runtime.proto import provider_pb2, status_pb2

from provisioner.aws import Aws, Clients
from provisioner.handlers.common.base import Created, Handler, Properties
from provisioner.plugin.answers import FailedError, PartlyCreatedError, Resource
from provisioner.plugin.provider import INCOMPLETE, Provider, provider_difference
from provisioner.plugin.servicer import Servicer
from provisioner.plugin.settings import Settings, check_settings
from provisioner.values import UNKNOWN, Secret, encode_properties

TYPE = "test:index:Thing"
IT = Resource(TYPE, "it", "id-a")
FAST = 0.3


class _Client:
    """A client of one service whose calls are announced as botocore announces them."""

    def __init__(self) -> None:
        self.listeners: list[Any] = []
        self.meta = SimpleNamespace(
            events=SimpleNamespace(register=lambda _, listener: self.listeners.append(listener))
        )

    def call(self, name: str, status: int = 200) -> None:
        for listener in self.listeners:
            listener(http_response=SimpleNamespace(status_code=status), model=SimpleNamespace(name=name), parsed={})


class _Clients(Clients):
    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1", access_key="x", secret_key="x")
        self.client = _Client()

    def get(self, service: str, region: str) -> Any:
        return self.client


class _Things(Handler):
    """Makes things in a dictionary by the calls that it is told to make before it fails."""

    type = TYPE
    taggable = True
    secret_outputs = ("token",)
    name_input = "name"
    replace_on = frozenset({"name"})

    def __init__(self) -> None:
        self.things: dict[str, Properties] = {}
        self.calls: list[tuple[str, int]] = [("CreateThing", 200)]
        self.fails = False
        self.log: list[str] = []

    def create(self, aws: Aws, inputs: Properties) -> Created:
        client = aws.client("things")
        for name, status in self.calls:
            client.call(name, status)
        if any(status == 200 for name, status in self.calls if name.startswith("Create")):
            self.things[inputs["name"]] = inputs
        if self.fails:
            aws.wait_for("thing ready", lambda: False, deadline_s=60)
        return Created(inputs["name"], {"arn": f"arn:{aws.region}", "token": "t"})

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        self.log.append(f"complete {resource_id}")

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        return {"arn": f"arn:{aws.region}"} if resource_id in self.things else None

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        self.log.append(f"update {sorted(changed)}")
        return {"version": 2}

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        self.log.append(f"tag {tags} untag {removed}")

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        self.things.pop(resource_id)


@pytest.fixture
def things() -> _Things:
    return _Things()


@pytest.fixture
def provider(things: _Things) -> Provider:
    return Provider({TYPE: things}, {}, Settings("us-east-1", _Clients(), {"Owner": "us"}))


def test_outputs_are_the_inputs_and_what_aws_knows_with_secrets_hidden(provider: Provider) -> None:
    resource_id, outputs = provider.create(IT, {"name": "a", "key": Secret("k"), "__defaults": []}, preview=False)
    assert resource_id == "a"
    assert outputs == {"name": "a", "key": Secret("k"), "arn": "arn:us-east-1", "token": Secret("t")}


def test_a_preview_touches_nothing(provider: Provider, things: _Things) -> None:
    assert provider.create(IT, {"name": UNKNOWN}, preview=True) == ("", {"name": UNKNOWN})
    outputs = provider.update(
        IT, {"name": "a"}, {"name": "a", "arn": "x"}, {"name": "a", "n": UNKNOWN}, [], preview=True
    )
    assert outputs == {"name": "a", "n": UNKNOWN, "arn": "x"}
    assert not things.things
    assert not things.log


def test_a_failure_after_the_first_write_keeps_what_was_made(provider: Provider, things: _Things) -> None:
    things.fails = True
    with pytest.raises(PartlyCreatedError) as failure:
        provider.create(Resource(TYPE, "it", timeout_s=FAST), {"name": "a"}, preview=False)
    assert failure.value.resource_id == "a"
    assert failure.value.outputs == {"name": "a", "arn": "arn:us-east-1", INCOMPLETE: True}
    outputs = provider.update(IT, {"name": "a"}, failure.value.outputs, {"name": "a"}, [], preview=False)
    assert things.log == ["complete id-a"]
    assert INCOMPLETE not in outputs


@pytest.mark.parametrize("calls", [[], [("DescribeThings", 200)], [("CreateThing", 409)], [("ListThings", 200)]])
def test_a_failure_before_any_write_leaves_nothing_even_if_another_has_the_name(
    provider: Provider, things: _Things, calls: list[tuple[str, int]]
) -> None:
    things.calls, things.fails, things.things = calls, True, {"a": {"name": "a"}}
    with pytest.raises(FailedError, match="create test:index:Thing 'it'"):
        provider.create(Resource(TYPE, "it", timeout_s=FAST), {"name": "a"}, preview=False)


def test_a_write_of_another_thread_is_not_this_ones(provider: Provider, things: _Things) -> None:
    things.calls = [("DescribeThings", 200)]
    client = provider.settings.clients.get("things", "us-east-1")
    create = things.create

    def meanwhile(aws: Aws, inputs: Properties) -> Created:
        create(aws, inputs)
        other = threading.Thread(target=lambda: client.call("CreateThing"))
        other.start()
        other.join()
        raise ValueError("refused")

    things.create = meanwhile  # type: ignore[method-assign]
    things.things["a"] = {"name": "a"}
    with pytest.raises(FailedError, match="refused"):
        provider.create(IT, {"name": "a"}, preview=False)


def test_cancelling_ends_a_wait(provider: Provider, things: _Things) -> None:
    things.fails = True
    provider.stop()
    with pytest.raises(PartlyCreatedError):
        provider.create(IT, {"name": "a"}, preview=False)


def test_tags_alone_are_a_matter_of_tagging(provider: Provider, things: _Things) -> None:
    old = {"name": "a", "tags": {"x": "1", "y": "2"}, "tagsAll": {"Owner": "us", "x": "1", "y": "2"}}
    new = {"name": "a", "tags": {"x": "3"}, "tagsAll": {"Owner": "us", "x": "3"}}
    provider.update(IT, old, old, new, [], preview=False)
    assert things.log == ["tag {'x': '3'} untag ['y']"]


def test_an_update_keeps_what_aws_alone_knew(provider: Provider, things: _Things) -> None:
    old = {"name": "a", "size": 1, "gone": 1}
    outputs = {**old, "arn": "arn", "version": 1, "token": Secret("t")}
    after = provider.update(IT, old, outputs, {"name": "a", "size": 2}, [], preview=False)
    assert after == {"name": "a", "size": 2, "arn": "arn", "version": 2, "token": Secret("t")}
    assert things.log == ["update ['gone', 'size']"]


def test_what_is_given_for_the_first_time_as_it_already_is_changes_nothing(provider: Provider) -> None:
    outputs = {"name": "a", "size": 1}
    assert not provider.diff(IT, {"name": "a"}, outputs, {"name": "a", "size": 1}, []).paths
    assert provider.diff(IT, {"name": "a"}, outputs, {"name": "a", "size": 2}, []).paths == {"size": "ADD"}
    assert provider.diff(IT, {"name": "a", "size": 1}, outputs, {"name": "a"}, []).paths == {"size": "DELETE"}


def test_a_changed_name_is_a_replacement_and_deletes_first(provider: Provider) -> None:
    found = provider.diff(IT, {"name": "a", "n": 1}, {}, {"name": "b", "n": 2}, [])
    assert (found.because, found.delete_first) == ({"name"}, True)
    assert found.paths == {"name": "UPDATE", "n": "UPDATE"}


def test_an_unknown_function_or_type_says_so(provider: Provider) -> None:
    with pytest.raises(FailedError, match="no function"):
        provider.invoke("test:index:nothing", {})
    assert "no handler" in provider.check(Resource("test:index:Other", "x"), {})[1][0].reason


def test_a_providers_json_is_compared_as_what_it_says() -> None:
    old = {"region": "us-east-1", "defaultTags": '{"tags":{"a":"b"}}', "version": "7.0.0"}
    assert not provider_difference(old, {**old, "defaultTags": '{ "tags": {"a": "b"} }', "version": "7.1.0"}).paths
    assert provider_difference(old, {**old, "region": "us-west-2"}).because == {"region"}


def test_a_providers_unknown_and_unsupported_inputs_are_told() -> None:
    wrong = {p.path for p in check_settings({"region": "x", "regoin": "x", "assumeRoles": '[{"roleArn":"x"}]'})}
    assert wrong == {"regoin", "assumeRoles"}
    assert check_settings({"region": "x", "version": "7.0.0", "insecure": "false", "endpoints": UNKNOWN}) == []


class _Context:
    """Keeps the status with which a call was aborted."""

    status: Any = None

    def abort_with_status(self, status: Any) -> None:
        self.status = status
        raise ConnectionAbortedError

    def abort(self, code: Any, details: str) -> None:
        self.status = SimpleNamespace(code=code, details=details)
        raise ConnectionAbortedError


def test_the_engine_hears_what_was_created_though_it_failed(provider: Provider, things: _Things) -> None:
    servicer, context = Servicer(), _Context()
    servicer._provider = provider
    things.fails = True
    request = provider_pb2.CreateRequest(
        urn=f"urn:pulumi:s::p::{TYPE}::it", properties=encode_properties({"name": "a"}), timeout=FAST
    )
    with pytest.raises(ConnectionAbortedError):
        servicer.Create(request, context)
    assert context.status.code == grpc.StatusCode.FAILED_PRECONDITION
    status = status_pb2.Status.FromString(dict(context.status.trailing_metadata)["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert detail.id == "a"
    assert "thing ready" in detail.reasons[0]


def test_nothing_is_done_before_the_provider_is_configured() -> None:
    context = _Context()
    with pytest.raises(ConnectionAbortedError):
        Servicer().Delete(provider_pb2.DeleteRequest(urn=f"urn:pulumi:s::p::{TYPE}::it"), context)
    assert context.status.code == grpc.StatusCode.FAILED_PRECONDITION


def _exists(things: _Things) -> None:
    """Let creating fail as AWS refuses a duplicate."""

    def create(_aws: Aws, _inputs: Properties) -> Created:
        raise ClientError({"Error": {"Code": "DuplicateThing", "Message": "it exists"}}, "CreateThing")

    things.create = create  # type: ignore[method-assign]


def test_what_is_there_as_it_is_wanted_is_taken_over(provider: Provider, things: _Things) -> None:
    things.things["a"] = {}
    _exists(things)
    assert provider.create(IT, {"name": "a"}, preview=False) == ("a", {"name": "a", "arn": "arn:us-east-1"})


def test_what_is_there_otherwise_is_named_with_what_differs(provider: Provider, things: _Things) -> None:
    things.things["a"] = {}
    _exists(things)
    with pytest.raises(FailedError, match="'arn:us-east-1', the program says 'other'"):
        provider.create(IT, {"name": "a", "arn": "other"}, preview=False)


def test_what_is_not_there_failed_for_its_own_reason(provider: Provider, things: _Things) -> None:
    _exists(things)
    with pytest.raises(FailedError, match="DuplicateThing"):
        provider.create(IT, {"name": "a"}, preview=False)


def test_a_deletion_of_what_is_gone_is_none_and_of_what_stands_fails(provider: Provider, things: _Things) -> None:
    provider.delete(IT, {"name": "a"}, {})  # the dictionary raises KeyError

    def refuse(*_: Any) -> None:
        raise ValueError("in use")

    things.things["id-a"], things.delete = {}, refuse  # type: ignore[method-assign]
    with pytest.raises(FailedError, match="in use"):
        provider.delete(IT, {"name": "a"}, {})


def test_an_update_of_what_is_gone_says_how_it_is_made_again(provider: Provider, things: _Things) -> None:
    def refuse(*_: Any) -> Properties:
        raise ValueError("no such thing")

    things.update = refuse  # type: ignore[method-assign]
    with pytest.raises(FailedError, match=r"It is gone: .*--refresh"):
        provider.update(IT, {"name": "a"}, {"name": "a"}, {"name": "a", "size": 1}, [], preview=False)
