"""Changed copies of the app, so that a bad version is really bad: each wraps the whole ASGI application."""

import shutil
from pathlib import Path

from tests.local.path.conftest import ROOT

_END = "    return edge(inner, backend)"

_WRAPPER = """    served = edge(inner, backend)

    async def changed(scope, receive, send):  # type: ignore[no-untyped-def]
        path, headers = scope.get("path", ""), dict(scope.get("headers", []))
{body}
        await served(scope, receive, send)

    async def answer(send, status):  # type: ignore[no-untyped-def]
        await send({{"type": "http.response.start", "status": status, "headers": [(b"x-colour", b"?")]}})
        await send({{"type": "http.response.body", "body": b"broken"}})

    return changed"""

BODIES = {
    "never ready": """        if path == "/readyz":
            return await answer(send, 503)""",
    "answers 500 after the switch": """        if path.startswith("/api/videos") and b"x-preview" not in headers:
            return await answer(send, 500)""",
    "ten times slower": """        import asyncio

        if path.startswith("/api/videos"):
            await asyncio.sleep(0.25)""",
}


def bad_version(folder: Path, how: str) -> Path:
    """Return a copy of the app that is bad in one of the ways of BODIES."""
    copy = folder / "app"
    shutil.copytree(ROOT / "app", copy, ignore=shutil.ignore_patterns("__pycache__"))
    application = copy / "api" / "application.py"
    text = application.read_text()
    assert _END in text, "the app's application module was changed: fix this wrapper"
    start = text.index(_END)
    end = text.find("\n", start)
    rest = "" if end == -1 else text[end:]
    application.write_text(text[:start] + _WRAPPER.format(body=BODIES[how]) + rest)
    return copy
