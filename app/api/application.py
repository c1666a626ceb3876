"""The ASGI application of one task."""

from litestar import Litestar

from app.api.auth import auth_routes
from app.api.edge import Application, edge
from app.api.health import health_routes
from app.api.uploads import upload_routes
from app.api.videos import PageCache, video_routes
from app.api.wire import exception_answers
from app.backend import Backend

JSON_BODY_MAX_BYTES = 64 * 1024


def make_application(backend: Backend) -> Application:
    """Return the routes of the API behind the edge that every request passes."""
    pages = PageCache()
    inner = Litestar(
        route_handlers=[
            *health_routes(backend),
            *auth_routes(backend),
            *video_routes(backend, pages),
            *upload_routes(backend, pages),
        ],
        exception_handlers=exception_answers(backend.log),
        request_max_body_size=JSON_BODY_MAX_BYTES,
        openapi_config=None,
        logging_config=None,
    )
    return edge(inner, backend)  # type: ignore[arg-type]  # Litestar types its scopes more narrowly
