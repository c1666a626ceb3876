"""Reading requests and writing answers: JSON by msgspec, errors as one document."""

import hashlib
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException

from app.api.edge import USER
from app.backend import Backend
from app.errors import ApiError
from app.logs import Log

T = TypeVar("T")
AnyRequest = Request[Any, Any, Any]
KEY_MAX = 200


def answer(body: bytes, status: int = 200) -> Response[bytes]:
    """Return a JSON answer whose bytes are ready."""
    return Response(content=body, status_code=status, media_type=MediaType.JSON)


async def read_body(request: AnyRequest, kind: type[T]) -> T:
    """Return the JSON body as `kind`, or raise ApiError 400 that names the field."""
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ApiError(400, "invalid_body", f"The body is not valid: {error}") from error


def read_user(backend: Backend, scope: Any, authorization: str | None) -> UUID:
    """Return who asks, by the access token, or raise ApiError 401."""
    user = backend.tokens.user_of(authorization)
    scope[USER] = user
    try:
        return UUID(user)
    except ValueError as error:
        raise ApiError(401, "token_invalid", "The access token is not valid.") from error


def read_idempotency_key(request: AnyRequest) -> str | None:
    """Return the Idempotency-Key header, or raise ApiError 400 when it is too long."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= KEY_MAX:
        raise ApiError(400, "invalid_idempotency_key", f"Idempotency-Key must have 1 to {KEY_MAX} characters.")
    return key


def fingerprint(*parts: str) -> str:
    """Return what tells two requests under one Idempotency-Key apart."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def exception_answers(log: Log) -> dict[int | type[Exception], Any]:
    """Return Litestar's exception handlers: nothing about the inside leaves the task."""

    def of_api_error(_: AnyRequest, error: ApiError) -> Response[bytes]:
        response = answer(error.body(), error.status)
        for name, value in error.headers().items():
            response.set_header(name, value)
        return response

    def of_http_error(request: AnyRequest, error: HTTPException) -> Response[bytes]:
        codes = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
        if error.status_code >= 500:
            return of_anything(request, error)
        return answer(
            ApiError(error.status_code, codes.get(error.status_code, "refused"), error.detail).body(), error.status_code
        )

    def of_anything(request: AnyRequest, error: Exception) -> Response[bytes]:
        log.error("Request failed", path=request.scope["path"], exc_info=error)
        return answer(ApiError(500, "internal", "Something went wrong here; it is logged.").body(), 500)

    return {ApiError: of_api_error, HTTPException: of_http_error, Exception: of_anything}
