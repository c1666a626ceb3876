"""Signature version 2 in a URL, which boto3 still makes by default where S3 takes it: checked as S3 does. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
"""

import base64
import hmac
from typing import Final

from localcloud.api.signature import Refusal, Request, query_values
from localcloud.core.keys import Keys, expires_at
from localcloud.core.words import words

SIGNED_QUERY: Final = words(
    """accelerate acl cors defaultObjectAcl location logging partNumber policy requestPayment torrent versioning
    versionId versions website uploads uploadId response-content-type response-content-language response-expires
    response-cache-control response-content-disposition response-content-encoding delete lifecycle tagging restore
    storageClass notification replication analytics metrics inventory select select-type object-lock"""
)
"""Parameters of a query that are signed with the path."""


def is_version_2(request: Request) -> bool:
    """Return whether a request is a URL that was signed so."""
    return "authorization" not in request.headers and "AWSAccessKeyId" in query_values(request.query)


def refused(request: Request, bucket: str | None, keys: Keys, now: float) -> Refusal | None:
    """Return why S3 would refuse the URL, None when its signature holds. `bucket`: the one that the host names."""
    query = query_values(request.query)
    token = query.get("x-amz-security-token")
    secret = keys.secret_of(query["AWSAccessKeyId"], token)
    if secret is None:
        return Refusal("unknown-key", "The AWS Access Key Id you provided does not exist in our records.")
    expires = query.get("Expires", "")
    if not expires.isdecimal():
        return Refusal("malformed", "Query-string authentication requires Signature, Expires and AWSAccessKeyId")
    if not hmac.compare_digest(signature_of(request, bucket, expires, secret), query.get("Signature", "")):
        return Refusal(
            "mismatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing "
            "method.",
        )
    if now > int(expires):
        return Refusal("expired-url", "Request has expired")
    ends = expires_at(token) if token is not None else None
    if ends is not None and now >= ends:
        return Refusal("expired-token", "The provided token has expired.")
    return None


def signature_of(request: Request, bucket: str | None, expires: str, secret: str) -> str:
    """Return the signature that a URL must have."""
    query = query_values(request.query)
    amazon = {name.lower(): value for name, value in query.items() if name.lower().startswith("x-amz-")}
    amazon |= {name: value for name, value in request.headers.items() if name.startswith("x-amz-")}
    lines = [request.method, request.headers.get("content-md5", ""), request.headers.get("content-type", ""), expires]
    lines += [f"{name}:{amazon[name]}" for name in sorted(amazon)]
    signed = [name if not query[name] else f"{name}={query[name]}" for name in sorted(query) if name in SIGNED_QUERY]
    path = f"/{bucket}{request.path}" if bucket else request.path
    text = "\n".join([*lines, path + (f"?{'&'.join(signed)}" if signed else "")])
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha1")).decode()
