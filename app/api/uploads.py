"""An upload: streamed through the task into the video bucket, then one row. Nothing goes to disk.

The object comes first: a row never names an object that is not there. No transaction is open while bytes flow.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

from litestar import Response, post
from litestar.exceptions import ClientException
from litestar.handlers import HTTPRouteHandler

from app.api.videos import PageCache, Video, insert_video
from app.api.wire import AnyRequest, answer, fingerprint, read_idempotency_key, read_user
from app.aws.errors import AwsError
from app.backend import Backend
from app.errors import ApiError

CLIENT_IDLE_S = 15.0
"""How long a client may send nothing. Below S3's own limit for an idle request."""

TITLE_MAX = 255


class _Body:
    """The request's body as a stream that counts, hashes and watches the clock; `problem` says why it broke off."""

    def __init__(self, request: AnyRequest, length_max: int) -> None:
        self._request, self._length_max = request, length_max
        self._hash = hashlib.sha256()
        self.received = 0
        self.problem: ApiError | None = None

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    async def chunks(self) -> AsyncIterator[bytes]:
        stream = self._request.stream()
        while (chunk := await self._next(stream)) is not None:
            if not chunk:
                continue
            self.received += len(chunk)
            if self.received > self._length_max:
                self.problem = _too_large(self._length_max)
                raise self.problem
            self._hash.update(chunk)
            yield chunk
        if self.received == 0:
            self.problem = ApiError(400, "empty_upload", "The body is empty.")
            raise self.problem

    async def _next(self, stream: AsyncIterator[bytes]) -> bytes | None:
        try:
            async with asyncio.timeout(CLIENT_IDLE_S):
                return await anext(stream, None)
        except TimeoutError:
            self.problem = ApiError(408, "upload_stalled", f"Nothing came for {CLIENT_IDLE_S:.0f} s.")
            raise
        except ClientException:  # the client went away
            self.problem = ApiError(400, "upload_broken_off", "The upload ended before its length.")
            raise


def upload_routes(backend: Backend, pages: PageCache) -> list[HTTPRouteHandler]:
    """Return the handler of /api/videos/upload."""
    length_max = backend.settings.upload_max_bytes

    @post("/api/videos/upload", request_max_body_size=None)
    async def upload(request: AnyRequest, title: str, is_public: bool = True) -> Response[bytes]:
        user = read_user(backend, request.scope, request.headers.get("authorization"))
        length = _read_length(request, length_max)
        key = read_idempotency_key(request)
        if not 0 < len(title) <= TITLE_MAX:
            raise ApiError(400, "invalid_title", f"title must have 1 to {TITLE_MAX} characters.")
        backend.writer.require()
        video_id = uuid4()
        object_key = f"raw/{user}/{video_id}"
        body = _Body(request, length_max)
        content_type = request.headers.get("content-type") or "application/octet-stream"
        await _store(backend, object_key, body, length, content_type)
        video = Video(
            id=video_id,
            user_id=user,
            title=title,
            description=None,
            video_url=object_key,
            processing_status="processing",
            is_public=is_public,
            created_at=datetime.now(UTC),
            file_size=body.received,
        )
        mark = fingerprint("upload", title, str(is_public), body.digest)
        first = await _insert(backend, request, video, key, mark)
        pages.clear()
        return answer(first, 201)

    return [upload]


async def _insert(backend: Backend, request: AnyRequest, video: Video, key: str | None, mark: str) -> bytes:
    """Return the first answer to the upload; what was stored for no row is removed, unless that is not known."""
    try:
        first, is_new = await insert_video(backend, request, video, key=key, mark=mark)
    except ApiError as error:
        if error.code != "outcome_unknown":
            await backend.objects.remove(video.video_url)
        raise
    if not is_new:
        await backend.objects.remove(video.video_url)
    return first


async def _store(backend: Backend, object_key: str, body: _Body, length: int | None, content_type: str) -> None:
    """Put the body under the key; raises ApiError for what is wrong with either."""
    try:
        await backend.objects.put(object_key, body.chunks(), length=length, content_type=content_type)
    except Exception as error:
        if body.problem is not None:
            raise body.problem from error
        if isinstance(error, AwsError):
            backend.log.warning("Upload not stored", error=str(error))
            message = "The file could not be stored now. Nothing was written."
            raise ApiError(503, "storage_unavailable", message, retry_after_s=2) from error
        raise


def _read_length(request: AnyRequest, length_max: int) -> int | None:
    """Return Content-Length, or None for a body that comes in chunks; raises ApiError."""
    text = request.headers.get("content-length")
    if text is None:
        return None
    length = int(text)  # the HTTP parser let nothing else pass
    if length == 0:
        raise ApiError(400, "empty_upload", "The body is empty.")
    if length > length_max:
        raise _too_large(length_max)
    return length


def _too_large(length_max: int) -> ApiError:
    return ApiError(413, "too_large", f"An upload may have at most {length_max} bytes.")
