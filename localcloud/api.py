"""The record: one process with moto for all regions, behind the gate.

Every service module's `patch()` has run before the first request. Operations that no module names are refused in
words. One lock covers whatever reads or changes the record; S3 alone goes without it (controllers do not look at it).
"""

import argparse
import io
import json
import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any, Final
from urllib.parse import parse_qs

from localcloud import changes
from localcloud import instance as instances
from localcloud.calls import Calls
from localcloud.instance import Instance
from localcloud.operations import Emulated, is_read, operation_name, refusal
from localcloud.record import bind
from localcloud.services import load_services

log = logging.getLogger("api")
Environ = dict[str, Any]
StartResponse = Callable[..., Any]
UNLOCKED: Final = frozenset({"s3"})


class Record:
    """The WSGI application: views and the change counter under /_local, all else is AWS's API."""

    def __init__(self, instance: Instance, modules: dict[str, ModuleType]) -> None:
        self.instance = instance
        self.lock = threading.RLock()
        self._modules = modules
        self._emulated = Emulated(modules)
        self._moto: Any = None
        self._calls = Calls()

    def prepare(self) -> None:
        """Import moto, patch it."""
        from localcloud.lean import slim_moto, speed_up_requests

        slim_moto([*self.instance.regions, self.instance.witness])
        speed_up_requests()
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        for module in self._modules.values():
            if hasattr(module, "patch"):
                module.patch()
        self._moto = DomainDispatcherApplication(create_backend_app)

    def warm_up(self) -> None:
        """Load what the first requests would wait for."""
        from localcloud.lean import warm_up

        warm_up(self._emulated.services())

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if path.startswith("/_local/"):
            return self._local(path, environ, start_response)
        body = _whole_body(environ)
        service, operation = operation_name(environ, body)
        if operation is not None:
            self._calls.note(environ, service, operation, body)
        refused = self._emulated.refusal(service, operation)
        if refused is not None:
            log.warning("refused %s:%s", service, operation)
            return refusal(service, refused, environ, start_response)
        if service in UNLOCKED:
            return self._call_moto(environ, start_response)
        with self.lock:
            answer = list(self._call_moto(environ, start_response))
        if operation is not None and not is_read(operation) and self._emulated.is_controlled(service):
            changes.bump()
        return answer

    def _call_moto(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            answer: Iterable[bytes] = self._moto(environ, start_response)
        except Exception:
            log.exception("moto failed: %s %s", environ.get("REQUEST_METHOD"), environ.get("PATH_INFO"))
            raise
        return answer

    def _local(self, path: str, environ: Environ, start_response: StartResponse) -> list[bytes]:
        if path == "/_local/changes":
            query = {k: v[0] for k, v in parse_qs(environ.get("QUERY_STRING", "")).items()}
            since, timeout_s = int(query.get("since", -1)), float(query.get("timeout", 0))
            number = changes.wait(since, timeout_s, query.get("topic", ""))
            return _json(start_response, {"seq": number})
        if path == "/_local/calls":
            return _json(start_response, self._calls.document())
        _, _, service, view = path.split("/", 3)
        function = getattr(self._modules.get(service), "VIEWS", {}).get(view)
        if function is None:
            return _json(start_response, {"error": f"there is no view {service}/{view}"}, "404 Not Found")
        try:
            with self.lock:
                return _json(start_response, function(json.loads(_whole_body(environ) or b"{}")))
        except Exception as error:
            log.exception("view %s/%s failed", service, view)
            return _json(start_response, {"error": f"{type(error).__name__}: {error}"}, "500 Internal Server Error")


def _whole_body(environ: Environ) -> bytes:
    """Read the body, so that no slow sender holds the lock; put it back for moto."""
    stream = environ["wsgi.input"]
    body = (
        stream.read() if environ.get("wsgi.input_terminated") else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    )
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return bytes(body)


def _json(start_response: StartResponse, document: dict[str, Any], status: str = "200 OK") -> list[bytes]:
    body = json.dumps(document, default=str).encode()
    start_response(status, [("content-type", "application/json"), ("content-length", str(len(body)))])
    return [body]


def _environment() -> None:
    os.environ.update(
        AWS_ACCESS_KEY_ID="local",
        AWS_SECRET_ACCESS_KEY="local",
        AWS_DEFAULT_REGION="us-east-1",
        MOTO_ACM_VALIDATION_WAIT="0",
        MOTO_DISABLE_GLOBAL_CORS="true",
        MOTO_ALLOW_NONEXISTENT_REGION="true",
    )


def main(arguments: Sequence[str]) -> int:
    """Serve the record until the process is ended."""
    parser = argparse.ArgumentParser(prog="localcloud api")
    parser.add_argument("instance")
    parser.add_argument("--ready-fd", type=int, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    _environment()
    from localcloud.server import serve

    instance = instances.load(options.instance)
    bind(instance)
    record = Record(instance, load_services())
    record.prepare()

    def on_listening() -> None:
        os.write(options.ready_fd, b"1")
        os.close(options.ready_fd)
        threading.Thread(target=record.warm_up, daemon=True).start()

    serve(record, instance.api_socket, on_listening)
    return 0
