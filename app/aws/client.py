"""Signed requests to AWS over one pool of kept-alive connections.

`AWS_ENDPOINT_URL`, as in every AWS SDK, replaces the endpoint of every service and region.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import msgspec
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest

from app.aws.credentials import Credentials
from app.aws.errors import AwsError

_ENCODER, _DECODER = msgspec.json.Encoder(), msgspec.json.Decoder()


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
        request: Any = AWSRequest(
            method="POST",
            url=f"{self._override or f'https://dynamodb.{region}.amazonaws.com'}/",
            headers={"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"},
            data=_ENCODER.encode(document),
        )
        SigV4Auth(await self._credentials.read(), "dynamodb", region).add_auth(request)
        status, body = await self._send(request, request.data, limits=aiohttp.ClientTimeout(total=timeout_s))
        if status != 200:
            raise _json_error(status, body)
        answer: dict[str, Any] = _DECODER.decode(body)
        return answer

    async def put_object(
        self,
        region: str,
        bucket: str,
        key: str,
        body: AsyncIterator[bytes],
        *,
        length: int,
        content_type: str,
        idle_s: float,
    ) -> None:
        """Stream `length` bytes into an object; afterwards it exists whole, or AwsError was raised and it does not.

        S3 itself refuses a body of another length. `idle_s` is how long S3 may be silent; the whole has no limit.
        """
        request = AWSRequest(
            method="PUT",
            url=self._object_url(region, bucket, key),
            headers={"Content-Type": content_type, "Content-Length": str(length)},
        )
        await self._sign_s3(request, region)
        limits = aiohttp.ClientTimeout(total=None, sock_connect=2, sock_read=idle_s)
        status, answer = await self._send(request, body, limits=limits)
        if status != 200:
            raise AwsError(code="PutObject", message=answer[:500].decode(errors="replace"), status=status)

    async def delete_object(self, region: str, bucket: str, key: str, *, timeout_s: float) -> None:
        """Remove an object; raises AwsError."""
        request = AWSRequest(method="DELETE", url=self._object_url(region, bucket, key))
        await self._sign_s3(request, region)
        status, answer = await self._send(request, b"", limits=aiohttp.ClientTimeout(total=timeout_s))
        if status not in (200, 204):
            raise AwsError(code="DeleteObject", message=answer[:500].decode(errors="replace"), status=status)

    def _object_url(self, region: str, bucket: str, key: str) -> str:
        if self._override:
            return f"{self._override}/{bucket}/{key}"
        return f"https://{bucket}.s3.{region}.amazonaws.com/{key}"

    async def _sign_s3(self, request: AWSRequest, region: str) -> None:
        request.context["payload_signing_enabled"] = False  # the body is a stream; TLS guards it
        request.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
        _UnsignedPayload(await self._credentials.read(), "s3", region).add_auth(request)

    async def _send(
        self,
        request: Any,
        body: bytes | AsyncIterator[bytes],
        *,
        limits: aiohttp.ClientTimeout,
    ) -> tuple[int, bytes]:
        try:
            async with self._session.request(
                request.method,
                request.url,
                data=body,
                headers=dict(request.headers.items()),
                timeout=limits,
                allow_redirects=False,
            ) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise AwsError(code="Unreachable", message=f"{request.url}: {error!r}", status=None) from error


class _UnsignedPayload(S3SigV4Auth):
    def payload(self, _: AWSRequest) -> str:
        return "UNSIGNED-PAYLOAD"


def _json_error(status: int, body: bytes) -> AwsError:
    try:
        document = _DECODER.decode(body)
        code = str(document.get("__type", "Unknown")).rpartition("#")[2]
        message = str(document.get("message") or document.get("Message") or "")
    except (msgspec.DecodeError, AttributeError):
        code, message = "Unknown", body[:300].decode(errors="replace")
    return AwsError(code=code, message=message, status=status)
