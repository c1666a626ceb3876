"""Signed requests to AWS over one pool of kept-alive connections.

`AWS_ENDPOINT_URL`, as in every AWS SDK, replaces the endpoint of every service and region.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest

from app.aws.credentials import Credentials
from app.aws.errors import AwsError

_ENCODER, _DECODER = msgspec.json.Encoder(), msgspec.json.Decoder()
_UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class Answer:
    """What AWS answered; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AwsClient:
    """Makes signed calls. Close it at the end."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._session = aiohttp.ClientSession(
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=5, keepalive_timeout=15),
        )
        self._credentials = Credentials(self._session, environ)
        self._override = environ.get("AWS_ENDPOINT_URL", "").rstrip("/")

    async def close(self) -> None:
        """End all connections."""
        await self._session.close()

    async def dynamodb(
        self, region: str, operation: str, document: dict[str, Any], *, timeout_s: float
    ) -> dict[str, Any]:
        """Return the answer of one DynamoDB operation in a region within `timeout_s`, or raise AwsError."""
        body = _ENCODER.encode(document)
        headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        url = f"{self._override or f'https://dynamodb.{region}.amazonaws.com'}/"
        request: Any = AWSRequest(method="POST", url=url, headers=headers, data=body)
        SigV4Auth(await self._credentials.read(), "dynamodb", region).add_auth(request)
        answer = await self._send(request, body, aiohttp.ClientTimeout(total=timeout_s))
        if answer.status != 200:
            raise _json_error(answer)
        decoded: dict[str, Any] = _DECODER.decode(answer.body)
        return decoded

    async def s3(
        self,
        region: str,
        method: str,
        bucket: str,
        path: str,
        *,
        body: bytes | AsyncIterator[bytes] = b"",
        length: int | None = None,
        content_type: str | None = None,
        idle_s: float,
        total_s: float | None = None,
    ) -> Answer:
        """Return what S3 answers (200 or 204), or raise AwsError. `path` is the key, and the query if there is one.

        A stream needs `length`. S3 may be silent for `idle_s`; the whole may take `total_s`, or as long as it takes.
        """
        headers = {"X-Amz-Content-SHA256": _UNSIGNED}  # the body may be a stream; TLS guards it
        headers |= {"Content-Type": content_type} if content_type else {}
        headers |= {"Content-Length": str(length)} if length is not None else {}
        base = f"{self._override}/{bucket}" if self._override else f"https://{bucket}.s3.{region}.amazonaws.com"
        request: Any = AWSRequest(method=method, url=f"{base}/{path}", headers=headers)
        _UnsignedPayload(await self._credentials.read(), "s3", region).add_auth(request)
        limits = aiohttp.ClientTimeout(total=total_s, sock_connect=2, sock_read=idle_s)
        answer = await self._send(request, body, limits)
        if answer.status not in (200, 204) or answer.body.lstrip().startswith(b"<Error"):
            # completing a multipart upload can answer 200 and an error in the body
            message = answer.body[:500].decode(errors="replace")
            raise AwsError(code=f"s3 {method}", message=message, status=answer.status)
        return answer

    async def _send(self, request: Any, body: bytes | AsyncIterator[bytes], limits: aiohttp.ClientTimeout) -> Answer:
        try:
            async with self._session.request(
                request.method,
                request.url,
                data=body,
                headers=dict(request.headers.items()),
                timeout=limits,
                allow_redirects=False,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, headers, await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise AwsError(code="Unreachable", message=f"{request.url}: {error!r}", status=None) from error


class _UnsignedPayload(S3SigV4Auth):
    def payload(self, _: AWSRequest) -> str:
        return _UNSIGNED


def _json_error(answer: Answer) -> AwsError:
    try:
        document = _DECODER.decode(answer.body)
        code = str(document.get("__type", "Unknown")).rpartition("#")[2]
        message = str(document.get("message") or document.get("Message") or "")
    except (msgspec.DecodeError, AttributeError):
        code, message = "Unknown", answer.body[:300].decode(errors="replace")
    return AwsError(code=code, message=message, status=answer.status)
