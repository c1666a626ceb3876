"""The handlers against botocore's models and moto's records: what they send is valid, and nothing given is dropped."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from estate import topology
from estate.files import read_environment
from localcloud.services import ec2 as emulated_ec2
from provisioner.apply import Workspace
from provisioner.aws import Aws, Clients
from provisioner.engine import Engine
from provisioner.handlers import load
from provisioner.handlers.base import HANDLERS, Created, Handler, Properties
from provisioner.state import Resource
from provisioner.values import plain
from tests.unit.infra.kit import program

pytestmark = pytest.mark.timeout(400)  # moto in this process shares its interpreter lock: slow, but whole

ENGINE_READS = {"region", "tags", "tagsAll"}
ONLY_FOR_OTHERS = {
    "aws:acm/certificateValidation:CertificateValidation": {"validationRecordFqdns"},  # orders it after the records
    "aws:kms/key:Key": {"deletionWindowInDays"},  # read by delete
    "aws:kms/replicaKey:ReplicaKey": {"deletionWindowInDays"},
    "aws:rds/instance:Instance": {"finalSnapshotIdentifier"},  # read by delete
}


class _Noting(dict[str, Any]):
    """Inputs that remember which of them were looked at."""

    def __init__(self, inputs: Properties, seen: set[str]) -> None:
        super().__init__(inputs)
        self._seen = seen

    def __getitem__(self, key: str) -> Any:
        self._seen.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._seen.add(key)
        return super().get(key, default)


class _Watched(Handler):
    """A handler whose reading of its inputs is noted."""

    def __init__(self, real: Handler, seen: dict[str, set[str]]) -> None:
        self._real, self._seen = real, seen.setdefault(real.type, set())
        self.__dict__.update(
            type=real.type, taggable=real.taggable, secret_outputs=real.secret_outputs, adopts=real.adopts
        )

    def create(self, aws: Aws, inputs: Properties) -> Created:
        return self._real.create(aws, _Noting(inputs, self._seen))

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        return self._real.read(aws, resource_id, outputs)

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        self._real.delete(aws, resource_id, outputs)


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
            handlers={kind: _Watched(handler, self.seen) for kind, handler in HANDLERS.items()},
        )
        for stack in topology.stack_names(self.environment):
            self.workspace.apply(stack, program(self.environment, stack), {})

    def resources(self) -> Iterator[tuple[Engine, Resource]]:
        """Return each resource in AWS, with the engine of its stack."""
        for stack in topology.stack_names(self.environment):
            engine = self.workspace._engine(stack, dry_run=False)
            for resource in engine.state:
                if resource.in_cloud:
                    yield engine, resource


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    before = dict(os.environ)
    os.environ.update(MOTO_ACM_VALIDATION_WAIT="0", AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")
    patched = pytest.MonkeyPatch()
    from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend
    from moto.rds.models import RDSBackend

    patched.setattr(ManagedPrefixListBackend, "create_default_pls", ManagedPrefixListBackend.create_default_pls)
    emulated_ec2.patch()
    replicate = RDSBackend.create_db_instance_read_replica  # moto looks for the subnet group in the source's region
    patched.setattr(
        RDSBackend,
        "create_db_instance_read_replica",
        lambda self, arguments: replicate(self, {"backend": self, **arguments}),
    )
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


def test_every_resource_is_there_and_reads_as_it_was_created(applied: Applied) -> None:
    differing = {}
    for engine, resource in applied.resources():
        handler = HANDLERS[resource.type]
        aws = Aws(_clients(applied), engine._region_of(resource))
        outputs = handler.read(aws, resource.id, plain({**resource.inputs, **resource.outputs}))
        assert outputs is not None, resource.urn
        known = plain(resource.outputs)
        wrong = {name: (known.get(name), value) for name, value in outputs.items() if value != known.get(name)}
        wrong = {
            name: pair for name, pair in wrong.items() if pair != (None, None) and name not in ("status", "version")
        }
        if wrong:
            differing[resource.urn.rpartition("::")[2]] = wrong
    assert differing == {}


def test_an_interrupted_creation_would_be_found(applied: Applied) -> None:
    lost = []
    for engine, resource in applied.resources():
        handler = HANDLERS[resource.type]
        aws = Aws(_clients(applied), engine._region_of(resource))
        inputs = {**plain(resource.inputs), "tagsAll": resource.outputs.get("tagsAll")}
        if handler.adopts and type(handler).find is not Handler.find and handler.find(aws, inputs) is None:
            lost.append(resource.urn)
    assert lost == []


def test_policies_are_json(applied: Applied) -> None:
    for _, resource in applied.resources():
        for name in ("policy", "assumeRolePolicy"):
            if name in resource.inputs:
                assert json.loads(plain(resource.inputs[name]))["Version"] == "2012-10-17"


def test_unchanged_after_a_second_apply(applied: Applied) -> None:
    for stack in topology.stack_names(applied.environment):
        result = applied.workspace.apply(stack, program(applied.environment, stack), {})
        assert (result.created, result.deleted) == (0, 0)


def _clients(applied: Applied) -> Clients:
    clients = applied.workspace._clients
    assert clients is not None
    return clients
