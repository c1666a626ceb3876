"""Which operation a request is, and whether it is emulated."""

import re
from functools import cache
from types import ModuleType
from typing import Any, Final
from urllib.parse import parse_qs

Environ = dict[str, Any]

_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/[a-z0-9-]+/([a-z0-9-]+)/aws4_request")
_READS: Final = ("Describe", "Get", "List", "Head", "BatchGet", "Query", "Scan", "Lookup", "Filter")
ALIASES: Final = {
    "elasticloadbalancing": "elbv2",
    "es": "opensearch",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
}
"""Signing names that differ from the name of the service's module here (boto3's name)."""


def is_read(operation: str) -> bool:
    """Return whether an operation, by its name, changes nothing."""
    return operation.startswith(_READS)


class Emulated:
    """The operations that the service modules name."""

    def __init__(self, modules: dict[str, ModuleType]) -> None:
        self._operations: dict[str, frozenset[str]] = {}
        self._controlled: set[str] = set()
        for name, module in modules.items():
            for service, operations in getattr(module, "SERVICES", {name: getattr(module, "OPERATIONS", ())}).items():
                if operations:
                    self._operations[service] = frozenset(operations)
            if hasattr(module, "Controller"):
                self._controlled.add(name)

    def services(self) -> list[str]:
        """Return the services that are emulated."""
        return sorted(self._operations)

    def is_controlled(self, service: str) -> bool:
        """Return whether a controller follows the service's record."""
        return service in self._controlled

    def refusal(self, service: str, operation: str | None) -> str | None:
        """Return why the operation is refused, None when it is emulated."""
        emulated = self._operations.get(service)
        if emulated is None:
            return f"the local cloud does not emulate {service}; emulated are: {', '.join(sorted(self._operations))}"
        if operation is None:
            return f"the local cloud does not know this request of {service}"
        if operation not in emulated:
            listed = ", ".join(sorted(emulated))
            return f"the local cloud does not emulate {service}:{operation}; emulated are: {listed}"
        return None


def operation_name(environ: Environ, body: bytes) -> tuple[str, str | None]:
    """Return (service, operation) of a request; the operation is None when no rule of the service's model fits."""
    service = _service(environ)
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return service, target.rpartition(".")[2]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        action = parse_qs(body.decode("latin-1")).get("Action")
        if action:
            return service, action[0]
    action = parse_qs(environ.get("QUERY_STRING", "")).get("Action")
    if action:
        return service, action[0]
    return service, _routed(service, environ)


def _service(environ: Environ) -> str:
    text = environ.get("HTTP_AUTHORIZATION", "")
    found = _SCOPE.search(text)
    if not found:
        credential = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0]
        found = _SCOPE.search(f"Credential={credential}")
    signed = found.group(1) if found else "s3"
    return ALIASES.get(signed, signed)


def _routed(service: str, environ: Environ) -> str | None:
    from moto.core.request import Request
    from werkzeug.exceptions import NotFound

    routed = dict(environ)
    if service == "s3" and (bucket := bucket_of_host(environ.get("HTTP_HOST", ""))):
        routed["PATH_INFO"] = f"/{bucket}{environ.get('PATH_INFO', '/')}"
        routed.pop("RAW_URI", None)
        routed.pop("REQUEST_URI", None)
    try:
        operation, _ = _router(service).match(Request(routed))
    except (NotFound, NotImplementedError):
        return None
    return str(operation.name)


def bucket_of_host(host: str) -> str | None:
    """Return the bucket of a virtual-hosted S3 endpoint (`<bucket>.s3[.<region>].amazonaws.com`)."""
    found = re.fullmatch(r"(.+)\.s3(\.[a-z0-9-]+)?\.amazonaws\.com(:\d+)?", host)
    return found.group(1) if found else None


@cache
def _router(service: str) -> Any:
    from moto.core.routing import get_service_router

    return get_service_router(service)
