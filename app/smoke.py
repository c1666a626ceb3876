"""A smoke test from inside the region's network: does its own load balancer lead to each service's new colour?

With SMOKE_COLOUR=live: to the colour that serves there. The daily evaluation of a region's recovery asks so.
"""

import http.client
import json
import os
import ssl
import sys
from urllib.parse import urlsplit

from app.services import HEALTH_PATHS
from app.settings import SettingsError, SmokeSettings, read_smoke_settings

TIMEOUT_S = 10
LIST_PATH = "/api/videos"
"""Asked besides the health paths where the video service is: it reads the database."""


def smoke() -> int:
    """Ask each path once; return 0 when all answered 200 as they should, 1 (and one line why), or 2 (configuration)."""
    try:
        settings = read_smoke_settings(os.environ)
    except SettingsError as error:
        return _say(f"not run: {error}", 2)
    asked = asked_paths(settings)
    for path, service in asked:
        problem = _problem_with(settings, path, service)
        if problem is not None:
            return _say(f"{settings.url}{path}: {problem}", 1)
    return _say(f"{settings.url} answers {' and '.join(path for path, _ in asked)}", 0)


def asked_paths(settings: SmokeSettings) -> list[tuple[str, str]]:
    """Return the paths to ask, each with the service that must answer."""
    services = settings.colours or HEALTH_PATHS
    paths = [(HEALTH_PATHS[name], name) for name in services if name in HEALTH_PATHS]
    return [*paths, (LIST_PATH, "video")] if "video" in services else paths


def asked_headers(settings: SmokeSettings) -> dict[str, str]:
    """Return the headers of each request: without the preview header it goes to whoever serves here."""
    headers = {"host": settings.host, "x-origin-secret": settings.origin_secret.reveal()}
    return headers if settings.serving else {**headers, "x-preview": settings.preview_header.reveal()}


def _problem_with(settings: SmokeSettings, path: str, service: str) -> str | None:
    parts = urlsplit(settings.url)
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    else:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", parts.path + path, headers=asked_headers(settings))
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()
    if response.status != 200:
        return f"status {response.status}: {body[:200].decode(errors='replace')}"
    answered = (response.headers.get("x-service"), response.headers.get("x-colour"))
    if service not in (answered[0] or "").split(","):
        return f"answered by {answered[0] or 'nobody'}, not by {service}"
    if answered[1] != settings.colours.get(service, answered[1]):
        return f"answered by {answered[1]}, not by {settings.colours[service]}"
    try:
        document = json.loads(body)
    except ValueError:
        return "the answer is not JSON"
    expected = "videos" if path == LIST_PATH else "status"
    return None if expected in document else f"the answer has no {expected!r}"


def _say(text: str, code: int) -> int:
    print(f"smoke: {text}", file=sys.stderr if code else sys.stdout)
    return code
