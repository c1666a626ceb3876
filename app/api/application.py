"""The ASGI application of one task: the routes of its services, and no other's module is imported."""

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from app.api.edge import Application, edge
from app.api.health import health_routes
from app.api.wire import exception_answers
from app.backend import Backend

JSON_BODY_MAX_BYTES = 64 * 1024


def make_application(backend: Backend) -> Application:
    """Return the routes of the task's services behind the edge that every request passes."""
    routes = health_routes(backend)
    for service in backend.settings.services:
        routes += service_routes(service, backend)
    inner = Litestar(
        route_handlers=routes,
        exception_handlers=exception_answers(backend.log),
        request_max_body_size=JSON_BODY_MAX_BYTES,
        openapi_config=None,
        logging_config=None,
    )
    return edge(inner, backend)  # type: ignore[arg-type]  # Litestar types its scopes more narrowly


def service_routes(service: str, backend: Backend) -> list[HTTPRouteHandler]:
    """Return what a service serves besides its health; nothing yet for those of which the app has no more."""
    match service:
        case "gateway":
            from app.api.health import traffic_routes

            return traffic_routes(backend)
        case "auth":
            from app.api.auth import auth_routes

            return auth_routes(backend)
        case "video":
            from app.api.uploads import upload_routes
            from app.api.videos import PageCache, video_routes

            pages = PageCache()
            return [*video_routes(backend, pages), *upload_routes(backend, pages)]
        case "social":
            from app.api.social import social_routes

            return social_routes(backend)
        case _:
            return []
