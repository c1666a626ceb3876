"""Sign-up and log-in."""

from typing import Annotated
from uuid import uuid4

import asyncpg
import msgspec
from litestar import Response, post
from litestar.handlers import HTTPRouteHandler

from app.api import idempotency
from app.api.wire import AnyRequest, answer, fingerprint, read_body, read_idempotency_key
from app.backend import Backend
from app.errors import ApiError

Username = Annotated[str, msgspec.Meta(min_length=3, max_length=50, pattern=r"^[A-Za-z0-9_.-]+$")]
Email = Annotated[str, msgspec.Meta(min_length=3, max_length=255, pattern=r"^[^@\s]+@[^@\s]+$")]
NewPassword = Annotated[str, msgspec.Meta(min_length=8, max_length=128)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]

SIGNUP_SCOPE = "signup"

_INSERT_USER = """
with kept as (
    insert into idempotency_keys (scope, key, fingerprint, answer)
    select $1, $2::text, $3, $4 where $2::text is not null
    on conflict do nothing returning 1
), added as (
    insert into users (id, username, email, password_hash)
    select $5::uuid, $6, $7, $8 where $2::text is null or exists (select from kept)
    returning id
), told as (
    insert into outbox (topic, payload)
    select 'user.created', jsonb_build_object('user_id', id) from added
)
select count(*) as added from added
"""


class SignUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a sign-up."""

    username: Username
    email: Email
    password: NewPassword


class LogIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a log-in."""

    email: Email
    password: Password


def auth_routes(backend: Backend) -> list[HTTPRouteHandler]:
    """Return the handlers of /api/auth."""

    def signed_up(user: bytes, user_id: str) -> Response[bytes]:
        document = {"user": msgspec.Raw(user), "access_token": backend.tokens.give(user_id)}
        return answer(msgspec.json.encode(document), 201)

    @post("/api/auth/signup")
    async def signup(request: AnyRequest) -> Response[bytes]:
        backend.writer.require()
        body = await read_body(request, SignUp)
        key = read_idempotency_key(request)
        email = body.email.lower()
        kept = await backend.passwords.hash(body.password)
        user_id = str(uuid4())
        user = msgspec.json.encode({"id": user_id, "username": body.username, "email": email})
        # The fingerprint leaves the password out: a fast hash of it must not be kept.
        mark = fingerprint("signup", body.username, email)
        try:
            rows = await backend.writer.write(
                request.scope, _INSERT_USER, SIGNUP_SCOPE, key, mark, user.decode(), user_id, body.username, email, kept
            )
        except asyncpg.UniqueViolationError as error:
            taken = "username" if error.constraint_name == "users_username_key" else "email"
            raise ApiError(409, f"{taken}_taken", f"This {taken} is taken.") from error
        if rows[0]["added"]:
            return signed_up(user, user_id)
        assert key is not None
        return signed_up(*await _signed_up_before(backend, key, mark, body.password))

    @post("/api/auth/login", status_code=200)
    async def login(request: AnyRequest) -> Response[bytes]:
        body = await read_body(request, LogIn)
        rows = await backend.database.read("select id, password_hash from users where email = $1", body.email.lower())
        if not await backend.passwords.verify(rows[0]["password_hash"] if rows else None, body.password):
            raise ApiError(401, "wrong_credentials", "Email or password is wrong.")
        return answer(msgspec.json.encode({"access_token": backend.tokens.give(str(rows[0]["id"]))}))

    return [signup, login]


async def _signed_up_before(backend: Backend, key: str, mark: str, password: str) -> tuple[bytes, str]:
    """Return the first answer to a repeated sign-up, and its user's id; raises ApiError for another password."""
    first = await idempotency.first_answer(backend, SIGNUP_SCOPE, key, mark)
    user_id: str = msgspec.json.decode(first)["id"]
    rows = await backend.database.read("select password_hash from users where id = $1", user_id)
    if not rows or not await backend.passwords.verify(rows[0]["password_hash"], password):
        raise idempotency.reused()
    return first, user_id
