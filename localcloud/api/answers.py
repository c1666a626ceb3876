"""Errors in the form that a service's SDKs read: JSON, REST-JSON, query XML, EC2's XML, S3's XML. Pure."""

import json
from dataclasses import dataclass
from typing import Final, Literal
from uuid import uuid4
from xml.sax.saxutils import escape

from localcloud.api.signature import Problem, Refusal

Form = Literal["json", "rest-json", "query", "ec2", "rest-xml", "s3"]

_REST_XML: Final = frozenset({"route53", "cloudfront"})


@dataclass(frozen=True)
class ErrorAnswer:
    """An error as it goes over the wire."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def form_of(service: str, *, has_target: bool, content_type: str, has_action: bool) -> Form:
    """Return the form of a service's errors, from what its request looks like."""
    if has_target:
        return "json"
    if service in ("s3", "s3control"):
        return "s3"
    if service == "ec2":
        return "ec2"
    if has_action or content_type.startswith("application/x-www-form-urlencoded"):
        return "query"
    return "rest-xml" if service in _REST_XML else "rest-json"


def error_answer(form: Form, status: int, code: str, message: str, request_id: str | None = None) -> ErrorAnswer:
    """Return an error in a form; 4xx is the sender's fault."""
    identity = request_id or str(uuid4())
    if form in ("json", "rest-json"):
        body = json.dumps({"__type": code, "message": message, "Message": message}).encode()
        kind = "application/x-amz-json-1.1" if form == "json" else "application/json"
        headers = (("content-type", kind), ("x-amzn-errortype", code), ("x-amzn-requestid", identity))
        return ErrorAnswer(status, headers, body)
    inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    fault = "Sender" if status < 500 else "Receiver"
    text = {
        "s3": f"<Error>{inner}<RequestId>{identity}</RequestId></Error>",
        "ec2": f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{identity}</RequestID></Response>",
    }.get(
        form,
        f"<ErrorResponse><Error><Type>{fault}</Type>{inner}</Error><RequestId>{identity}</RequestId></ErrorResponse>",
    )
    kind = "application/xml" if form == "s3" else "text/xml"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
    return ErrorAnswer(status, (("content-type", kind), ("x-amzn-requestid", identity)), body)


_CODES: Final[dict[Problem, dict[str, tuple[int, str]]]] = {
    "missing": {
        "s3": (403, "AccessDenied"),
        "json": (400, "MissingAuthenticationTokenException"),
        "": (403, "MissingAuthenticationToken"),
    },
    "unknown-key": {
        "s3": (403, "InvalidAccessKeyId"),
        "ec2": (401, "AuthFailure"),
        "json": (400, "UnrecognizedClientException"),
        "rest-json": (403, "UnrecognizedClientException"),
        "": (403, "InvalidClientTokenId"),
    },
    "mismatch": {
        "ec2": (401, "AuthFailure"),
        "json": (400, "InvalidSignatureException"),
        "rest-json": (403, "InvalidSignatureException"),
        "": (403, "SignatureDoesNotMatch"),
    },
    "skewed": {
        "s3": (403, "RequestTimeTooSkewed"),
        "ec2": (400, "RequestExpired"),
        "json": (400, "InvalidSignatureException"),
        "rest-json": (403, "InvalidSignatureException"),
        "": (403, "SignatureDoesNotMatch"),
    },
    "expired-token": {
        "s3": (400, "ExpiredToken"),
        "ec2": (400, "RequestExpired"),
        "json": (400, "ExpiredTokenException"),
        "rest-json": (403, "ExpiredTokenException"),
        "": (403, "ExpiredToken"),
    },
    "expired-url": {"s3": (403, "AccessDenied"), "": (403, "SignatureDoesNotMatch")},
    "malformed": {
        "s3": (400, "AuthorizationHeaderMalformed"),
        "json": (400, "IncompleteSignatureException"),
        "rest-json": (403, "IncompleteSignatureException"),
        "": (400, "IncompleteSignature"),
    },
    "old-version": {"s3": (400, "InvalidRequest"), "": (403, "IncompleteSignature")},
    "host": {"": (421, "MisdirectedRequest")},
}
"""Status and code by problem and form (`""`: every other), as AWS's "Common Errors" and S3's error list have them."""


def refusal_answer(form: Form, refusal: Refusal) -> ErrorAnswer:
    """Return AWS's answer to a request that is not let in."""
    codes = _CODES[refusal.problem]
    status, code = codes.get(form, codes[""])
    message = refusal.message
    if form == "s3" and refusal.problem == "missing":
        message = "Access Denied"
    if form == "s3" and refusal.problem == "unknown-key":
        message = "The AWS Access Key Id you provided does not exist in our records."
    return error_answer(form, status, code, message)
