"""Signature version 4 as the side that checks it: what AWS refuses is refused here, in the same order. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import quote, unquote

from localcloud.core.keys import EDGE, Keys, expires_at

SKEW_S: Final = 15 * 60
LONGEST_S: Final = 7 * 24 * 3600
ALGORITHM: Final = "AWS4-HMAC-SHA256"
UNSIGNED: Final = "UNSIGNED-PAYLOAD"
EMPTY: Final = hashlib.sha256(b"").hexdigest()

Problem = Literal[
    "missing", "unknown-key", "mismatch", "skewed", "expired-token", "expired-url", "malformed", "old-version", "host"
]


@dataclass(frozen=True)
class Refusal:
    """Why a request is not let in."""

    problem: Problem
    message: str


@dataclass(frozen=True)
class Request:
    """What is signed of a request. `path` and `query` as they were sent; header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Claim:
    """What a request says of its signature. `expires_s` is a presigned URL's, None for a signature in the header."""

    access_key_id: str
    scope: str
    signed_headers: tuple[str, ...]
    signature: str
    sent_at: str
    token: str | None
    expires_s: str | None

    @property
    def service(self) -> str:
        """The service that it is signed for."""
        return self.scope.split("/")[2]

    @property
    def region(self) -> str:
        """The region that it is signed for."""
        return self.scope.split("/")[1]


_HEADER: Final = re.compile(
    rf"{ALGORITHM}\s+Credential=([^/,\s]+)/(\d{{8}}/[a-z0-9-]+/[a-z0-9-]+/aws4_request)\s*,"
    r"\s*SignedHeaders=([^,\s]+)\s*,\s*Signature=([^,\s]+)\s*"
)
_SCOPE: Final = re.compile(r"([^/]+)/(\d{8}/[a-z0-9-]+/[a-z0-9-]+/aws4_request)")


def signed_headers(
    request: Request, *, service: str, region: str, payload_hash: str, keys: Keys, now: float
) -> dict[str, str]:
    """Return the headers that sign a request with the instance's own keys; `host` must be among its headers."""
    sent_at = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {**request.headers, "x-amz-date": sent_at, "x-amz-content-sha256": payload_hash}
    names = tuple(sorted(headers))
    claim = Claim(keys.access_key_id, f"{sent_at[:8]}/{region}/{service}/aws4_request", names, "", sent_at, None, None)
    signature = signature_of(
        Request(request.method, request.path, request.query, headers), claim, payload_hash, keys.secret_access_key
    )
    credential = f"Credential={keys.access_key_id}/{claim.scope}, SignedHeaders={';'.join(names)}"
    return {**headers, "authorization": f"{ALGORITHM} {credential}, Signature={signature}"}


def read_claim(request: Request) -> Claim | Refusal:
    """Return what a request says of its signature, or why it is none that is read here."""
    given = request.headers.get("authorization")
    query = query_values(request.query)
    if given is not None:
        return _header_claim(given, request)
    if "X-Amz-Algorithm" in query or "X-Amz-Signature" in query:
        return _query_claim(query)
    if "AWSAccessKeyId" in query:
        return _old_version()
    return Refusal("missing", "Request is missing Authentication Token")


def refused(request: Request, claim: Claim, payload_hash: str, keys: Keys, now: float) -> Refusal | None:
    """Return why AWS would refuse the request, None when its signature holds.

    `payload_hash` is the SHA-256 of the body in hex, or what stands for it.
    """
    if claim.access_key_id == EDGE:
        return _edge_refused(request, claim, keys)
    secret = keys.secret_of(claim.access_key_id, claim.token)
    if secret is None:
        return Refusal("unknown-key", "The security token included in the request is invalid.")
    moment = _moment(claim.sent_at)
    if moment is None or not claim.scope.startswith(claim.sent_at[:8]):
        return Refusal("malformed", "Date in Credential scope does not match the date of the request.")
    if "host" not in claim.signed_headers:
        return Refusal("malformed", "'Host' must be a 'SignedHeader' in the AWS Authorization.")
    expected = signature_of(request, claim, payload_hash, secret)
    if not hmac.compare_digest(expected, claim.signature):
        return Refusal(
            "mismatch",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.",
        )
    return _time_refused(claim, moment, now)


def _header_claim(given: str, request: Request) -> Claim | Refusal:
    if given.startswith("AWS "):
        return _old_version()
    found = _HEADER.fullmatch(given)
    if found is None:
        return Refusal("malformed", f"The authorization header is malformed: {ALGORITHM} with Credential is expected.")
    return Claim(
        access_key_id=found.group(1),
        scope=found.group(2),
        signed_headers=tuple(found.group(3).split(";")),
        signature=found.group(4),
        sent_at=request.headers.get("x-amz-date", ""),
        token=request.headers.get("x-amz-security-token"),
        expires_s=None,
    )


def _query_claim(query: Mapping[str, str]) -> Claim | Refusal:
    found = _SCOPE.fullmatch(query.get("X-Amz-Credential", ""))
    names = ("X-Amz-Algorithm", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires")
    if found is None or any(not query.get(name) for name in names) or query["X-Amz-Algorithm"] != ALGORITHM:
        return Refusal(
            "malformed",
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        )
    expires = query["X-Amz-Expires"]
    if not expires.isdecimal() or not 1 <= int(expires) <= LONGEST_S:
        return Refusal("malformed", f"X-Amz-Expires must be between 1 and {LONGEST_S} seconds")
    return Claim(
        access_key_id=found.group(1),
        scope=found.group(2),
        signed_headers=tuple(query["X-Amz-SignedHeaders"].split(";")),
        signature=query["X-Amz-Signature"],
        sent_at=query["X-Amz-Date"],
        token=query.get("X-Amz-Security-Token"),
        expires_s=expires,
    )


def _old_version() -> Refusal:
    return Refusal(
        "old-version",
        f"The authorization mechanism you have provided is not supported. Please use {ALGORITHM}.",
    )


def _edge_refused(request: Request, claim: Claim, keys: Keys) -> Refusal | None:
    reads = request.method in ("GET", "HEAD") and claim.service == "s3"
    if reads and hmac.compare_digest(claim.signature, keys.edge_secret):
        return None
    return Refusal("unknown-key", "The security token included in the request is invalid.")


def _time_refused(claim: Claim, moment: float, now: float) -> Refusal | None:
    ends = expires_at(claim.token) if claim.token is not None else None
    if ends is not None and now >= ends:
        return Refusal("expired-token", "The security token included in the request is expired")
    if claim.expires_s is None:
        if abs(now - moment) > SKEW_S:
            shown = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
            word = "expired" if moment < now else "not yet current"
            return Refusal("skewed", f"Signature {word}: {claim.sent_at} is more than 15 min from {shown}")
        return None
    if moment - now > SKEW_S:
        return Refusal("expired-url", "Request is not yet valid")
    if now > moment + int(claim.expires_s):
        return Refusal("expired-url", "Request has expired")
    return None


def _moment(text: str) -> float | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def signature_of(request: Request, claim: Claim, payload_hash: str, secret: str) -> str:
    """Return the signature in hex that a request must have."""
    text = canonical_request(request, claim, payload_hash)
    digest = hashlib.sha256(text.encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{claim.sent_at}\n{claim.scope}\n{digest}"
    return hmac.digest(_signing_key(secret, claim.scope), to_sign.encode(), "sha256").hex()


def part_signature(claim: Claim, secret: str, kind: str, before: str, hashes: str) -> str:
    """Return the signature in hex of a part of a streamed body (`kind`: PAYLOAD, TRAILER) after the one `before`."""
    to_sign = f"{ALGORITHM}-{kind}\n{claim.sent_at}\n{claim.scope}\n{before}\n{hashes}"
    return hmac.digest(_signing_key(secret, claim.scope), to_sign.encode(), "sha256").hex()


def canonical_request(request: Request, claim: Claim, payload_hash: str) -> str:
    """Return the text that is signed."""
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in claim.signed_headers)
    return "\n".join(
        (
            request.method,
            _canonical_path(request.path, once=claim.service == "s3"),
            _canonical_query(request.query),
            headers,
            ";".join(claim.signed_headers),
            payload_hash,
        )
    )


def _canonical_path(path: str, *, once: bool) -> str:
    """Return the path as it is signed: S3 encodes it once, all others encode what was sent a second time."""
    if once:
        return "/".join(_recoded(part) for part in path.split("/")) or "/"
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    tail = "/" if path.endswith("/") and parts else ""
    return quote("/" + "/".join(parts) + tail, safe="/~")


def _canonical_query(query: str) -> str:
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if part and name != "X-Amz-Signature":
            pairs.append((_recoded(name), _recoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _recoded(text: str) -> str:
    return quote(unquote(text, errors="surrogateescape"), safe="-_.~", errors="surrogateescape")


def query_values(query: str) -> dict[str, str]:
    """Return a query's parameters, decoded; of a name that stands twice the first."""
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        found.setdefault(unquote(name), unquote(value))
    return found


@lru_cache(maxsize=256)
def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
