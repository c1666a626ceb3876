"""What users do with videos of others: likes. Only under the writer lease."""

from typing import Any

import asyncpg
import msgspec
from litestar import Response, post
from litestar.handlers import HTTPRouteHandler

from app.api.videos import read_id, user_unknown, video_not_found
from app.api.wire import AnyRequest, answer, read_user
from app.backend import Backend

_LIKE = """
with video as (
    select id, likes_count from videos where id = $2 and (is_public or user_id = $1)
), liked as (
    insert into likes (user_id, likeable_id, likeable_type) select $1, id, 'video' from video
    on conflict do nothing returning likeable_id
), counted as (
    update videos set likes_count = videos.likes_count + 1 from liked where videos.id = liked.likeable_id
    returning videos.likes_count
), told as (
    insert into outbox (topic, payload)
    select 'video.liked', jsonb_build_object('video_id', likeable_id, 'user_id', $1::uuid) from liked
)
select coalesce((select likes_count from counted), likes_count) as likes_count from video
"""


def social_routes(backend: Backend) -> list[HTTPRouteHandler]:
    """Return the handlers of what the social service does."""

    @post("/api/videos/{video_id:str}/like", status_code=200)
    async def like_video(request: AnyRequest, video_id: str) -> Response[bytes]:
        identity = read_id(video_id)
        user = read_user(backend, request.scope, request.headers.get("authorization"))
        try:
            rows = await backend.writer.write(request.scope, _LIKE, user, identity)
        except asyncpg.ForeignKeyViolationError as error:
            raise user_unknown() from error
        if not rows:
            raise video_not_found()
        if (key := backend.cache_key(f"video:{identity}")) is not None:
            await backend.cache.drop(key)
        document: dict[str, Any] = {"id": identity, "liked": True, "likes_count": rows[0]["likes_count"]}
        return answer(msgspec.json.encode(document))

    return [like_video]
