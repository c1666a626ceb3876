"""Who called what in AWS's API: kept in memory while the record runs, so that rights can be held against it."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qs

from localcloud.api.operations import Environ, bucket_of_host
from localcloud.core.keys import session_of

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "application-autoscaling": ("ResourceId",),
    "dynamodb": ("TableName",),
    "ecr": ("repositoryName",),
    "ecs": ("cluster", "service", "services", "taskDefinition", "family"),
    "elbv2": ("RuleArn",),
    "logs": ("logGroupName",),
    "rds": ("DBInstanceIdentifier",),
    "secretsmanager": ("SecretId", "Name"),
    "ssm": ("Path", "Name"),
}
"""By service: the parameters that name what a call is done to. Of S3 it is the bucket; of others none is kept."""

Call = tuple[str, str, str, str, tuple[tuple[str, str], ...]]
"""Caller, region, service, operation, and the parameters that name what it is done to."""

_REGION: Final = re.compile(r"Credential=[^/,\s]+/\d{8}/([a-z0-9-]+)/")


class Calls:
    """The calls so far, each kind once."""

    def __init__(self) -> None:
        self.made: set[Call] = set()
        """A snapshot holds them too: they say what was called since the local cloud was made."""

    def note(self, environ: Environ, service: str, operation: str, body: bytes) -> None:
        """Remember a call."""
        signed = _REGION.search(environ.get("HTTP_AUTHORIZATION", ""))
        named: tuple[tuple[str, str], ...] = ()
        with suppress(ValueError):  # no JSON: the service itself refuses it
            named = tuple(_named(service, environ, body))
        self.made.add((caller(environ), signed.group(1) if signed else "", service, operation, named))

    def document(self) -> dict[str, Any]:
        """Return all calls, sorted: each is caller, region, service, operation, and the naming parameters' values."""
        return {"calls": [[*call[:4], _by_name(call[4])] for call in sorted(self.made)]}


def caller(environ: Environ) -> str:
    """Return who calls: a task's role (its ARN), a command of breiqctl (`breiqctl deploy`), or `other`."""
    session, role = session_of(environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""))
    if session:
        return role
    _, said, command = environ.get("HTTP_USER_AGENT", "").partition("breiqctl/")
    return f"breiqctl {command.partition(' ')[0]}".rstrip() if said else "other"


def _named(service: str, environ: Environ, body: bytes) -> Iterator[tuple[str, str]]:
    if service == "s3":
        path = environ.get("PATH_INFO", "/").lstrip("/")
        yield "Bucket", bucket_of_host(environ.get("HTTP_HOST", "")) or path.partition("/")[0]
        return
    names = NAMES.get(service, ())
    if not names or not body:
        return
    given = json.loads(body) if body.startswith(b"{") else parse_qs(body.decode("latin-1"))
    for name in names:
        value = given.get(name, ())
        yield from ((name, str(one)) for one in ([value] if isinstance(value, str) else value))


def _by_name(named: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in named:
        found.setdefault(name, []).append(value)
    return found
