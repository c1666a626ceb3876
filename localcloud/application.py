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
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from urllib.parse import parse_qs

from localcloud.api import limits, memory, paging, record
from localcloud.api.answers import Form, error_answer, form_of
from localcloud.api.calls import Calls
from localcloud.api.failures import FAILURE, failure
from localcloud.api.operations import Emulated, is_read, operation_name
from localcloud.api.payload import BadPayloadError, Signer, unpacked
from localcloud.api.record import bind
from localcloud.api.signature import UNSIGNED, Refusal, Request, part_signature, read_claim
from localcloud.core import changes
from localcloud.core import instance as instances
from localcloud.core.instance import Instance
from localcloud.core.keys import Keys
from localcloud.services import load_services

log = logging.getLogger("api")
Environ = dict[str, Any]
StartResponse = Callable[..., Any]
UNLOCKED: Final = frozenset({"s3"})
UNKNOWN: Final = "The action or operation requested is invalid."
FORM_TYPE: Final = "application/x-www-form-urlencoded"
SENT_TYPE: Final = "HTTP_X_LOCALCLOUD_CONTENT_TYPE"
"""Where the content type of an object is kept that would have its body read as a form."""


class Record:
    """The WSGI application: views and the change counter under /_local, all else is AWS's API."""

    def __init__(self, instance: Instance, modules: dict[str, ModuleType]) -> None:
        self.instance = instance
        self._modules = modules
        self._emulated = Emulated(modules)
        self._moto: Any = None
        self._calls = Calls()

    def prepare(self) -> None:
        """Import moto, patch it."""
        from localcloud.api.moto_startup import slim_moto, speed_up_requests

        slim_moto([*self.instance.regions, self.instance.witness])
        speed_up_requests()
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        for module in self._modules.values():
            if hasattr(module, "patch"):
                module.patch()

        paging.patch()

        def create_app(service: str) -> Any:
            app = create_backend_app(service)  # type: ignore[arg-type]
            app.config["PROPAGATE_EXCEPTIONS"] = True
            return app

        self._moto = DomainDispatcherApplication(create_app)

    def warm_up(self) -> None:
        """Load what the first requests would wait for."""
        from localcloud.api.moto_startup import warm_up

        warm_up(self._emulated.services())

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if path.startswith("/_local/"):
            return self._local(path, environ, start_response)
        body = _whole_body(environ)
        service, operation = operation_name(environ, body)
        form = _form(service, environ)
        if operation is not None:
            self._calls.note(environ, service, operation, body)
        refused = self._emulated.refusal(service, operation)
        if refused is not None:
            log.warning("refused %s:%s", service, operation)
            return _error(form, 501, "NotEmulated", refused, start_response)
        if wrong := limits.refusal(service, operation, body):
            return _error(form, 400, *wrong, start_response)
        if service in UNLOCKED:
            try:
                _take_payload(environ, body, self.instance.keys)
            except BadPayloadError as error:
                return _error(form, error.status, error.code, error.message, start_response)
            return self._call_moto(service, form, environ, start_response)
        with record.LOCK:
            answer = self._call_moto(service, form, environ, start_response)
        if operation is not None and not is_read(operation) and self._emulated.is_controlled(service):
            changes.bump()
        return answer

    def _call_moto(self, service: str, form: Form, environ: Environ, start_response: StartResponse) -> list[bytes]:
        """Return moto's answer; what it raises, or says as a page for people, is an error in the service's form."""
        given: list[tuple[Any, ...]] = []

        def take(*status_and_headers: Any) -> None:
            given.append(status_and_headers)

        try:
            answer = list(self._moto(environ, take))
        except Exception as error:
            log.exception("moto failed: %s %s", environ.get("REQUEST_METHOD"), environ.get("PATH_INFO"))
            return _error(form, *failure(service, error), start_response)
        status = int(given[-1][0].split(" ", 1)[0])
        if status >= 400 and answer and not _is_readable(form, answer[0]):
            if found := _json_error(answer[0]):
                return _error(form, status, *found, start_response)
            log.error("moto answered %s: %s %s", status, environ.get("REQUEST_METHOD"), environ.get("PATH_INFO"))
            code, message = ("InternalFailure", FAILURE) if status >= 500 else ("UnknownOperationException", UNKNOWN)
            return _error(form, status, code, message, start_response)
        start_response(*given[-1])
        return answer

    def restore(self, file: Path) -> None:
        """Make the record what a snapshot's file holds."""
        with file.open("rb") as stream:
            memory.load(self._modules, self._calls, stream)

    def _snapshot(self, file: Path) -> dict[str, Any]:
        try:
            with file.open("xb") as stream:
                memory.dump(self._modules, self._calls, stream)
        except Exception as error:
            log.exception("the record was not written")
            return {"error": f"{type(error).__name__}: {error}"}
        return {}

    def _local(self, path: str, environ: Environ, start_response: StartResponse) -> list[bytes]:
        if path == "/_local/changes":
            query = {k: v[0] for k, v in parse_qs(environ.get("QUERY_STRING", "")).items()}
            since, timeout_s = int(query.get("since", -1)), float(query.get("timeout", 0))
            number = changes.wait(since, timeout_s, query.get("topic", ""))
            return _json(start_response, {"seq": number})
        if path == "/_local/snapshot":
            return _json(start_response, self._snapshot(Path(json.loads(_whole_body(environ))["file"])))
        if path == "/_local/calls":
            return _json(start_response, self._calls.document())
        _, _, service, view = path.split("/", 3)
        function = getattr(self._modules.get(service), "VIEWS", {}).get(view)
        if function is None:
            return _json(start_response, {"error": f"there is no view {service}/{view}"}, "404 Not Found")
        try:
            with record.LOCK:
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


def _take_payload(environ: Environ, body: bytes, keys: Keys) -> None:
    """Hand S3's body on without its frame. Raises BadPayloadError when it is not what its headers say."""
    names = (name for name in environ if name.startswith("HTTP_"))
    headers = {name.removeprefix("HTTP_").replace("_", "-").lower(): str(environ[name]) for name in names}
    ends_parts = environ["REQUEST_METHOD"] == "POST" and "uploadId=" in environ.get("QUERY_STRING", "")
    payload = unpacked(body, headers, _part_signer(headers, keys), sums_of_body=not ends_parts)
    if payload.body is not body:
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(payload.body), str(len(payload.body))
        environ["HTTP_X_AMZ_CONTENT_SHA256"] = UNSIGNED
        environ.update({f"HTTP_{name.replace('-', '_').upper()}": value for name, value in payload.headers.items()})
        encodings = [part.strip() for part in environ.pop("HTTP_CONTENT_ENCODING", "").split(",")]
        if kept := ",".join(part for part in encodings if part and part != "aws-chunked"):
            environ["HTTP_CONTENT_ENCODING"] = kept
    if environ["REQUEST_METHOD"] == "PUT" and environ.get("CONTENT_TYPE", "").startswith(FORM_TYPE):
        environ[SENT_TYPE], environ["CONTENT_TYPE"] = environ["CONTENT_TYPE"], "binary/octet-stream"


def _part_signer(headers: Mapping[str, str], keys: Keys) -> Signer | None:
    """Return what signs the parts of a streamed body as the request's sender must have; None: it is not signed so."""
    claim = read_claim(Request("", "", "", headers))
    secret = None if isinstance(claim, Refusal) else keys.secret_of(claim.access_key_id, claim.token)
    return None if isinstance(claim, Refusal) or secret is None else partial(part_signature, claim, secret)


def _is_readable(form: Form, body: bytes) -> bool:
    """Return whether an error's body is what the form's SDKs read: XML or JSON, and no page for people."""
    start = body[:20].lstrip().lower()
    first = b"{" if form in ("json", "rest-json") else b"<"
    return not start or (start.startswith(first) and not start.startswith((b"<!doctype", b"<html")))


def _json_error(body: bytes) -> tuple[str, str] | None:
    """Return code and message of an error that moto wrote as JSON, whatever the service's form is."""
    try:
        found = json.loads(body)
        return str(found["__type"]), str(found.get("message") or found.get("Message") or "")
    except (ValueError, KeyError, TypeError):
        return None


def _form(service: str, environ: Environ) -> Form:
    return form_of(
        service,
        has_target="HTTP_X_AMZ_TARGET" in environ,
        content_type=environ.get("CONTENT_TYPE", ""),
        has_action="Action=" in environ.get("QUERY_STRING", ""),
    )


def _error(form: Form, status: int, code: str, message: str, start_response: StartResponse) -> list[bytes]:
    answer = error_answer(form, status, code, message)
    start_response(f"{status} Refused", [*answer.headers, ("content-length", str(len(answer.body)))])
    return [answer.body]


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
    parser.add_argument("--record", type=Path, help="begin with what this file holds")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    _environment()
    from localcloud.api.server import serve

    instance = instances.load(options.instance)
    bind(instance)
    application = Record(instance, load_services())
    application.prepare()
    if options.record:
        application.restore(options.record)

    def on_listening() -> None:
        os.write(options.ready_fd, b"1")
        os.close(options.ready_fd)
        threading.Thread(target=application.warm_up, daemon=True).start()

    serve(application, instance.api_socket, on_listening)
    return 0
