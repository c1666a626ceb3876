"""The gate's eyes: what botocore signs holds, and nothing else does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import HmacV1QueryAuth, S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localcloud.api import signature_v2
from localcloud.api.signature import (
    EMPTY,
    UNSIGNED,
    Claim,
    Refusal,
    Request,
    query_values,
    read_claim,
    refused,
    signed_headers,
)
from localcloud.core.keys import Keys, expires_at, make_keys, session_of

KEYS = Keys("AKIAEXAMPLE", "the secret")
NOW = datetime.now(UTC).timestamp()
HOST = "127.15.0.10:4566"
OWNER = Credentials("AKIAEXAMPLE", "the secret")


def as_received(signed: Any) -> Request:
    parts = urlsplit(signed.url)
    headers = {name.lower(): value for name, value in signed.headers.items()}
    return Request(signed.method, parts.path, parts.query, {"host": HOST, **headers})


def problem(request: Request, payload_hash: str = UNSIGNED, *, later_s: int = 0) -> str | None:
    """Return why a request is refused so long after it was signed."""
    claim = read_claim(request)
    if isinstance(claim, Refusal):
        return claim.problem
    signed_at = (
        datetime.strptime(claim.sent_at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp() if claim.sent_at else 0
    )
    found = refused(request, claim, payload_hash, KEYS, signed_at + later_s)
    return None if found is None else found.problem


def signed(
    signer: Callable[..., Any], path: str, *, method: str = "GET", credentials: Credentials = OWNER, body: bytes = b""
) -> Request:
    request: Any = AWSRequest(method=method, url=f"http://{HOST}{path}", data=body, headers={"x-more": "a  b"})
    signer(credentials).add_auth(request)
    return as_received(request)


def of_service(credentials: Credentials) -> Any:
    return SigV4Auth(credentials, "ecs", "us-west-2")


def of_s3(credentials: Credentials) -> Any:
    return S3SigV4Auth(credentials, "s3", "us-west-2")


def as_url(credentials: Credentials) -> Any:
    return S3SigV4QueryAuth(credentials, "s3", "us-west-2", expires=60)


@pytest.mark.parametrize(
    "path", ["/", "/v1/tags/arn%3Aaws%3Aecs?tagKeys=b&tagKeys=a", "/a//b/../c/", "/x?empty&q=a%20b%2Bc~"]
)
def test_what_botocore_signs_for_a_service_holds(path: str) -> None:
    assert problem(signed(of_service, path), EMPTY) is None


@pytest.mark.parametrize(
    "path", ["/", "/bucket/a/../b//c", "/bucket/%C3%A4%20%2B~%2F", "/bucket?list-type=2&prefix=a%2F"]
)
@pytest.mark.parametrize("signer", [of_s3, as_url])
def test_what_botocore_signs_for_s3_holds(path: str, signer: Callable[[Credentials], Any]) -> None:
    request = signed(signer, path)
    assert problem(request, request.headers.get("x-amz-content-sha256", UNSIGNED)) is None


def test_what_we_sign_ourselves_holds() -> None:
    request = Request("PUT", "/b/k", "", {"host": HOST, "content-type": "text/plain"})
    headers = signed_headers(request, service="s3", region="us-east-1", payload_hash=UNSIGNED, keys=KEYS, now=NOW)
    assert problem(replace(request, headers=headers)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"method": "DELETE"},
        {"path": "/other"},
        {"query": "Action=RunTask"},
        {"headers": "x-more"},
        {"headers": "host"},
        {"headers": "x-amz-date"},
    ],
)
def test_whatever_was_signed_may_not_be_changed(change: dict[str, str]) -> None:
    request = signed(of_service, "/path?Action=ListTasks", method="POST")
    if "headers" in change:
        changed = replace(request, headers={**request.headers, change["headers"]: "20260101T000000Z"})
    else:
        changed = replace(request, **change)  # type: ignore[arg-type]
    assert problem(request, EMPTY) is None
    assert problem(changed, EMPTY) in ("mismatch", "malformed")


def test_another_body_another_key_and_another_secret_are_refused() -> None:
    request = signed(of_service, "/", method="POST", body=b"{}")
    assert problem(request, EMPTY) == "mismatch"
    assert problem(signed(of_service, "/", credentials=Credentials("local", "local")), EMPTY) == "unknown-key"
    assert problem(signed(of_service, "/", credentials=Credentials("AKIAEXAMPLE", "guess")), EMPTY) == "mismatch"


@pytest.mark.parametrize(("later_s", "expected"), [(-1000, "skewed"), (0, None), (800, None), (1000, "skewed")])
def test_a_signature_holds_for_a_quarter_of_an_hour(later_s: int, expected: str | None) -> None:
    assert problem(signed(of_service, "/"), EMPTY, later_s=later_s) == expected


@pytest.mark.parametrize(("later_s", "expected"), [(0, None), (55, None), (70, "expired-url"), (-1000, "expired-url")])
def test_a_url_holds_as_long_as_it_says(later_s: int, expected: str | None) -> None:
    assert problem(signed(as_url, "/bucket/key"), later_s=later_s) == expected


@pytest.mark.parametrize(
    ("query", "headers", "expected"),
    [
        ("", {}, "missing"),
        ("AWSAccessKeyId=a&Signature=b&Expires=1", {}, "old-version"),
        ("", {"authorization": "AWS key:signature"}, "old-version"),
        ("", {"authorization": "Bearer me"}, "malformed"),
        ("X-Amz-Signature=0", {}, "malformed"),
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a", {}, "malformed"),
    ],
)
def test_what_is_not_signed_so_is_told_why(query: str, headers: dict[str, str], expected: str) -> None:
    assert problem(Request("GET", "/", query, {"host": HOST, **headers})) == expected


def test_a_signature_that_leaves_the_host_out_is_refused() -> None:
    request = signed(of_service, "/")
    claim = read_claim(request)
    assert isinstance(claim, Claim)
    without = replace(claim, signed_headers=tuple(name for name in claim.signed_headers if name != "host"))
    found = refused(request, without, EMPTY, KEYS, 0)
    assert found is not None
    assert found.problem == "malformed"


def test_a_role_s_credentials_hold_until_they_end() -> None:
    role = "arn:aws:iam::123456789012:role/video"
    given = KEYS.temporary("task-1", role, int(NOW) + 600)
    credentials = Credentials(given.access_key_id, given.secret_access_key, given.session_token)
    request = signed(of_service, "/", credentials=credentials)
    assert session_of(given.session_token) == ("task-1", role)
    assert expires_at(given.session_token) == int(NOW) + 600
    assert problem(request, EMPTY) is None
    assert problem(request, EMPTY, later_s=1000) == "expired-token"


def test_a_token_with_another_role_is_of_no_use() -> None:
    given = KEYS.temporary("task-1", "arn:aws:iam::123456789012:role/video", int(NOW) + 600)
    forged = given.session_token.replace("role/video", "role/admin")
    credentials = Credentials(given.access_key_id, given.secret_access_key, forged)
    assert problem(signed(of_service, "/", credentials=credentials), EMPTY) == "unknown-key"
    other = make_keys().temporary("task-1", "arn:aws:iam::123456789012:role/video", int(NOW) + 600)
    stranger = Credentials(other.access_key_id, other.secret_access_key, other.session_token)
    assert problem(signed(of_service, "/", credentials=stranger), EMPTY) == "mismatch"


@pytest.mark.parametrize(
    ("method", "service", "secret", "expected"),
    [
        ("GET", "s3", KEYS.edge_secret, None),
        ("PUT", "s3", KEYS.edge_secret, "unknown-key"),
        ("GET", "ecs", KEYS.edge_secret, "unknown-key"),
        ("GET", "s3", "0" * 64, "unknown-key"),
    ],
)
def test_the_edge_s_secret_reads_objects_and_no_more(
    method: str, service: str, secret: str, expected: str | None
) -> None:
    scope = f"edge/20260101/us-east-1/{service}/aws4_request"
    header = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={secret}"
    assert problem(Request(method, "/b/k", "", {"host": HOST, "authorization": header})) == expected


def version_2(path: str, later_s: int, *, bucket: str | None = None, secret: str = "the secret") -> str | None:
    request: Any = AWSRequest(method="GET", url=f"http://{HOST}{path}")
    request.auth_path = f"/{bucket}{path}".partition("?")[0] if bucket else None
    HmacV1QueryAuth(Credentials("AKIAEXAMPLE", secret), expires=60).add_auth(request)
    received = as_received(request)
    assert signature_v2.is_version_2(received)
    expires_at_s = int(query_values(received.query)["Expires"])
    found = signature_v2.refused(received, bucket, KEYS, expires_at_s - 60 + later_s)
    return None if found is None else found.problem


@pytest.mark.parametrize("path", ["/bucket/a%20b", "/bucket/k?versionId=7&response-content-type=text%2Fplain&other=1"])
def test_a_url_of_version_2_holds_until_it_expires(path: str) -> None:
    assert version_2(path, 0) is None
    assert version_2(path, 100) == "expired-url"
    assert version_2(path, 0, secret="guess") == "mismatch"


def test_a_url_of_version_2_may_name_its_bucket_in_the_host() -> None:
    assert version_2("/key", 0, bucket="bucket") is None
