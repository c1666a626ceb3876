"""The handlers against botocore's models and moto's records: what they send is valid, and nothing given is dropped."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from threading import RLock
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from estate import topology
from estate.files import read_environment
from provisioner.apply import Workspace
from provisioner.aws import Aws
from provisioner.execution.providers import Providers
from provisioner.handlers import load
from provisioner.handlers.common.base import HANDLERS, Created, Handler, Properties
from provisioner.state.state import Resource, State
from provisioner.values import plain
from tests.contract.lifecycle.kit import mend_moto
from tests.unit.infra.kit import program

pytestmark = pytest.mark.timeout(400)  # moto in this process shares its interpreter lock: slow, but whole

ENGINE_READS = {"region", "tags", "tagsAll"}
ONLY_FOR_OTHERS = {
    "aws:acm/certificateValidation:CertificateValidation": {"validationRecordFqdns"},  # orders it after the records
}


class _Noting(dict[str, Any]):
    """Inputs that remember which of them were looked at."""

    def __init__(self, inputs: Properties, seen: set[str]) -> None:
        super().__init__(inputs)
        self._seen = seen

    def __getitem__(self, key: str) -> Any:
        self._seen.add(key)
        return super().__getitem__(key)

    def __iter__(self) -> Iterator[str]:  # `{**inputs}` asks for keys, and then for what they stand for
        return super().__iter__()

    def get(self, key: str, default: Any = None) -> Any:
        self._seen.add(key)
        return super().get(key, default)

    def items(self) -> Any:
        self._seen.update(self)
        return super().items()


def _watched(real: Handler, noted: dict[str, set[str]]) -> Handler:
    """Return the handler with its creation's looks at its inputs noted."""
    seen = noted.setdefault(real.type, set())
    kind = type(real)

    def create(self: Handler, aws: Aws, inputs: Properties) -> Created:
        return kind.create(self, aws, _Noting(inputs, seen))

    watched: Handler = type(kind.__name__, (kind,), {"create": create, "__doc__": kind.__doc__})()
    return watched


class Applied:
    """The four stacks, applied to moto in this process."""

    def __init__(self, folder: Path) -> None:
        load()
        self.environment = read_environment("local")
        self.seen: dict[str, set[str]] = {}
        (folder / "passphrase").write_text("correct horse battery staple")
        self.workspace = Workspace(
            project="breiq",
            state_dir=folder,
            key_file=folder / "passphrase",
            access_key="x",
            secret_key="x",
            handlers={kind: _watched(handler, self.seen) for kind, handler in HANDLERS.items()},
        )
        for stack in topology.stack_names(self.environment):
            self.workspace.apply(stack, program(self.environment, stack), {})

    def resources(self) -> Iterator[tuple[Aws, Resource]]:
        """Return each resource in AWS, with AWS as its handler sees it."""
        clients = self.workspace._clients
        assert clients is not None
        for stack in topology.stack_names(self.environment):
            state = State(self.workspace._path(stack), self.workspace._crypter)
            providers = Providers(state)
            for resource in state:
                if resource.in_cloud:
                    yield Aws(clients, providers.region_of(resource)), resource


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    before = dict(os.environ)
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")
    mend_moto()
    patched, lock, answer = pytest.MonkeyPatch(), RLock(), BotocoreStubber.process_request

    def one_at_a_time(self: Any, *arguments: Any) -> Any:
        with lock:  # as the local cloud's record: moto is not for many threads
            return answer(self, *arguments)

    patched.setattr(BotocoreStubber, "process_request", one_at_a_time)
    with mock_aws():
        secrets = boto3.client("secretsmanager", region_name="us-east-1")
        for name in (*topology.SECRETS, *topology.GIVEN_SECRETS):
            secrets.create_secret(
                Name=topology.secret(read_environment("local"), name),
                SecretString=f"a-long-enough-value-of-{name}",
                AddReplicaRegions=[{"Region": "us-west-2"}],
            )
        yield Applied(tmp_path_factory.mktemp("state"))
    patched.undo()
    os.environ.clear()
    os.environ.update(before)


def test_no_input_is_silently_dropped(applied: Applied) -> None:
    dropped: dict[str, set[str]] = {}
    for _, resource in applied.resources():
        unread = resource.inputs.keys() - applied.seen[resource.type] - ENGINE_READS
        unread -= ONLY_FOR_OTHERS.get(resource.type, set())
        if unread:
            dropped.setdefault(resource.type, set()).update(unread)
    assert dropped == {}


def test_nothing_drifted_by_being_created(applied: Applied) -> None:
    drifts = [drift for stack in topology.stack_names(applied.environment) for drift in applied.workspace.drift(stack)]
    assert drifts == []


def test_an_interrupted_creation_would_be_found(applied: Applied) -> None:
    lost = []
    for aws, resource in applied.resources():
        handler = HANDLERS[resource.type]
        inputs = {**plain(resource.inputs), "tagsAll": plain(resource.outputs).get("tagsAll")}
        if handler.adopts and type(handler).find is not Handler.find and handler.find(aws, inputs) is None:
            lost.append(resource.urn)
    assert lost == []


def test_policies_are_json(applied: Applied) -> None:
    for _, resource in applied.resources():
        for name in ("policy", "assumeRolePolicy"):
            if name in resource.inputs and resource.type != "aws:ecr/lifecyclePolicy:LifecyclePolicy":
                assert json.loads(plain(resource.inputs[name]))["Version"] == "2012-10-17"


def test_unchanged_after_a_second_apply(applied: Applied) -> None:
    for stack in topology.stack_names(applied.environment):
        result = applied.workspace.apply(stack, program(applied.environment, stack), {})
        assert (result.created, result.updated, result.replaced, result.deleted) == (0, 0, 0, 0)
