"""A guard is asked right before each request: once it refuses one, none is sent any more, and the state tells the truth."""

import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from provisioner.apply import Workspace
from provisioner.aws import Aws, Clients
from provisioner.errors import StoppedError
from provisioner.handlers.common.base import Created, Properties
from tests.unit.provisioner.kit import THING, Cloud, Thing, deployment, options, provider

NAMES = ("first", "second", "third")


class LostError(Exception):
    """The lock is another's."""


class Limited:
    """Lets so many calls pass, and raises from then on. `passed` are their names, `open` those without an answer."""

    def __init__(self, calls: int) -> None:
        self.calls, self.passed, self.open = calls, list[str](), 0

    def __call__(self, call: str) -> None:
        if len(self.passed) == self.calls:
            raise LostError(call)
        self.passed.append(call)
        self.open += 1

    def returned(self) -> None:
        self.open = max(0, self.open - 1)


class Body(io.BytesIO):
    """What botocore reads an answer from."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


class Asking(Cloud):
    """Asks a real client of AWS before each change; its requests end here, where they are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0

    def create(self, aws: Aws, inputs: Properties) -> Created:
        self._ask(aws)
        return super().create(aws, inputs)

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        self._ask(aws)
        super().delete(aws, resource_id, outputs)

    def _ask(self, aws: Aws) -> None:
        client = aws.client("sqs")
        client.meta.events.register_last("before-send.sqs", self._answer, unique_id="answer")
        client.purge_queue(QueueUrl="http://127.0.0.1:1/queue")

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        self.sent += 1
        return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, Body(b"{}"))


def workspace(folder: Path, cloud: Asking, guard: Limited) -> Workspace:
    key_file = folder / "passphrase"
    key_file.write_text("correct horse battery staple")
    return Workspace(
        check_inputs=lambda _token, _inputs: [],
        project="test",
        state_dir=folder,
        key_file=key_file,
        endpoint_url="http://127.0.0.1:1",
        access_key="x",
        secret_key="x",
        handlers={THING: cloud},
        guard=guard,
    )


def things() -> None:
    aws, before = provider(), []
    for name in NAMES:
        before = [Thing(name, options(provider=aws, depends_on=before))]


def held(folder: Path) -> list[str]:
    """Return the names of what the state says that there is."""
    return [one["urn"].rpartition("::")[2] for one in deployment(folder)["resources"] if one["type"] == THING]


@pytest.mark.parametrize("calls", range(len(NAMES)))
def test_an_apply_sends_nothing_more_and_the_next_one_goes_on(tmp_path: Path, calls: int) -> None:
    cloud, guard = Asking(), Limited(calls)
    with pytest.raises(StoppedError):
        workspace(tmp_path, cloud, guard).apply("dev", things, {})
    assert (cloud.sent, guard.passed, guard.open) == (calls, ["sqs:PurgeQueue"] * calls, 0)
    assert held(tmp_path) == list(cloud.things) == list(NAMES[:calls])
    assert workspace(tmp_path, cloud, Limited(100)).apply("dev", things, {}).created == len(NAMES) - calls


@pytest.mark.parametrize("calls", range(len(NAMES)))
def test_a_destruction_sends_nothing_more_and_the_next_one_goes_on(tmp_path: Path, calls: int) -> None:
    cloud = Asking()
    workspace(tmp_path, cloud, Limited(100)).apply("dev", things, {})
    cloud.sent = 0
    with pytest.raises(StoppedError):
        workspace(tmp_path, cloud, Limited(calls)).destroy("dev")
    assert cloud.sent == calls
    assert sorted(held(tmp_path)) == sorted(cloud.things) == sorted(NAMES[: len(NAMES) - calls])
    assert workspace(tmp_path, cloud, Limited(100)).destroy("dev").deleted == len(NAMES) - calls


def test_what_waits_ends_too_and_says_why() -> None:
    clients = Clients("http://127.0.0.1:1", access_key="x", secret_key="x", guard=Limited(0))
    with pytest.raises(StoppedError) as refused:
        clients.get("sqs", "us-east-1").list_queues()
    assert isinstance(refused.value.__cause__, LostError)
    tries = itertools.count()
    with pytest.raises(StoppedError):
        Aws(clients, "us-east-1").wait_for("anything", lambda: next(tries) > 3, deadline_s=1000)
