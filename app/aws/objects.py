"""The region's video bucket: objects written from streams, removed when they turn out not to be wanted."""

import contextlib
import re
from collections.abc import AsyncIterator
from urllib.parse import quote

from app.aws.client import AwsClient
from app.aws.errors import AwsError

IDLE_S = 30.0
"""How long S3 may be silent."""

SHORT_S = 5.0
PART_BYTES = 8 * 1024 * 1024
"""The size of a part of a multipart upload (S3 asks for at least 5 MiB); so much of a stream is held in memory."""

_UPLOAD_ID = re.compile(rb"<UploadId>([^<]+)</UploadId>")


class ObjectStore:
    """Writes and removes objects of one bucket."""

    def __init__(self, client: AwsClient, *, region: str, bucket: str) -> None:
        self._client, self._region, self._bucket = client, region, bucket

    async def put(self, key: str, body: AsyncIterator[bytes], *, length: int | None, content_type: str) -> None:
        """Afterwards the object exists whole, or an exception was raised and it does not.

        With `length` the stream passes through, and S3 refuses a body of another length. Without one, what does not
        fit into one part goes as a multipart upload. Raises AwsError, and whatever `body` raises.
        """
        if length is not None:
            await self._put(key, body, length, content_type)
            return
        parts = _parts(body)
        first = await anext(parts, b"")
        if len(first) < PART_BYTES:
            await self._put(key, first, len(first), content_type)
        else:
            await self._put_parts(key, first, parts, content_type)

    async def remove(self, key: str) -> None:
        """Try to remove an object that no row names; one that stays does no harm but costs a little."""
        with contextlib.suppress(AwsError):
            await self._client.s3(self._region, "DELETE", self._bucket, key, idle_s=SHORT_S, total_s=SHORT_S)

    async def _put(self, key: str, body: bytes | AsyncIterator[bytes], length: int, content_type: str) -> None:
        await self._client.s3(
            self._region, "PUT", self._bucket, key, body=body, length=length, content_type=content_type, idle_s=IDLE_S
        )

    async def _put_parts(self, key: str, first: bytes, rest: AsyncIterator[bytes], content_type: str) -> None:
        begun = await self._client.s3(
            self._region, "POST", self._bucket, f"{key}?uploads=", content_type=content_type, idle_s=SHORT_S
        )
        found = _UPLOAD_ID.search(begun.body)
        if found is None:
            raise AwsError(code="s3 POST", message="the answer has no UploadId", status=begun.status)
        upload = f"uploadId={quote(found[1].decode(), safe='')}"
        try:
            tags = [await self._put_part(key, upload, 1, first)]
            async for part in rest:
                tags.append(await self._put_part(key, upload, len(tags) + 1, part))
            listed = "".join(
                f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"
                for number, tag in enumerate(tags, 1)
            )
            document = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
            await self._client.s3(
                self._region,
                "POST",
                self._bucket,
                f"{key}?{upload}",
                body=document,
                content_type="application/xml",
                idle_s=IDLE_S,
            )
        except BaseException:
            with contextlib.suppress(AwsError):
                await self._client.s3(self._region, "DELETE", self._bucket, f"{key}?{upload}", idle_s=SHORT_S)
            raise

    async def _put_part(self, key: str, upload: str, number: int, part: bytes) -> str:
        path = f"{key}?partNumber={number}&{upload}"
        answer = await self._client.s3(
            self._region, "PUT", self._bucket, path, body=part, length=len(part), idle_s=IDLE_S
        )
        return answer.headers["etag"]


async def _parts(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the stream in pieces of PART_BYTES; the last is shorter, and there is none for an empty stream."""
    held = bytearray()
    async for chunk in body:
        held += chunk
        while len(held) >= PART_BYTES:
            yield bytes(held[:PART_BYTES])
            del held[:PART_BYTES]
    if held:
        yield bytes(held)
