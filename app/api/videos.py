"""Videos: list, one, create. Reads work in both regions; writes only under the writer lease."""

import re
import time
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from app.api import idempotency
from app.api.wire import AnyRequest, answer, fingerprint, read_body, read_idempotency_key, read_user
from app.backend import Backend
from app.errors import ApiError
from app.storage.database import Row

PAGE_TTL_S = 1.0
VIDEO_TTL_S = 3600
STANDBY_TTL_S = 5
"""In a region that is not the writer nobody drops what changed, so a copy must be young."""

LIMIT_MAX = 100
_CURSOR = re.compile(r"^(\d{1,17})_([0-9a-f-]{36})$")

_COLUMNS = """id, user_id, title, description, video_url, thumbnail_url, duration, file_size, likes_count,
comments_count, views_count, shares_count, processing_status, is_public, created_at"""
_ONE = f"select {_COLUMNS} from videos where id = $1"  # noqa: S608  # only constants
_FIRST_PAGE = f"select {_COLUMNS} from videos where is_public order by created_at desc, id desc limit $1"  # noqa: S608
_NEXT_PAGE = f"""select {_COLUMNS} from videos where is_public and (created_at, id) < ($2, $3)
order by created_at desc, id desc limit $1"""  # noqa: S608

INSERT_VIDEO = """
with kept as (
    insert into idempotency_keys (scope, key, fingerprint, answer)
    select $1, $2::text, $3, $4 where $2::text is not null
    on conflict do nothing returning 1
), added as (
    insert into videos (id, user_id, title, description, video_url, file_size, processing_status, is_public,
        created_at, updated_at)
    select $5::uuid, $6::uuid, $7, $8, $9, $10::bigint, $11, $12::boolean, $13::timestamptz, $13::timestamptz
    where $2::text is null or exists (select from kept)
    returning id, user_id
), told as (
    insert into outbox (topic, payload)
    select 'video.created', jsonb_build_object('video_id', id, 'user_id', user_id) from added
)
select count(*) as added from added
"""


class Video(msgspec.Struct, frozen=True):
    """A video as the API shows it. `duration` in seconds, `file_size` in bytes; `video_url` is a key of the bucket."""

    id: UUID
    user_id: UUID
    title: str
    description: str | None
    video_url: str
    processing_status: str
    is_public: bool
    created_at: datetime
    thumbnail_url: str | None = None
    duration: int | None = None
    file_size: int | None = None
    likes_count: int = 0
    comments_count: int = 0
    views_count: int = 0
    shares_count: int = 0


class CreateVideo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a new video."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    description: Annotated[str, msgspec.Meta(max_length=5000)] | None = None
    is_public: bool = True


class Page(msgspec.Struct, frozen=True):
    """One page of videos, newest first; `next` is the `before` of the following one."""

    videos: list[Video]
    next: str | None


class PageCache:
    """The first page, kept in the process for a second: fifty thousand readers must not each cost a query."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int | None, int], tuple[float, bytes]] = {}

    def get(self, epoch: int | None, limit: int) -> bytes | None:
        """Return a page that is fresh enough."""
        until, page = self._kept.get((epoch, limit), (0.0, b""))
        return page if time.monotonic() < until else None

    def put(self, epoch: int | None, limit: int, page: bytes) -> None:
        """Keep a page; at most one for each limit of this epoch."""
        if len(self._kept) > LIMIT_MAX:
            self._kept.clear()
        self._kept[epoch, limit] = (time.monotonic() + PAGE_TTL_S, page)

    def clear(self) -> None:
        """Forget all: this task wrote, and whoever wrote reads next."""
        self._kept.clear()


def video_of(row: Row) -> Video:
    """Return a database row as the API shows it."""
    return Video(**dict(row))


async def insert_video(
    backend: Backend, request: AnyRequest, video: Video, *, key: str | None, mark: str
) -> tuple[bytes, bool]:
    """Write a video, its outbox row and the Idempotency-Key in one statement; return the answer, and whether it is new.

    Raises ApiError, also when the user of the token is not in this database (lost in a failover).
    """
    body = msgspec.json.encode(video)
    scope = str(video.user_id)
    try:
        rows = await backend.writer.write(
            request.scope,
            INSERT_VIDEO,
            scope,
            key,
            mark,
            body.decode(),
            video.id,
            video.user_id,
            video.title,
            video.description,
            video.video_url,
            video.file_size,
            video.processing_status,
            video.is_public,
            video.created_at,
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise user_unknown() from error
    if rows[0]["added"]:
        return body, True
    assert key is not None
    return await idempotency.first_answer(backend, scope, key, mark), False


def video_routes(backend: Backend, pages: PageCache) -> list[HTTPRouteHandler]:
    """Return the handlers of /api/videos."""

    @get("/api/videos")
    async def list_videos(limit: int = 20, before: str | None = None) -> Response[bytes]:
        if not 1 <= limit <= LIMIT_MAX:
            raise ApiError(400, "invalid_limit", f"limit must be 1 to {LIMIT_MAX}.")
        if before is not None:
            rows = await backend.database.read(_NEXT_PAGE, limit, *read_cursor(before))
            return answer(_page(rows, limit))
        return answer(await _first_page(backend, pages, limit))

    @get("/api/videos/{video_id:str}")
    async def get_video(request: AnyRequest, video_id: str) -> Response[bytes]:
        return answer(await _read_video(backend, request, read_id(video_id)))

    @post("/api/videos")
    async def create_video(request: AnyRequest) -> Response[bytes]:
        user = read_user(backend, request.scope, request.headers.get("authorization"))
        body = await read_body(request, CreateVideo)
        video_id = uuid4()
        video = Video(
            id=video_id,
            user_id=user,
            title=body.title,
            description=body.description,
            video_url=f"raw/{user}/{video_id}",
            processing_status="awaiting_upload",
            is_public=body.is_public,
            created_at=datetime.now(UTC),
        )
        mark = fingerprint("create", body.title, body.description or "", str(body.is_public))
        first, _ = await insert_video(backend, request, video, key=read_idempotency_key(request), mark=mark)
        pages.clear()
        return answer(first, 201)

    return [list_videos, get_video, create_video]


async def _read_video(backend: Backend, request: AnyRequest, identity: UUID) -> bytes:
    """Return a video; raises ApiError 404 where there is none, or it is private and another's. Public ones are kept."""
    key = backend.cache_key(f"video:{identity}")
    if key is not None and (cached := await backend.cache.get(key)) is not None:
        return cached
    rows = await backend.database.read(_ONE, identity)
    if not rows:
        raise video_not_found()
    video = video_of(rows[0])
    body = msgspec.json.encode(video)
    if not video.is_public:
        authorization = request.headers.get("authorization")
        if authorization is None or read_user(backend, request.scope, authorization) != video.user_id:
            raise video_not_found()
    elif key is not None:
        await backend.cache.put(key, body, ttl_s=VIDEO_TTL_S if backend.is_writer() else STANDBY_TTL_S)
    return body


async def _first_page(backend: Backend, pages: PageCache, limit: int) -> bytes:
    epoch = backend.lease.epoch
    page = pages.get(epoch, limit)
    if page is None:
        page = _page(await backend.database.read(_FIRST_PAGE, limit), limit)
        pages.put(epoch, limit, page)
    return page


def _page(rows: list[Row], limit: int) -> bytes:
    videos = [video_of(row) for row in rows]
    following = None
    if len(videos) == limit:
        last = videos[-1]
        following = write_cursor(last.created_at, last.id)
    return msgspec.json.encode(Page(videos, following))


def write_cursor(at: datetime, video_id: UUID) -> str:
    """Return where a page ended, as the next one's `before`: microseconds since 1970, and the last id."""
    return f"{int(at.timestamp()) * 1_000_000 + at.microsecond}_{video_id}"


def read_cursor(before: str) -> tuple[datetime, UUID]:
    """Return what `write_cursor` was given, or raise ApiError 400."""
    match = _CURSOR.match(before)
    if match is None:
        raise ApiError(400, "invalid_before", "before must be the `next` of the page before.")
    seconds, microseconds = divmod(int(match[1]), 1_000_000)
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds), UUID(match[2])
    except (ValueError, OverflowError, OSError) as error:
        raise ApiError(400, "invalid_before", "before must be the `next` of the page before.") from error


def read_id(text: str) -> UUID:
    """Return a video's id as a path has it, or raise ApiError 404."""
    try:
        return UUID(text)
    except ValueError as error:
        raise video_not_found() from error


def video_not_found() -> ApiError:
    """Return the answer to a video that does not exist, or not for this user."""
    return ApiError(404, "video_not_found", "There is no such video.")


def user_unknown() -> ApiError:
    """Return the answer to a token whose user is not in this database (lost in a failover)."""
    return ApiError(401, "user_unknown", "The user of this token does not exist here; sign up or log in again.")
