"""A smoke test from inside the region's network: does its own load balancer answer, with this version's colour?"""

import http.client
import json
import os
import ssl
import sys
from urllib.parse import urlsplit

from app.settings import SettingsError, SmokeSettings, read_smoke_settings

TIMEOUT_S = 10
PATHS = ("/api/health", "/api/videos")


def smoke() -> int:
    """Ask each path once; return 0 when all answered 200 as they should, 1 (and one line why), or 2 (configuration)."""
    try:
        settings = read_smoke_settings(os.environ)
    except SettingsError as error:
        return _say(f"not run: {error}", 2)
    for path in PATHS:
        problem = _problem_with(settings, path)
        if problem is not None:
            return _say(f"{settings.url}{path}: {problem}", 1)
    return _say(f"{settings.url} answers {' and '.join(PATHS)}", 0)


def _problem_with(settings: SmokeSettings, path: str) -> str | None:
    parts = urlsplit(settings.url)
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    else:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    headers = {"x-origin-secret": settings.origin_secret.reveal(), "x-preview": settings.preview_header.reveal()}
    try:
        connection.request("GET", parts.path + path, headers=headers)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()
    if response.status != 200:
        return f"status {response.status}: {body[:200].decode(errors='replace')}"
    try:
        document = json.loads(body)
    except ValueError:
        return "the answer is not JSON"
    expected = "status" if path == "/api/health" else "videos"
    return None if expected in document else f"the answer has no {expected!r}"


def _say(text: str, code: int) -> int:
    print(f"smoke: {text}", file=sys.stderr if code else sys.stdout)
    return code
