"""Where the secrets of a running estate stand in clear text: in files, in documents, and in what AWS would show."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from estate import topology
from estate.config import Environment

Client = Callable[[str, str], Any]
"""boto3's client of a service in a region."""


class Secrets:
    """The values of all secrets of an environment, to be looked for."""

    def __init__(self, environment: Environment, client: Client) -> None:
        self._environment, self._client = environment, client
        store, names = (
            client("secretsmanager", environment.primary_region),
            (*topology.SECRETS, *topology.GIVEN_SECRETS),
        )
        ids = {name: topology.secret(environment, name) for name in names}
        values = {name: store.get_secret_value(SecretId=secret_id)["SecretString"] for name, secret_id in ids.items()}
        lines = {line: name for name, value in values.items() for line in value.splitlines() if "-----" not in line}
        self._names = {line.encode(): name for line, name in lines.items() if len(line) > 20}
        self.found_names = set(self._names.values())
        self._pattern = re.compile(b"|".join(map(re.escape, self._names)))

    def within(self, data: bytes | str) -> set[str]:
        """Return the names of the secrets whose value (of a key: a line of it) is in the data."""
        raw = data.encode() if isinstance(data, str) else data
        return {self._names[one] for one in self._pattern.findall(raw)}

    def in_files(self, folder: Path) -> dict[str, set[str]]:
        """Return the files below a folder that hold any, by the file's name, and which."""
        found: dict[str, set[str]] = {}
        for path in folder.rglob("*"):
            if path.is_file() and (names := self.within(_read(path))):
                found.setdefault(path.name, set()).update(names)
        return found

    def in_aws(self) -> dict[str, set[str]]:
        """Return what AWS shows to whoever may look (journals, states, manifest, tasks) and holds any, and which."""
        shown: dict[str, bytes] = {}
        for region in self._environment.regions:
            for what, data in self._shown(region):
                shown[what] = shown.get(what, b"") + data
        assert all(shown.values()), f"nothing to look at: {[what for what, data in shown.items() if not data]}"
        return {what: names for what, data in shown.items() if (names := self.within(data))}

    def _shown(self, region: str) -> Iterator[tuple[str, bytes]]:
        environment, client = self._environment, self._client
        table = client("dynamodb", region).scan(TableName=topology.operations_table(environment))
        yield "operations table", _text(table["Items"])
        parameters = client("ssm", region).get_paginator("get_parameters_by_path")
        pages = parameters.paginate(Path=topology.manifest_path(environment), Recursive=True)
        yield "manifest", _text([page["Parameters"] for page in pages])
        ecs = client("ecs", region)
        tasks = [ecs.describe_task_definition(taskDefinition=arn) for arn in _definitions(ecs)]
        yield "task definitions", _text([one["taskDefinition"] for one in tasks])
        s3 = client("s3", region)
        yield "journals", b"".join(_objects(s3, topology.audit_bucket(environment, region)))
        yield "states", b"".join(_objects(s3, topology.state_bucket(environment, region)))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # a socket, or gone by now
        return b""


def _definitions(ecs: Any) -> Iterable[str]:
    for page in ecs.get_paginator("list_task_definitions").paginate():
        yield from page["taskDefinitionArns"]


def _objects(s3: Any, bucket: str) -> Iterator[bytes]:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for version in page.get("Versions", ()):
            yield s3.get_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])["Body"].read()


def _text(document: list[Any]) -> bytes:
    return json.dumps(document, default=str).encode() if document else b""
